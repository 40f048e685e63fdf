"""All definitions at hand: the bundled ones and those of further folders, loaded and checked together."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen

from cicsms.model.errors import CicsmsError, Finding, Rejected, Severity
from cicsms.profile.check import check
from cicsms.profile.node import Node
from cicsms.profile.places import definitions
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read_file


class UnknownProfile(CicsmsError):
    """No definition at hand has this profile; the sentence names the nearest ones."""


def load_definition(path: Path) -> tuple[Profile, ...]:
    """Return the profiles of one file, compiled; ``Rejected`` carries every fault of it."""
    return tuple(make() for make in _read(path, proved=False).values())


Make = Callable[[], Profile]


@frozen
class Catalogue:
    """The profiles by full name, ``broker/profile``, in the order of files and of the profiles in them.

    A profile is compiled when it is first asked for: a site uses few of the many.
    """

    _makes: Mapping[str, Make] = field(repr=False)

    @classmethod
    def load(cls, folders: Sequence[Path] = (), bundled: bool = True) -> Catalogue:
        """Load every ``*.xml`` of the bundled folder and the given ones; ``Rejected`` carries the faults of all files.

        The rules that the grammar cannot state are held against the given ones only: the tests hold them against the others.
        """
        found: dict[str, Make] = {}
        owners: dict[str, Path] = {}
        faults: list[Finding] = []
        for path, proved in [*_files([definitions()] if bundled else [], True), *_files(folders, False)]:
            try:
                makes = _read(path, proved)
            except Rejected as rejected:
                faults += rejected.findings
                continue
            broker = next(iter(makes)).partition("/")[0]
            if broker in owners:
                said = f"The broker '{broker}' is defined in {owners[broker].name} already."
                faults.append(Finding("duplicate-broker", f"{path.name}:1", said, "Give one of them another name."))
                continue
            owners[broker] = path
            found |= makes
        if faults:
            raise Rejected(faults)
        return cls(found)

    def names(self) -> tuple[str, ...]:
        """Return the full names of all profiles."""
        return tuple(self._makes)

    def profile(self, name: str) -> Profile:
        """Return a profile by its full name, or the first one of a broker by the broker's name."""
        brokers = {full.partition("/")[0]: full for full in reversed(tuple(self._makes))}
        make = self._makes.get(name) or self._makes.get(brokers.get(name, ""))
        if make is None:
            near = difflib.get_close_matches(name, [*self._makes, *brokers], n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise UnknownProfile(f"There is no profile '{name}'.{hint}")
        return make()


def _read(path: Path, proved: bool) -> dict[str, Make]:
    """Read one file and return what compiles its profiles; those of a file that is not ``proved`` are compiled here."""
    broker = read_file(path)
    faults = [] if proved else [finding for finding in check(broker) if finding.severity is Severity.ERROR]
    if faults:
        raise Rejected(faults)
    digest = sha256(path.read_bytes()).hexdigest()
    makes = {f"{broker.get('name')}/{node.get('name')}": _once(broker, node, digest) for node in broker.all("profile")}
    if not proved:
        for make in makes.values():
            make()
    return makes


def _once(broker: Node, node: Node, digest: str) -> Make:
    """Return a function that compiles a profile the first time it is called."""
    return cache(lambda: Profile(broker, node, digest))


def _files(folders: Iterable[Path], proved: bool) -> list[tuple[Path, bool]]:
    return [(path, proved) for folder in folders for path in sorted(folder.glob("*.xml"))]
