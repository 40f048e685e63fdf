"""The writer: owns the one connection that writes, and makes a batch of entries one commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from twisted.logger import Logger

from cicsms.store import keep_mo, keep_mt, keep_receipts, records, sending
from cicsms.store.entries import (
    ClaimParts,
    Entry,
    KeepExchange,
    KeepFact,
    KeepMo,
    KeepMt,
    KeepReceipts,
    KeepRevision,
    RecoverParts,
    SettleParts,
)
from cicsms.store.errors import NotKept, StoreBusy
from cicsms.store.journal import Outcome, Refused
from cicsms.store.work import Statements, Work

Keep = Callable[[Work, Any], Sequence[Any]]
KEEP: Mapping[type[Entry[Any]], Keep] = {
    KeepMo: keep_mo.keep_mo,
    KeepMt: keep_mt.keep_mt,
    SettleParts: sending.settle,
    KeepReceipts: keep_receipts.keep_receipts,
    RecoverParts: sending.recover,
    ClaimParts: sending.claim,
    KeepExchange: records.keep_exchange,
    KeepRevision: records.keep_revision,
    KeepFact: records.keep_fact,
}
"""What keeps each kind of entry; a batch is taken kind by kind, in this order."""

FAULTS = (SQLAlchemyError, ValueError, TypeError, LookupError, ArithmeticError)
"""What one bad entry may raise; anything else is a fault of this program and fails its batch."""
_PASSING = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
    }
)


class Writer:
    """Commits batches over one connection, which is opened at need and again after trouble.

    ``finish_checkpoint`` asks for the rest of a checkpoint before the next batch: while nobody else can write, the
    write-ahead log can be emptied to its end and begins anew.
    """

    log = Logger()

    def __init__(self, engine: Engine, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._now = now
        self._new_id = new_id
        self._statements = Statements(engine.dialect)
        self._connection: Connection | None = None
        self.finish_checkpoint = False

    def write(self, entries: Sequence[Entry[Any]]) -> Sequence[Outcome]:
        """Commit a batch; give each entry's result, or why it was refused."""
        try:
            return self._write(entries)
        except FAULTS as error:
            busy = self._busy(error)
            return [Refused(busy)] * len(entries)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, entries: Sequence[Entry[Any]]) -> Sequence[Outcome]:
        """Commit all together; where one entry spoils that, commit what can be."""
        connection = self.connected()
        if self.finish_checkpoint:
            self.finish_checkpoint = False
            self._checkpoint(connection)
        try:
            with connection.begin():
                return self._together(connection, entries)
        except FAULTS as error:
            if passing(error) or len(entries) == 0:
                raise
        with connection.begin():
            return [self._alone(connection, entry) for entry in entries]

    def _checkpoint(self, connection: Connection) -> None:
        """Do the rest of a checkpoint; where that fails the log is longer, and nothing worse."""
        try:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")  # outside of SQLAlchemy's transactions
        except sqlite3.Error as error:
            self.log.warn("a checkpoint failed: {error}", error=str(error))

    def connected(self) -> Connection:
        """Give the connection, opened if need be; only the writing lane may use it."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _together(self, connection: Connection, entries: Sequence[Entry[Any]]) -> Sequence[Outcome]:
        """Keep the entries kind by kind, by as few statements as can be."""
        places: dict[type[Entry[Any]], list[int]] = {}
        for place, entry in enumerate(entries):
            places.setdefault(type(entry), []).append(place)
        work = Work(connection, self._statements, self._now(), self._new_id)
        outcomes: list[Outcome] = [None] * len(entries)
        for kind in KEEP:
            if of_kind := places.get(kind):
                results = KEEP[kind](work, [entries[place] for place in of_kind])
                for place, result in zip(of_kind, results, strict=True):
                    outcomes[place] = result
        work.flush()
        return outcomes

    def _alone(self, connection: Connection, entry: Entry[Any]) -> Outcome:
        """Keep one entry, or nothing of it."""
        try:
            with connection.begin_nested():
                return self._together(connection, [entry])[0]
        except FAULTS as error:
            if passing(error):
                raise
            said = str(getattr(error, "orig", error))
            self.log.error("an entry was not kept: {kind}: {error}", kind=type(entry).__name__, error=said)
            return Refused(NotKept(f"This can't be kept: {type(error).__name__}."))

    def _busy(self, error: Exception) -> StoreBusy:
        """Log trouble that passes; after some kinds of it the connection is of no more use."""
        self.log.error("the store can't write: {error}", error=str(getattr(error, "orig", error)))
        if not full(error) and self._connection is not None:
            self._connection.invalidate()
            self.close()
        return StoreBusy("The store can't write at present; its disk may be full.")


def passing(error: Exception) -> bool:
    """Tell whether an error is about the database as a whole (disk, connection), not about an entry."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _PASSING
    return isinstance(error, OperationalError) or error.connection_invalidated


def full(error: Exception) -> bool:
    """Tell whether SQLite's disk is full: its connection goes on when there is room again."""
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
