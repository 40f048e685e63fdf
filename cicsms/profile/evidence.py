"""Holds a profile against what the broker itself published: the outside oracle of every definition.

Server and emulator speak through the same profile, so a wrong field name would satisfy both. Each piece of evidence is
therefore pinned from both sides: the reader must get ``expect.json`` out of the published bytes, and the writer, given that
message, the registration, the fixed clock and the seed, must give the published bytes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from cicsms.model.errors import CicsmsError
from cicsms.profile.evidence_files import Direction, Item, Kind, Source, brokers, home, load, load_item
from cicsms.profile.evidence_sides import SIDES, Speaks, Step, registration
from cicsms.profile.evidence_wire import UNCOMPARED, Hole, MalformedEvidence

__all__ = [
    "UNCOMPARED", "Direction", "Hole", "Item", "Kind", "Level", "MalformedEvidence", "Result", "Source", "Speaks",
    "brokers", "check", "check_all", "home", "level", "load", "load_item", "of_profile", "registration",
]  # fmt: skip


@frozen
class Result:
    """How one side fared against one piece of evidence; ``difference`` shows what is not equal.

    ``set_aside`` lists what was not compared and why, as the evidence declares it.
    """

    item: str
    side: str
    ok: bool
    said: str
    difference: str = ""
    set_aside: tuple[str, ...] = ()


@frozen
class Level:
    """How much of a profile rests on evidence: the best kind for each direction that has any."""

    kinds: Mapping[Direction, Kind] = field(factory=dict)

    @property
    def proved(self) -> int:
        """How many directions have evidence that is not derived from the profile."""
        return sum(kind is not Kind.E0 for kind in self.kinds.values())

    def __str__(self) -> str:
        """Give the level as the report shows it."""
        return f"{self.proved}/{len(Direction)}"


def level(items: Sequence[Item]) -> Level:
    """Sum up the evidence of one profile; published beats made by the vendor's SDK, and that beats recorded."""
    order = (Kind.E0, Kind.E3, Kind.E2, Kind.E1)
    kinds: dict[Direction, Kind] = {}
    for item in items:
        kinds[item.direction] = max(kinds.get(item.direction, Kind.E0), item.source.kind, key=order.index)
    return Level(kinds)


def of_profile(name: str, folder: Path | None = None) -> tuple[Item, ...]:
    """Return the evidence for the profile ``name`` (``broker/dialect``)."""
    items = load(name.partition("/")[0], folder)
    return tuple(item for item in items if item.profile in (name, name.partition("/")[0]))


def check_all(profile: Speaks, folder: Path | None = None) -> tuple[Result, ...]:
    """Hold a profile against all evidence there is for it."""
    return tuple(result for item in of_profile(profile.name, folder) for result in check(profile, item))


def check(profile: Speaks, item: Item) -> tuple[Result, ...]:
    """Hold a profile against one piece of evidence, from every side that it pins."""
    return tuple(_run(item, side, step, profile) for side, step in SIDES[item.direction].items() if _pinned(profile, item, side))


_LISTS = frozenset({"authentic", "ask", "place", "read", "write"})
_TAKES = frozenset({"authentic", "done", "taken"})


def _pinned(profile: Speaks, item: Item, side: str) -> bool:
    """Tell whether the evidence has what a side needs: messages to read or write, a reply to answer with."""
    if item.direction is Direction.POLLING:
        return (
            side not in item.one_sided
            and profile.polling is not None
            and side in (_TAKES if item.poll.get("acknowledge") else _LISTS)
        )
    if side in item.one_sided or (side == "usual" and not item.usual):
        return False
    return bool(item.response) if side == "answer" else side in ("verify", "authentic") or bool(item.expect.get("messages"))


def _run(item: Item, side: str, step: Step, profile: Speaks) -> Result:
    aside = tuple(f"{name}: {reason}" for name, reason in {**item.unwritten, **item.one_sided}.items())
    aside += tuple(f"{{{{{name}}}}}: any {hole.pattern}" for name, hole in item.holes.items())
    try:
        diff = step(profile.fitted(item.registration.get("options", {})), item)
    except CicsmsError as wrong:
        return Result(item.name, side, False, f"{type(wrong).__name__}: {wrong}", set_aside=aside)
    return Result(item.name, side, not diff, "differs" if diff else "agrees", diff, aside)
