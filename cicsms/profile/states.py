"""The map of a broker's delivery words to our states, and back."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from cicsms.model.message import Receipt
from cicsms.model.state import State
from cicsms.profile.matching import Match, first_word, matches
from cicsms.profile.node import Node


@frozen
class Entry:
    """One line of the map: what must hold of status, code and text, and what it means."""

    node: Node
    state: State
    final: bool
    status: Match | None
    code: Match | None

    def fits(self, status: str, code: str, said: str) -> bool:
        """Tell whether a receipt is of this line."""
        wanted = self.node.get("said")
        return (
            (self.status is None or self.status(status))
            and (self.code is None or self.code(code))
            and (not wanted or wanted in said)
        )


class States:
    """The map, read from top to bottom; the first line that fits counts."""

    def __init__(self, node: Node) -> None:
        fold = node.get("case") == "ignore"
        self._entries = tuple(_entry(child, fold) for child in node.all("state"))
        self._default = State(node.get("default", "unknown"))
        self.reportable = frozenset(entry.state for entry in self._entries)

    def read(self, status: str, code: str = "", said: str = "") -> tuple[State, bool]:
        """Return the state a receipt reports, and whether nothing comes after it."""
        for entry in self._entries:
            if entry.fits(status, code, said):
                return entry.state, entry.final
        return self._default, False

    def worded(self, receipt: Receipt, fill: Callable[[str], str]) -> Receipt:
        """Return the receipt with the broker's word for its state, where it names none itself."""
        if receipt.status:
            return receipt
        entry = next((entry for entry in self._entries if entry.state is receipt.state), None)
        if entry is None:
            return receipt
        node = entry.node
        return evolve(
            receipt,
            status=first_word(node.get("is")),
            code=receipt.code or node.get("says-code") or (first_word(node.get("code")) if node.has("code") else ""),
            said=receipt.said or fill(node.get("says")),
        )


def _entry(node: Node, fold: bool) -> Entry:
    state = State(node.get("of"))
    final = node.get("final") == "yes" if node.has("final") else state.final
    status = matches(node.get("is"), fold) if node.has("is") else None
    return Entry(node, state, final, status, matches(node.get("code")) if node.has("code") else None)
