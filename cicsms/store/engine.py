"""Engines: how SQLite and PostgreSQL are opened, begun and made durable. Nothing else knows which of the two it is."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

from cicsms.store.errors import StoreUnusable

PAGES = 16_000
"""SQLite pages kept in memory by the writer: 64 MB, so that the indices of a million messages stay there."""
PATIENCE = "-c synchronous_commit=on -c lock_timeout=30s"
"""PostgreSQL's settings for writers: durable, and no waiting for ever behind another writer that hangs."""
WRITERS = 0x63696373
"""The advisory lock that PostgreSQL's writers take in turn, as SQLite's do by BEGIN IMMEDIATE."""


def read_url(url: str) -> URL:
    """Read a database URL; ``postgresql://`` means psycopg 3."""
    try:
        made = make_url(url)
    except ArgumentError as error:
        raise StoreUnusable(
            "The database URL can't be read; write sqlite:////path/to/file.sqlite or postgresql://user@host/name."
        ) from error
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreUnusable(f"The database {made.get_backend_name()!r} is not supported; use sqlite or postgresql.")
    return made.set(drivername="postgresql+psycopg") if made.drivername == "postgresql" else made


def sqlite_file(url: URL) -> str | None:
    """Return the path of an SQLite database; ``None`` for another engine."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise StoreUnusable(
            "The database must be a file: what is in memory is not durable. Write sqlite:////path/to/file.sqlite."
        )
    return url.database


def writing_engine(url: URL) -> Engine:
    """Make an engine whose transactions are durable and one at a time."""
    if sqlite_file(url) is not None:
        return _sqlite(url, "BEGIN IMMEDIATE", ("synchronous=FULL", "wal_autocheckpoint=0", f"cache_size={PAGES}"), 0)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"options": PATIENCE})

    def take_turn(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

    event.listen(engine, "begin", take_turn)
    return engine


def reading_engine(url: URL, size: int) -> Engine:
    """Make an engine that reads snapshots, over at most ``size`` connections."""
    if sqlite_file(url) is not None:
        return _sqlite(url, "BEGIN", ("query_only=1",), size)
    options = "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
    return create_engine(
        url, pool_size=size, max_overflow=0, pool_pre_ping=True, hide_parameters=True, connect_args={"options": options}
    )


def _sqlite(url: URL, begin: str, pragmas: tuple[str, ...], size: int) -> Engine:
    """Make an SQLite engine that begins its transactions by ``begin``; no ``size`` = a connection made at each need."""
    arguments: dict[str, Any] = {"pool_size": size, "max_overflow": 0} if size else {}
    engine = create_engine(
        url,
        poolclass=QueuePool if size else NullPool,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30.0},
        **arguments,
    )

    def connected(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None  # transactions begin where SQLAlchemy's do, not at the first INSERT
        for pragma in ("journal_mode=WAL", "busy_timeout=30000", *pragmas):
            raw.execute(f"PRAGMA {pragma}").close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def make_file(path: str) -> None:
    """Create an SQLite file that only its owner may read; one that exists stays as it is."""
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnusable(f"The database {path} can't be opened: {error.strerror}.") from error
