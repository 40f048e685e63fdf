"""The writer: one bad entry, a full disk, a database that is away."""

from __future__ import annotations

import sqlite3

from attrs import evolve
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from twisted.logger import capturedLogs

from cicsms.store.engine import read_url, writing_engine
from cicsms.store.entries import Entry, KeepFact, KeepMo, Kept
from cicsms.store.errors import NotKept, StoreBusy, StoreClosed
from cicsms.store.journal import Outcome, Refused
from cicsms.store.writer import Writer
from tests.store.support import StoreCase


class WriterTests(StoreCase):
    """A batch is kept as far as it can be, and trouble passes."""

    def setUp(self) -> None:
        """Make a writer of the test's own beside the store."""
        super().setUp()
        self.engine = writing_engine(read_url(self.url))
        self.writer = Writer(self.engine, self.clock.seconds, self.store.new_id)
        self.addCleanup(self.writer.close)

    def write(self, *entries: Entry[object]) -> list[Outcome]:
        """Write a batch."""
        with capturedLogs() as self.events:
            return list(self.writer.write(entries))

    def pragma(self, pragma: str) -> int:
        """Run a PRAGMA on the writer's connection."""
        return int(self.writer.connected().connection.cursor().execute(f"PRAGMA {pragma}").fetchone()[0])

    def test_durable(self) -> None:
        """The connection that writes syncs every commit, and leaves checkpoints to another one."""
        self.assertEqual(self.pragma("synchronous"), 2)
        self.assertEqual(self.pragma("wal_autocheckpoint"), 0)
        cursor = self.writer.connected().connection.cursor()
        self.assertEqual(cursor.execute("PRAGMA journal_mode").fetchone()[0], "wal")

    def test_one_bad_entry(self) -> None:
        """An entry that can't be kept fails alone; the others of its batch are kept, in order, and the log has no texts."""
        good, other = self.inbound("good"), self.inbound("other")
        bad = evolve(self.inbound("private"), id=good.id)
        batch = [KeepMo((message,), self.exchange()) for message in (good, bad, other)]
        first, refused, last = self.write(*batch)
        self.assertEqual((first, last), ((Kept(good.id),), (Kept(other.id),)))
        self.assertIsInstance(refused.error, NotKept)
        self.assertEqual(len(self.record(good.id).exchanges), 1)
        self.assertEqual(self.record(good.id).message.text, "good")
        self.assertNotIn("private", repr(self.events))

    def test_bad_value(self) -> None:
        """A value that no statement can carry is a bad entry, too."""
        bad = KeepFact("name", "\ud800")
        (refused, kept) = self.write(bad, KeepFact("other", "value"))
        self.assertIsInstance(refused.error, NotKept)
        self.assertEqual(kept, "value")

    def test_half_an_entry_is_nothing(self) -> None:
        """Of an entry that fails at its second message nothing is kept."""
        first = self.inbound("first", key="K")
        self.write(KeepMo((first, evolve(self.inbound("second"), id=first.id))))
        self.assertIsNone(self.ask(self.store.queries.message(first.id)))
        self.assertEqual(self.ask(self.store.queries.events()), ())
        self.assertFalse(self.receive(self.inbound("again", key="K"))[0].duplicate)

    def test_full_disk(self) -> None:
        """On a full disk a batch is refused as busy, nothing of it is kept, and with room again all goes on."""
        self.pragma(f"max_page_count={self.pragma('page_count')}")
        large = KeepMo((self.inbound("x" * 200_000),))
        (refused, small) = self.write(large, KeepFact("name", "value"))
        for outcome in (refused, small):
            self.assertIsInstance(outcome.error, StoreBusy)
        self.assertIsNone(self.ask(self.store.queries.fact("name")))
        self.pragma("max_page_count=1000000")
        self.assertEqual(self.write(large)[0], (Kept(large.messages[0].id),))

    def test_full_disk_through_the_door(self) -> None:
        """Submitters hear of a full disk as ``StoreBusy``, with a time to come again."""
        writer = self.store._writer
        pages = writer.connected().connection.cursor().execute("PRAGMA page_count").fetchone()[0]
        writer.connected().connection.cursor().execute(f"PRAGMA max_page_count={pages}")
        error = self.failureResultOf(self.store.submit(KeepMo((self.inbound("x" * 200_000),))), StoreBusy).value
        self.assertGreaterEqual(error.retry_after, 1)

    def test_locked_database(self) -> None:
        """While another program holds the database, batches are refused as busy; afterwards they are kept."""
        self.pragma("busy_timeout=1")
        other = self.engine.connect()
        holding = other.begin()
        (refused,) = self.write(KeepFact("name", "value"))
        self.assertIsInstance(refused.error, StoreBusy)
        holding.rollback()
        other.close()
        self.assertEqual(self.write(KeepFact("name", "value")), ["value"])

    def test_lost_connection(self) -> None:
        """A connection that breaks at the commit is replaced; its batch is refused, the next one kept."""
        breaks = [True]

        def commit(_: object) -> None:
            if breaks.pop():
                raise OperationalError("COMMIT", None, Exception("server closed the connection"), connection_invalidated=True)

        event.listen(self.engine, "commit", commit)
        self.assertIsInstance(self.write(KeepFact("name", "one"))[0], Refused)
        event.remove(self.engine, "commit", commit)
        self.assertEqual(self.write(KeepFact("name", "two")), ["two"])

    def test_checkpoint_that_fails(self) -> None:
        """Where the rest of a checkpoint can't be done, the batch is kept all the same."""
        raw = self.writer.connected().connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_PRAGMA else sqlite3.SQLITE_OK)
        self.writer.finish_checkpoint = True
        self.assertEqual(self.write(KeepFact("name", "value")), ["value"])
        self.assertEqual(len(self.events), 1)

    def test_closed(self) -> None:
        """A closed store takes nothing."""
        self.successResultOf(self.store.close())
        self.failureResultOf(self.store.submit(KeepFact("name", "value")), StoreClosed)

    def test_too_many_waiting(self) -> None:
        """The limit of waiting entries is the one that was handed in."""
        store = self.open(limit=0)
        self.failureResultOf(store.submit(KeepFact("name", "value")), StoreBusy)
