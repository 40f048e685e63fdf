"""Ids."""

from __future__ import annotations

from random import Random
from uuid import UUID

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.store.ids import Ids, lowest_id

NOW = 1_800_000_000.25


class IdsTests(SynchronousTestCase):
    """Ids are UUIDs that rise."""

    def setUp(self) -> None:
        """Make ids at a fixed time."""
        self.clock = Clock()
        self.clock.advance(NOW)
        self.ids = Ids(self.clock.seconds, Random(1))

    def test_form(self) -> None:
        """An id is a UUID of version 7 and carries the time of its making in milliseconds."""
        id = UUID(hex=self.ids())  # noqa: A001
        self.assertEqual(id.version, 7)
        self.assertEqual(id.variant, "specified in RFC 4122")
        self.assertEqual(id.int >> 80, int(NOW * 1000))

    def test_rise_while_the_clock_stands_still(self) -> None:
        """Ten thousand ids of one moment are all different, and in order."""
        made = [self.ids() for _ in range(10_000)]
        self.assertEqual(made, sorted(set(made)))

    def test_rise_when_the_clock_is_set_back(self) -> None:
        """An id never sorts before an earlier one, whatever the clock says."""
        first = self.ids()
        self.clock.rightNow -= 3600
        self.assertGreater(self.ids(), first)

    def test_lowest(self) -> None:
        """The lowest id of a moment divides what was made before from what is made then."""
        before = self.ids()
        self.clock.advance(1)
        bound = lowest_id(self.clock.seconds())
        self.assertLess(before, bound)
        self.assertLess(bound, self.ids())

    def test_lowest_of_a_moment_before_time(self) -> None:
        """A moment before the epoch is before every id."""
        self.assertEqual(lowest_id(-5), "0" * 12)
