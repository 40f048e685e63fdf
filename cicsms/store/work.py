"""One batch on its way into the database: the connection, the time, and the rows that all kinds of entries have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from cicsms.store.bulk import AnyRow, Insert
from cicsms.store.clean import clean
from cicsms.store.exchange import Exchange
from cicsms.store.schema import events, exchanges, idempotency, message_exchanges, messages, parts, receipts, seen

INBOUND_COLUMNS = (
    *("id", "direction", "broker", "account", "remote", "local", "text", "alphabet", "state", "created", "updated", "date"),
    *("broker_id", "destination", "inbox", "parts", "concat_reference", "concat_count", "concat_index", "mcc", "mnc", "extra"),
)
OUTBOUND_COLUMNS = (
    *("id", "direction", "broker", "account", "remote", "local", "text", "alphabet", "state", "created", "updated"),
    *("reference", "origin", "parts", "message_class", "priority", "validity", "extra"),
)
PART_COLUMNS = (
    *("id", "message_id", "number", "of", "broker", "account", "remote", "text", "alphabet"),
    *("concat_reference", "concat_count", "concat_index", "priority", "state", "broker_id", "updated"),
)


class Statements:
    """The INSERTs of one engine."""

    def __init__(self, dialect: Dialect) -> None:
        def every(table: Any) -> Insert:
            return Insert(dialect, table, [column.name for column in table.columns])

        self.inbound = Insert(dialect, messages, INBOUND_COLUMNS)
        self.outbound = Insert(dialect, messages, OUTBOUND_COLUMNS)
        self.parts = Insert(dialect, parts, PART_COLUMNS)
        self.receipts = every(receipts)
        self.exchanges = every(exchanges)
        self.links = Insert(dialect, message_exchanges, ("message_id", "exchange_id"), "ON CONFLICT DO NOTHING")
        self.events = Insert(dialect, events, ("at", "kind", "message_id", "part_id", "state"))
        self.seen = Insert(
            dialect,
            seen,
            ("key", "message_id", "until"),
            "ON CONFLICT (key) DO UPDATE SET message_id = excluded.message_id, until = excluded.until WHERE seen.until < ?",
        )
        self.idempotency = Insert(
            dialect, idempotency, ("key", "digest", "message_id", "created"), "ON CONFLICT (key) DO NOTHING"
        )


@frozen
class Work:
    """What the kinds of entries write with. Events and exchanges of a batch gather here and go out together."""

    connection: Connection
    statements: Statements
    now: float
    new_id: Callable[[], str]
    _events: list[AnyRow] = field(factory=list)
    _exchanges: list[AnyRow] = field(factory=list)
    _links: list[AnyRow] = field(factory=list)

    def event(self, kind: str, message: str, part: str = "", state: str = "") -> None:
        """Note that something happened."""
        self._events.append((self.now, kind, message, part, state))

    def exchange(self, exchange: Exchange | None, of: Iterable[str]) -> None:
        """Keep an exchange, linked to the messages with the ids ``of``."""
        if exchange is None:
            return
        self._exchanges.append(_exchange_row(exchange))
        self._links.extend([(message, exchange.id) for message in of])

    def flush(self) -> None:
        """Write what has gathered."""
        self.statements.exchanges.run(self.connection, self._exchanges)
        self.statements.links.run(self.connection, self._links)
        self.statements.events.run(self.connection, self._events)


def _exchange_row(exchange: Exchange) -> Sequence[Any]:
    """Give the row of an exchange, in the table's order."""
    return (
        exchange.id,
        exchange.kind.value,
        exchange.broker,
        exchange.account,
        exchange.inbound,
        exchange.started,
        exchange.duration,
        exchange.peer,
        exchange.scheme,
        clean(exchange.authority),
        exchange.tls,
        clean(exchange.error),
        exchange.request_head,
        exchange.request_body,
        exchange.status,
        exchange.reply_head,
        exchange.reply_body,
    )
