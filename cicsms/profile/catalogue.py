"""All definitions at hand: the bundled ones and those of further folders, loaded and checked together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from cicsms.model.errors import CicsmsError, Finding, Rejected, Severity
from cicsms.profile.check import check
from cicsms.profile.places import definitions
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read_file


class UnknownProfile(CicsmsError):
    """No definition at hand has this profile; the sentence names the nearest ones."""


def load_definition(path: Path) -> tuple[Profile, ...]:
    """Return the profiles of one file, compiled; ``Rejected`` carries every fault of it."""
    broker = read_file(path)
    faults = [finding for finding in check(broker) if finding.severity is Severity.ERROR]
    if faults:
        raise Rejected(faults)
    digest = sha256(path.read_bytes()).hexdigest()
    return tuple(Profile(broker, node, digest) for node in broker.all("profile"))


@frozen
class Catalogue:
    """The profiles by full name, ``broker/profile``, in the order of files and of the profiles in them."""

    profiles: Mapping[str, Profile]

    @classmethod
    def load(cls, folders: Sequence[Path] = (), bundled: bool = True) -> Catalogue:
        """Load every ``*.xml`` of the bundled folder and the given ones; ``Rejected`` carries the faults of all files."""
        found: dict[str, Profile] = {}
        owners: dict[str, Path] = {}
        faults: list[Finding] = []
        for path in _files(([definitions()] if bundled else []) + list(folders)):
            try:
                profiles = load_definition(path)
            except Rejected as rejected:
                faults += rejected.findings
                continue
            broker = profiles[0].broker
            if broker in owners:
                said = f"The broker '{broker}' is defined in {owners[broker].name} already."
                faults.append(Finding("duplicate-broker", f"{path.name}:1", said, "Give one of them another name."))
                continue
            owners[broker] = path
            found |= {profile.name: profile for profile in profiles}
        if faults:
            raise Rejected(faults)
        return cls(found)

    def names(self) -> tuple[str, ...]:
        """Return the full names of all profiles."""
        return tuple(self.profiles)

    def profile(self, name: str) -> Profile:
        """Return a profile by its full name, or the first one of a broker by the broker's name."""
        found = self.profiles.get(name) or next((one for one in self.profiles.values() if one.broker == name), None)
        if found is None:
            near = difflib.get_close_matches(name, [*self.profiles, *{one.broker for one in self.profiles.values()}], n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownProfile(f"There is no profile '{name}'.{hint}")
        return found


def _files(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob("*.xml"))]
