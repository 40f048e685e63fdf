"""Holds mutants against the evidence: killed where a check turns red or the definition is refused, else survived."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from random import Random

from attrs import define, evolve, field, frozen

from cicsms.model.errors import Rejected, Severity
from cicsms.profile import evidence
from cicsms.profile.check import check as lint
from cicsms.profile.evidence import Direction, Item, MalformedEvidence
from cicsms.profile.mutants import Mutant, of_definition
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read

CRASHES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What code raises that was given nonsense: a mutant that gets so far was let in by the lint, and dies all the same."""
_ANSWERS = frozenset({Direction.MT_SUCCESS, Direction.MT_ERROR})
_TOUCHED: Mapping[str, frozenset[Direction]] = {
    "answer": _ANSWERS,
    "mt": _ANSWERS | {Direction.MT_REQUEST},
    "mo": frozenset({Direction.MO, Direction.MO_AUTH, Direction.POLLING}),
    "receipt": frozenset({Direction.RECEIPT, Direction.MT_REQUEST}),
}
_PORT = re.compile(rb"\r\nHost: [^:\r]*(:[0-9]+)")
FLIPS = 3
"""Bytes flipped in each file of evidence, each by itself."""


class Fate(StrEnum):
    """What became of a mutant."""

    REFUSED = "refused"
    """The schema or the lint refused the definition."""
    RED = "red"
    """A check against the evidence failed."""
    CRASHED = "crashed"
    """The program stumbled over it: killed, but the lint should have refused it."""
    SAME = "same"
    """It declares what the definition declared (a default, written out): no mutant at all, not counted."""
    SURVIVED = "survived"


@frozen
class Trial:
    """One mutant and its fate; ``by`` is what killed it."""

    broker: str
    where: str
    name: str
    fate: Fate
    by: str = ""


@define
class Bench:
    """One definition with its evidence, and all that can be done to both.

    ``killers`` is the evidence in the order in which it is tried: what killed last comes first.
    """

    path: Path
    broker: str
    mutants: tuple[Mutant, ...]
    killers: list[Item]
    declared: Mapping[str, object] = field(factory=dict)

    @classmethod
    def load(cls, path: Path, folder: Path | None = None) -> Bench:
        """Read a definition and its evidence."""
        data = path.read_bytes()
        tree = read(data, path.name)
        profiles = _compiled(data, path.name)
        declared = {profile.name: _declared(profile) for profile in profiles}
        return cls(
            path, tree.get("name"), of_definition(data, path.name), list(evidence.load(tree.get("name"), folder)), declared
        )

    def cases(self) -> int:
        """Return how many trials there are."""
        return len(self.mutants) + len(self.killers)

    def trials(self, indexes: Iterable[int]) -> Iterator[Trial]:
        """Try the mutants with these numbers; those behind the mutants of the definition flip bytes of the evidence."""
        items = sorted(self.killers, key=lambda item: item.name)
        for index in indexes:
            if index < len(self.mutants):
                yield self.judge(self.mutants[index])
            else:
                yield from self.flipped(items[index - len(self.mutants)])

    def judge(self, mutant: Mutant) -> Trial:
        """Try one mutant of the definition."""
        try:
            fate, by = self._fate(mutant)
        except CRASHES as wrong:
            fate, by = Fate.CRASHED, f"{type(wrong).__name__}: {wrong}"
        return Trial(self.broker, mutant.where, mutant.name, fate, by)

    def _fate(self, mutant: Mutant) -> tuple[Fate, str]:
        try:
            profiles = _compiled(mutant.make(), self.path.name)
        except Rejected as refused:
            return Fate.REFUSED, str(refused.findings[0])
        gone = self.declared.keys() - {profile.name for profile in profiles}
        if orphan := next((item for item in self.killers if item.profile in gone), None):
            return Fate.RED, f"{orphan.name} is about a profile that is not there"
        touched = [profile for profile in profiles if profile.name.endswith("/" + mutant.profile) or not mutant.profile]
        killer = self._killer(touched, _TOUCHED.get(mutant.part, frozenset(Direction)))
        if killer:
            return Fate.RED, killer
        if not mutant.part and {profile.name: _declared(profile) for profile in profiles} == self.declared:
            return Fate.SAME, "declared"
        return Fate.SURVIVED, ""

    def _killer(self, profiles: Sequence[Profile], directions: frozenset[Direction]) -> str:
        """Return the first piece of evidence that is red for one of the profiles; it comes first the next time."""
        for item in [item for item in self.killers if item.direction in directions]:
            for profile in profiles:
                if item.profile in (profile.name, profile.broker) and (side := _red(profile, item)):
                    self.killers.remove(item)
                    self.killers.insert(0, item)
                    return f"{item.name} {side}"
        return ""

    def flipped(self, item: Item) -> Iterator[Trial]:
        """Flip bytes of one piece of evidence, each by itself."""
        profiles = [one for one in _compiled(self.path.read_bytes(), self.path.name) if item.profile in (one.name, one.broker)]
        for name, changed in _flips(item):
            place = f"evidence/{self.broker}/{item.name}/{name}"
            red = next((side for profile in profiles if (side := _red(profile, changed))), "")
            yield Trial(self.broker, place, f"{item.name} {name}", Fate.RED if red else Fate.SURVIVED, red)


def _compiled(data: bytes, name: str) -> tuple[Profile, ...]:
    tree = read(data, name)
    faults = [finding for finding in lint(tree) if finding.severity is Severity.ERROR]
    if faults:
        raise Rejected(faults)
    return tuple(Profile(tree, node, sha256(data).hexdigest()) for node in tree.all("profile"))


def _declared(profile: Profile) -> tuple[object, ...]:
    """Return what a profile says about itself, beside what it does on the wire."""
    return (profile.options, profile.capabilities, profile.reference_form, profile.rate, profile.gateway, profile.receipt_key)


def _red(profile: Profile, item: Item) -> str:
    """Return the side of the evidence that is red, if one is; what crashes is red."""
    try:
        return next((result.side for result in evidence.check(profile, item) if not result.ok), "")
    except MalformedEvidence:
        return "malformed"


def _flips(item: Item) -> Iterator[tuple[str, Item]]:
    """Give copies of the evidence, one byte of a request or reply changed in each; less what is read, but not written."""
    if "write" in item.one_sided or item.direction is Direction.POLLING or item.expect.get("verified") is False:
        return
    for name, raw in (("request", item.request), ("response", item.response)):
        random = Random(item.name + name)  # noqa: S311  the same bytes each time are the point
        port = _PORT.search(raw)
        compared = [at for at in range(len(raw)) if port is None or not port.start(1) <= at < port.end(1)]
        for at in random.sample(compared, min(FLIPS, len(compared))):
            flipped = raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :]
            changed = evolve(item, request=flipped) if name == "request" else evolve(item, response=flipped)
            yield f"{name}.http byte {at}", changed
