"""Scripted answers: what the next MTs of a played broker are to meet, instead of the broker's usual answer."""

from __future__ import annotations

from collections.abc import Iterable

from cicsms.emulator.ledger import bare
from cicsms.emulator.orders import AnswerOrder


class Script:
    """The scripted answers that are still to be given; for each MT the oldest one that matches is used up by one."""

    def __init__(self) -> None:
        self._left: list[tuple[AnswerOrder, int]] = []

    def add(self, order: AnswerOrder) -> None:
        """Put an answer at the end of the script."""
        self._left.append((order, order.times))

    def take(self, broker: str, recipients: Iterable[str]) -> AnswerOrder | None:
        """Return the answer for an MT of ``broker`` to any of ``recipients``, and count it; ``None`` = the usual one."""
        known = {bare(recipient) for recipient in recipients}
        for place, (order, left) in enumerate(self._left):
            if order.broker == broker and (order.recipient is None or bare(order.recipient) in known):
                if left > 1:
                    self._left[place] = (order, left - 1)
                else:
                    del self._left[place]
                return order
        return None

    def pending(self) -> tuple[tuple[AnswerOrder, int], ...]:
        """Return the answers that were not met yet, each with how often it is still to be given."""
        return tuple(self._left)

    def clear(self, broker: str = "") -> None:
        """Drop the answers of one broker, or all."""
        self._left = [(order, left) for order, left in self._left if broker and order.broker != broker]
