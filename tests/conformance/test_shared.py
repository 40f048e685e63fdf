"""Tests of what cases share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from cicsms.conformance.peer.shared import Shared


class SharedTests(SynchronousTestCase):
    """Made once, done together."""

    def setUp(self) -> None:
        """Have something slow."""
        self.shared = Shared()
        self.slow: Deferred[str] = Deferred()
        self.turns: list[list[int]] = []
        self.gate: Deferred[None] = Deferred()

    async def make(self) -> str:
        """Make something that takes time."""
        return await self.slow

    async def work(self, items: Sequence[int]) -> list[int]:
        """Double all items of a turn, when the gate opens."""
        self.turns.append(list(items))
        await self.gate
        return [2 * item for item in items]

    def ask(self) -> Deferred[str]:
        """Ask for what is made once."""
        return Deferred.fromCoroutine(self.shared.once("x", self.make))

    def join(self, item: int) -> Deferred[Any]:
        """Join the next turn."""
        return Deferred.fromCoroutine(self.shared.together("x", item, self.work))

    def test_all_get_what_is_made_once(self) -> None:
        """Who asks while it is made waits for the same, and who asks later gets it at once."""
        early = [self.ask(), self.ask()]
        self.slow.callback("made")
        self.assertEqual([self.successResultOf(one) for one in (*early, self.ask())], ["made"] * 3)

    def test_a_failure_is_everybodys(self) -> None:
        """What could not be made fails for all, now and later."""
        early = [self.ask(), self.ask()]
        self.slow.errback(ValueError("no"))
        for one in (*early, self.ask()):
            self.failureResultOf(one, ValueError)

    def test_who_comes_meanwhile_shares_the_next_turn(self) -> None:
        """The first goes alone; the two that come during its turn go together, each with its own result."""
        joined = [self.join(item) for item in (1, 2, 3)]
        self.assertEqual(self.turns, [[1]])
        self.gate.callback(None)
        self.assertEqual(self.turns, [[1], [2, 3]])
        self.assertEqual([self.successResultOf(one) for one in joined], [2, 4, 6])

    def test_a_turn_that_fails_does_not_stop_the_next(self) -> None:
        """The failure reaches those of its turn; later turns go on."""
        first = self.join(1)
        self.gate.errback(ValueError("no"))
        self.failureResultOf(first, ValueError)
        self.gate = Deferred()
        self.gate.callback(None)
        self.assertEqual(self.successResultOf(self.join(5)), 10)
