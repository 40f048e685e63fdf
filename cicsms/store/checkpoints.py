"""Checkpoints of SQLite's write-ahead log, from a connection and a thread of their own: commits never pay for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.store.lanes import Lane

EVERY = 0.5
"""Seconds between two checkpoints while there are commits."""
LONG = 4096
"""Pages (16 MB) beyond which the log is emptied to its end, so that it begins anew."""


class Checkpoints:
    """Copies the log into the database now and then. ``finish`` is called when the writer had better do the rest."""

    log = Logger()

    def __init__(self, engine: Engine, lane: Lane, seconds: Callable[[], float], finish: Callable[[], None]) -> None:
        self._engine = engine
        self._lane = lane
        self._seconds = seconds
        self._finish = finish
        self._last = seconds()
        self._running: Deferred[None] | None = None

    def committed(self) -> None:
        """Take note of a commit; start a checkpoint where one is due."""
        now = self._seconds()
        if now - self._last < EVERY or self._running is not None:
            return
        self._last = now
        running: Deferred[None] = self._lane.run(self._checkpoint).addCallbacks(self._look, self._failed)
        if not running.called:
            self._running = running

    def _checkpoint(self) -> int:
        """Copy what can be copied; give the length of the log in pages."""
        with self._engine.connect() as connection:
            cursor = connection.connection.cursor()
            _busy, pages, _copied = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            return int(pages)

    def _look(self, pages: int) -> None:
        """Ask for the rest where the log has become long."""
        self._running = None
        if pages > LONG:
            self._finish()

    def _failed(self, failure: Failure) -> None:
        """A checkpoint that fails costs nothing but a longer log; the next one may pass."""
        self._running = None
        failure.trap(DBAPIError, sqlite3.Error)
        self.log.warn("a checkpoint failed: {error}", error=failure.getErrorMessage())
