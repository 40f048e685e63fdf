"""Many rows by one statement: what SQLAlchemy and the driver cost for each row would be more than the row itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

LONGEST = 256
"""Rows by one statement; below it the powers of two, so that few texts have to be prepared."""
AnyRow = Sequence[Any]


class Insert:
    """An INSERT of whole rows into some columns of a table, with an ON CONFLICT clause where one is given.

    A ``tail`` with a place for a value takes ``after``. On both engines a bound place is what ``dialect`` says.
    """

    def __init__(self, dialect: Dialect, table: Table, columns: Iterable[str], tail: str = "") -> None:
        quoted = [dialect.identifier_preparer.quote(name) for name in columns]
        self._place = "?" if dialect.name == "sqlite" else "%s"
        self._head = f"INSERT INTO {table.name} ({', '.join(quoted)}) VALUES "  # noqa: S608  names of ours only
        self._row = f"({', '.join([self._place] * len(quoted))})"
        self._tail = " " + tail.replace("?", self._place) if tail else ""
        self._texts: dict[int, str] = {}

    def run(self, connection: Connection, rows: Sequence[AnyRow], after: tuple[Any, ...] = ()) -> int:
        """Insert the rows, in order; say how many were inserted (or changed by the conflict clause)."""
        done = 0
        start = 0
        while start < len(rows):
            size = min(LONGEST, 1 << (len(rows) - start).bit_length() - 1)
            values = tuple(chain.from_iterable(rows[start : start + size])) + after
            done += _execute(connection, self._text(size), values)
            start += size
        return done

    def _text(self, size: int) -> str:
        """Give the statement for ``size`` rows."""
        text = self._texts.get(size)
        if text is None:
            text = self._texts[size] = self._head + ", ".join([self._row] * size) + self._tail
        return text


def _execute(connection: Connection, text: str, values: tuple[Any, ...]) -> int:
    """Run a statement over the driver's own cursor, with SQLAlchemy's errors; say how many rows it touched.

    ``exec_driver_sql`` does the same and costs a small batch more than all its rows.
    """
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, values)
        return cursor.rowcount
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect) from error
    finally:
        cursor.close()
