"""The ledger: order, bounds, search and waiting."""

from __future__ import annotations

from datetime import UTC, datetime

from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.ledger import Exchange, Kind, Ledger, Line, Query


class LedgerTests(SynchronousTestCase):
    """What the ledger holds and tells."""

    def setUp(self) -> None:
        """Make an empty ledger of three places."""
        self.clock = Clock()
        self.ledger = Ledger(self.clock, keep=3, keep_bytes=1000)

    def add(self, broker: str = "acme", kind: Kind = "mt", request: bytes = b"x", **said: str) -> Exchange:
        """Add one exchange with one line."""
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return self.ledger.open(
            lambda number: Exchange(number, at, "in", kind, broker, "POST", "http://a/", request, lines=(Line(**said),))
        )

    def numbers(self, **narrowed: object) -> list[int]:
        """List the numbers of what matches."""
        return [exchange.number for exchange in self.ledger.find(Query(**narrowed))]  # type: ignore[arg-type]

    def test_oldest_dropped(self) -> None:
        """Beyond its places the ledger forgets the oldest and counts it."""
        for _ in range(5):
            self.add()
        self.assertEqual((self.numbers(), self.ledger.dropped, self.ledger.last), ([3, 4, 5], 2, 5))

    def test_bytes_bounded(self) -> None:
        """A large exchange pushes out older ones, and stays itself however large it is."""
        self.add(request=b"x" * 600)
        self.add(request=b"x" * 600)
        self.assertEqual(self.numbers(), [2])
        self.ledger.close(2, reply=b"y" * 2000)
        self.assertEqual(self.numbers(), [2])

    def test_close(self) -> None:
        """A closed exchange keeps its place and tells how long it took."""
        self.add()
        self.add()
        self.clock.advance(2)
        closed = self.ledger.close(1, reply=b"r")
        self.assertEqual((self.numbers(), self.numbers(done=True)), ([1, 2], [1]))
        self.assertEqual(closed and closed.ended, 2.0)

    def test_close_of_forgotten(self) -> None:
        """Closing what has been forgotten does nothing."""
        self.assertIsNone(self.ledger.close(9))

    def test_search(self) -> None:
        """Each word of a query narrows; numbers are equal, text is contained, ids are the broker's or the client's."""
        self.add(to="+1", sender="5", text="one two", id="b1", reference="r1")
        self.add(to="+2", broker="other", kind="stray")
        self.assertEqual((self.numbers(to="+1"), self.numbers(to="1")), ([1], [1]))
        self.assertEqual(self.numbers(sender="5", text="two"), [1])
        self.assertEqual(self.numbers(text="three"), [])
        self.assertEqual((self.numbers(id="b1"), self.numbers(id="r1"), self.numbers(id="b")), ([1], [1], []))
        self.assertEqual((self.numbers(broker="other"), self.numbers(kind="stray"), self.numbers(after=1)), ([2], [2], [2]))

    def test_limit(self) -> None:
        """A limit keeps the newest."""
        for _ in range(3):
            self.add()
        self.assertEqual([exchange.number for exchange in self.ledger.find(Query(), 2)], [2, 3])

    def test_wait_for_present(self) -> None:
        """Who asks for what is there does not wait."""
        self.add()
        self.assertEqual(len(self.successResultOf(self.ledger.wait(Query(), 10))), 1)

    def test_wait_for_next(self) -> None:
        """Who waits is told of the first exchange that matches, and only of that."""
        waiting = self.ledger.wait(Query(to="+2"), 10)
        self.add(to="+1")
        self.assertNoResult(waiting)
        self.add(to="+2")
        self.add(to="+2")
        self.assertEqual([exchange.number for exchange in self.successResultOf(waiting)], [2])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_wait_until_done(self) -> None:
        """Who waits for what is done is told when it is closed."""
        waiting = self.ledger.wait(Query(done=True), 10)
        self.add()
        self.assertNoResult(waiting)
        self.ledger.close(1)
        self.assertEqual(len(self.successResultOf(waiting)), 1)

    def test_wait_in_vain(self) -> None:
        """Who waits in vain is told so when the time is over."""
        waiting = self.ledger.wait(Query(), 10)
        self.clock.advance(10)
        self.add()
        self.assertEqual(self.successResultOf(waiting), ())

    def test_wait_given_up(self) -> None:
        """Who gives up waiting leaves nothing behind."""
        waiting = self.ledger.wait(Query(), 10)
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_clear(self) -> None:
        """One broker's traffic can be forgotten alone; the numbers go on."""
        self.add()
        self.add(broker="other")
        self.ledger.clear("acme")
        self.assertEqual(self.numbers(), [2])
        self.ledger.clear()
        self.assertEqual((self.numbers(), self.add().number), ([], 3))
