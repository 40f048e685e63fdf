"""The store: one door to what is durable."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

from attrs import frozen
from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime

from cicsms.store.checkpoints import Checkpoints
from cicsms.store.engine import make_file, read_url, reading_engine, sqlite_file, writing_engine
from cicsms.store.entries import Entry
from cicsms.store.ids import Ids
from cicsms.store.journal import Journal, JournalFigures
from cicsms.store.lanes import InlineLane, Lane, ThreadLane
from cicsms.store.migrate import migrate
from cicsms.store.queries import Queries
from cicsms.store.writer import Writer

Result = TypeVar("Result")
READERS = 4
LIMIT = 10_000
"""Entries that may wait."""


@frozen
class Lanes:
    """Where writing, checkpoints and reading are done, how a function runs at the end of a turn, and what time it is."""

    writing: Lane
    checkpoints: Lane
    reading: Lane
    soon: Callable[[Callable[[], None]], object]
    seconds: Callable[[], float]


def threads(reactor: IReactorTime) -> Lanes:
    """Give threads: one that writes, one that makes checkpoints, some that read. ``reactor`` takes calls from threads, too."""
    calls = IReactorFromThreads(reactor)
    return Lanes(
        writing=ThreadLane(calls, "store-writer"),
        checkpoints=ThreadLane(calls, "store-checkpoints"),
        reading=ThreadLane(calls, "store-readers", READERS),
        soon=lambda function: reactor.callLater(0, function),
        seconds=reactor.seconds,
    )


def inline(seconds: Callable[[], float]) -> Lanes:
    """Give no threads at all: every Deferred of the store has fired when it is returned. For tests."""
    return Lanes(InlineLane(), InlineLane(), InlineLane(), soon=lambda function: function(), seconds=seconds)


class Store:
    """What is durable. Hand entries to ``submit``; ask ``queries``; name new things by ``new_id``.

    Made by ``open``. Everything but the work inside the lanes happens in the reactor's thread.
    """

    def __init__(self, writing: Engine, reading: Engine, lanes: Lanes, writer: Writer, limit: int, new_id: Ids) -> None:
        self.new_id = new_id
        self.queries = Queries(self._read)
        self._writing = writing
        self._reading = reading
        self._lanes = lanes
        self._closed: Deferred[None] | None = None
        self._writer = writer
        committed = self._checkpoints().committed if writing.dialect.name == "sqlite" else _nothing
        self._journal = Journal(writer.write, lanes.writing, lanes.soon, limit, committed)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        lanes: Lanes,
        now: Callable[[], float],
        new_id: Ids | None = None,
        limit: int = LIMIT,
    ) -> Store:
        """Open the database at ``url``, made or upgraded where need be; raises ``StoreUnusable``.

        This blocks for some milliseconds: it belongs before the reactor's start. ``now`` gives seconds since the epoch
        and is called in any thread; ``limit`` bounds the entries that may wait.
        """
        made = read_url(url)
        if (path := sqlite_file(made)) is not None:
            make_file(path)
        writing = writing_engine(made)
        migrate(writing)
        ids = new_id or Ids(now, Random())  # noqa: S311  names, not secrets
        return cls(writing, reading_engine(made, READERS + 1), lanes, Writer(writing, now, ids), limit, ids)

    @property
    def figures(self) -> JournalFigures:
        """What the journal has done so far."""
        return self._journal.figures

    def submit(self, entry: Entry[Result]) -> Deferred[Result]:
        """Keep an entry; fires with its result when that is durable.

        Fails with ``StoreBusy`` where nothing was kept and a later try may succeed, with ``NotKept`` where it won't.
        """
        return self._journal.submit(entry)

    def close(self) -> Deferred[None]:
        """Commit what was taken, then let go of the database; fires when that is done."""
        if self._closed is None:
            self._closed = self._journal.close().addCallback(self._let_go)
        return self._closed

    def _let_go(self, _: None) -> None:
        """End the threads and close the connections; the last one makes the last checkpoint."""
        for lane in (self._lanes.reading, self._lanes.checkpoints, self._lanes.writing):
            lane.close()
        self._reading.dispose()
        self._writer.close()
        self._writing.dispose()

    def _read(self, question: Callable[[Connection], Result]) -> Deferred[Result]:
        """Ask in a reading thread, within one transaction."""

        def ask() -> Result:
            with self._reading.connect() as connection:
                return question(connection)

        return self._lanes.reading.run(ask)

    def _checkpoints(self) -> Checkpoints:
        """Make what keeps SQLite's log short."""

        def finish() -> None:
            self._writer.finish_checkpoint = True

        return Checkpoints(self._reading, self._lanes.checkpoints, self._lanes.seconds, finish)


def _nothing() -> None:
    """PostgreSQL sees to its own checkpoints."""
