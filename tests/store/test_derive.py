"""The state of a message, derived from its parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.state import State
from cicsms.store.derive import derive


class DeriveTests(SynchronousTestCase):
    """A message is as far as its slowest part, and as well as its worst."""

    def test_table(self) -> None:
        """Typical mixtures have the states a person expects."""
        for parts, expected in (
            ("queued queued", "queued"),
            ("accepted queued", "sending"),
            ("delivered sending", "sending"),
            ("delivered unknown", "unknown"),
            ("sent accepted", "accepted"),
            ("delivered delivered", "delivered"),
            ("delivered failed", "failed"),
            ("delivered rejected", "rejected"),
            ("expired delivered", "expired"),
            ("expired rejected failed", "failed"),
            ("failed accepted", "accepted"),
        ):
            with self.subTest(parts=parts):
                self.assertEqual(derive([State(part) for part in parts.split()]), expected)

    @given(st.lists(st.sampled_from(State), min_size=1, max_size=6))
    def test_final_together(self, parts: list[State]) -> None:
        """A message is final exactly when all of its parts are, and delivered exactly when all of them are."""
        derived = derive(parts)
        self.assertEqual(derived.final, all(part.final for part in parts))
        self.assertEqual(derived is State.DELIVERED, all(part is State.DELIVERED for part in parts))

    @given(st.sampled_from(State), st.integers(1, 5))
    def test_alike(self, state: State, parts: int) -> None:
        """Parts that are all in one state give the message that state."""
        self.assertEqual(derive([state] * parts), state)
