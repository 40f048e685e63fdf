"""The journal: group commit, bounds, and the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.store.entries import Entry
from cicsms.store.errors import StoreBusy, StoreClosed
from cicsms.store.journal import Journal, Refused

Result = TypeVar("Result")


@frozen
class Note(Entry[str]):
    """An entry for these tests."""

    text: str


class HeldLane:
    """Does its work only when the test says so."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] = []

    def run(self, work: Callable[[], Result]) -> Deferred[Result]:
        """Hold the work."""
        done: Deferred[Result] = Deferred()
        self.held.append(lambda: done.callback(work()))
        return done

    def go(self) -> None:
        """Do the first piece of work."""
        self.held.pop(0)()

    def close(self) -> None:
        """Nothing to end."""


class JournalTests(SynchronousTestCase):
    """Entries are written in groups, and their submitters hear of it."""

    def setUp(self) -> None:
        """Make a journal that holds at most five entries."""
        self.clock = Clock()
        self.lane = HeldLane()
        self.batches: list[list[str]] = []
        self.commits = 0
        self.journal = Journal(self.write, self.lane, lambda run: self.clock.callLater(0, run), 5, self.committed)

    def write(self, entries: Sequence[Entry[Any]]) -> Sequence[Any]:
        """Note what is written; answer in capitals; refuse ``bad``."""
        texts = [entry.text for entry in entries if isinstance(entry, Note)]
        self.batches.append(texts)
        if "broken" in texts:
            raise RuntimeError("for this test")
        return [Refused(StoreBusy("no")) if text == "bad" else text.upper() for text in texts]

    def committed(self) -> None:
        """Count the batches."""
        self.commits += 1

    def submit(self, *texts: str) -> list[Deferred[str]]:
        """Submit some notes in one turn."""
        return [self.journal.submit(Note(text)) for text in texts]

    def test_one_turn_is_one_batch(self) -> None:
        """What one turn of the reactor brings is written together, and nobody hears of it before it is."""
        kept = self.submit("a", "b", "c")
        self.assertEqual(self.lane.held, [])
        self.clock.advance(0)
        for one in kept:
            self.assertNoResult(one)
        self.lane.go()
        self.assertEqual([self.successResultOf(one) for one in kept], ["A", "B", "C"])
        self.assertEqual(self.batches, [["a", "b", "c"]])

    def test_gathers_while_the_last_batch_commits(self) -> None:
        """Entries that arrive during a commit make up the next one, which starts when that ends."""
        first = self.submit("a")
        self.clock.advance(0)
        second = self.submit("b") + self.submit("c")
        self.clock.advance(1)
        self.assertEqual(len(self.lane.held), 1)
        self.lane.go()
        self.assertEqual(self.successResultOf(first[0]), "A")
        self.assertEqual(len(self.lane.held), 1)
        self.lane.go()
        self.assertEqual([self.successResultOf(one) for one in second], ["B", "C"])
        self.assertEqual(self.batches, [["a"], ["b", "c"]])

    def test_full_at_once(self) -> None:
        """An entry beyond the limit is refused at once, with a time to come again; there is room after a commit."""
        self.submit("a", "b", "c")
        self.clock.advance(0)
        self.submit("d", "e")
        error = self.failureResultOf(self.submit("f")[0], StoreBusy).value
        self.assertGreaterEqual(error.retry_after, 1)
        self.lane.go()
        self.assertNoResult(self.submit("g")[0])

    def test_refusal_concerns_one(self) -> None:
        """A refused entry fails; its neighbours are kept."""
        good, bad, other = self.submit("a", "bad", "c")
        self.clock.advance(0)
        self.lane.go()
        self.assertEqual((self.successResultOf(good), self.successResultOf(other)), ("A", "C"))
        self.failureResultOf(bad, StoreBusy)

    def test_submit_from_an_answer(self) -> None:
        """Who hands in the next entry on hearing of the last is served by a later batch."""
        then: list[Deferred[str]] = []
        self.submit("a")[0].addCallback(lambda _: then.extend(self.submit("b")))
        self.clock.advance(0)
        self.lane.go()
        self.clock.advance(0)
        self.lane.go()
        self.assertEqual(self.successResultOf(then[0]), "B")

    def test_unforeseen_failure(self) -> None:
        """A fault of the writer itself is logged, fails its batch, and stops nothing that follows."""
        journal = Journal(self.write, InlineFailure(), lambda run: run(), 5)
        self.failureResultOf(journal.submit(Note("broken")), StoreBusy)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
        self.assertEqual(self.successResultOf(journal.submit(Note("a"))), "A")

    def test_close_drains(self) -> None:
        """Closing commits what was taken, refuses what comes later, and says when it is done."""
        kept = self.submit("a")
        self.clock.advance(0)
        kept += self.submit("b")
        closed = self.journal.close()
        self.failureResultOf(self.submit("c")[0], StoreClosed)
        self.lane.go()
        self.assertNoResult(closed)
        self.lane.go()
        self.successResultOf(closed)
        self.assertEqual([self.successResultOf(one) for one in kept], ["A", "B"])

    def test_close_idle(self) -> None:
        """A journal with nothing to do closes at once, and twice if asked twice."""
        self.successResultOf(self.journal.close())
        self.successResultOf(self.journal.close())

    def test_figures(self) -> None:
        """It counts what waits, what was kept and what was refused, and tells of each commit."""
        kept = self.submit("a", "bad")
        self.clock.advance(0)
        self.submit("c")
        self.assertEqual(self.journal.figures.waiting, 3)
        self.lane.go()
        figures = self.journal.figures
        self.assertEqual((figures.waiting, figures.commits, figures.kept, figures.refused), (1, 1, 1, 1))
        self.assertEqual(self.commits, 1)
        self.failureResultOf(kept[1], StoreBusy)


class InlineFailure:
    """Does its work at once; what it raises becomes a failure."""

    def run(self, work: Callable[[], Result]) -> Deferred[Result]:
        """Do the work."""
        done: Deferred[Result] = Deferred()
        done.callback(None)  # type: ignore[arg-type]
        return done.addCallback(lambda _: work())

    def close(self) -> None:
        """Nothing to end."""
