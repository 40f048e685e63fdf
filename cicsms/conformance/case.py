"""A conformance case: data, and one coroutine that drives the peer and judges what it sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

from cicsms.conformance.verdict import Verdict

if TYPE_CHECKING:
    from cicsms.conformance.peer.peer import Peer

Drive = Callable[["Peer"], Awaitable[Verdict]]


class Importance(StrEnum):
    """How binding the clause of a case is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    OPEN = "unspecified"


class Scope(StrEnum):
    """How often a case runs: for each profile and scheme, or once for the whole target (first or last)."""

    WIRE = "wire"
    SITE = "site"
    AFTER = "after"


@frozen
class Case:
    """One numbered requirement: ``clause`` cites it, ``expect`` says in one sentence what must be seen."""

    id: str
    title: str
    clause: str
    expect: str
    drive: Drive = field(repr=False, eq=False)
    importance: Importance = Importance.MUST
    scope: Scope = Scope.WIRE
    schemes: tuple[str, ...] = ("http", "https")
    needs: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        """The number of its group, before the dot."""
        return self.id.partition(".")[0]

    @property
    def order(self) -> tuple[int, int]:
        """The place of the case in the catalogue."""
        group, _, number = self.id.partition(".")
        return int(group), int(number)


def case(
    id: str,  # noqa: A002  the house calls it so
    title: str,
    *,
    clause: str,
    expect: str,
    importance: Importance = Importance.MUST,
    scope: Scope = Scope.WIRE,
    schemes: tuple[str, ...] = ("http", "https"),
    needs: tuple[str, ...] = (),
) -> Callable[[Drive], Case]:
    """Turn a coroutine function into a case.

    ``needs`` names what the target must offer: ``emulator`` (a played broker at the other end), ``mo``, ``mt``
    and ``receipts`` (the profile must have them), ``lab`` (a private server can be started).
    """

    def made(drive: Drive) -> Case:
        return Case(id, title, clause, expect, drive, importance, scope, schemes, frozenset(needs))

    return made
