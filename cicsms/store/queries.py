"""The questions one can ask: each reads one snapshot, in a thread of its own, and answers with frozen values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection, func, select
from twisted.internet.defer import Deferred

from cicsms.model.state import State
from cicsms.store import reading
from cicsms.store.schema import (
    INBOUND,
    PARKED,
    QUEUED,
    SENDING,
    UNKNOWN,
    events,
    exchanges,
    facts,
    message_exchanges,
    messages,
    parts,
    receipts,
    revisions,
)
from cicsms.store.search import found, page_length
from cicsms.store.views import Counts, Event, Message, MessageRecord, Page, ReceiptRecord, Revision, Search

Result = TypeVar("Result")


class Read(Protocol):
    """Runs a function with a reading connection, elsewhere."""

    def __call__(self, question: Callable[[Connection], Result], /) -> Deferred[Result]:
        """Fire with what ``question`` returns."""


class Queries:
    """All reads of the store."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def message(self, id: str) -> Deferred[MessageRecord | None]:  # noqa: A002
        """Give one message with its parts, receipts and exchanges; ``None`` where there is none."""
        return self._read(lambda connection: _record(connection, id))

    def messages(self, search: Search) -> Deferred[Page]:
        """List messages, newest first."""
        return self._read(lambda connection: _page(connection, search))

    def inbox(self, destination: str, name: str, after: str = "", limit: int = 100) -> Deferred[tuple[Message, ...]]:
        """List the messages of one inbox that came after the message ``after``, oldest first."""
        return self._read(lambda connection: _inbox(connection, destination, name, after, limit))

    def parked(self, limit: int = 100, broker: str = "") -> Deferred[tuple[ReceiptRecord, ...]]:
        """List receipts that match no part yet, newest first; of one broker, or of any."""
        statement = select(receipts).where(PARKED).order_by(receipts.c.id.desc()).limit(limit)
        if broker:
            statement = statement.where(receipts.c.broker == broker)
        return self._read(lambda connection: tuple(map(reading.read_receipt, connection.execute(statement))))

    def queues(self) -> Deferred[frozenset[tuple[str, str]]]:
        """Name the (broker, account) pairs that have parts to send."""
        statement = select(parts.c.broker, parts.c.account).where(QUEUED).distinct()
        return self._read(lambda connection: frozenset((row.broker, row.account) for row in connection.execute(statement)))

    def next_due(self, broker: str, account: str) -> Deferred[float | None]:
        """Say when the first queued part of an account may be tried; ``None`` where none is queued.

        This looks at every queued part of the account: ask when a claim came back short, not before each.
        """
        statement = select(func.min(parts.c.due)).where(QUEUED, parts.c.broker == broker, parts.c.account == account)
        return self._read(lambda connection: connection.execute(statement).scalar())

    def counts(self) -> Deferred[Counts]:
        """Count what waits."""
        return self._read(_counts)

    def fact(self, name: str) -> Deferred[str | None]:
        """Give a named fact of this node."""
        statement = select(facts.c.value).where(facts.c.name == name)
        return self._read(lambda connection: connection.execute(statement).scalar())

    def revision(self, number: int | None = None) -> Deferred[Revision | None]:
        """Give a revision of the configuration document, the newest where no number is given."""
        statement = select(revisions).order_by(revisions.c.number.desc()).limit(1)
        if number is not None:
            statement = statement.where(revisions.c.number == number)
        return self._read(lambda connection: next(map(reading.read_revision, connection.execute(statement)), None))

    def events(self, after: int = 0, limit: int = 100) -> Deferred[tuple[Event, ...]]:
        """Give the events that follow the one numbered ``after``, in order."""
        statement = select(events).where(events.c.number > after).order_by(events.c.number).limit(limit)
        return self._read(lambda connection: tuple(map(reading.read_event, connection.execute(statement))))


def _record(connection: Connection, id: str) -> MessageRecord | None:  # noqa: A002
    """Read a message and what belongs to it."""
    row = connection.execute(select(messages).where(messages.c.id == id)).first()
    if row is None:
        return None
    of_message = select(parts).where(parts.c.message_id == id).order_by(parts.c.number, parts.c.id)
    of_parts = select(receipts).join(parts, receipts.c.part_id == parts.c.id).where(parts.c.message_id == id)
    linked = select(exchanges).join(message_exchanges, message_exchanges.c.exchange_id == exchanges.c.id)
    return MessageRecord(
        message=reading.read_message(row),
        parts=tuple(map(reading.read_part, connection.execute(of_message))),
        receipts=tuple(map(reading.read_receipt, connection.execute(of_parts.order_by(receipts.c.id)))),
        exchanges=tuple(
            map(
                reading.read_exchange,
                connection.execute(linked.where(message_exchanges.c.message_id == id).order_by(exchanges.c.id)),
            )
        ),
    )


def _page(connection: Connection, search: Search) -> Page:
    """Read one page."""
    rows = tuple(map(reading.read_message, connection.execute(found(search))))
    length = page_length(search)
    return Page(rows[:length], rows[length - 1].id if len(rows) > length else "")


def _inbox(connection: Connection, destination: str, name: str, after: str, limit: int) -> tuple[Message, ...]:
    """Read an inbox."""
    statement = (
        select(messages)
        .where(messages.c.destination == destination, messages.c.inbox == name, messages.c.id > after)
        .where(INBOUND)
        .order_by(messages.c.id)
        .limit(limit)
    )
    return tuple(map(reading.read_message, connection.execute(statement)))


def _counts(connection: Connection) -> Counts:
    """Count parts that are queued, being sent or unknown, and parked receipts."""
    counted = {}
    for condition in (QUEUED, SENDING, UNKNOWN):
        grouped = (parts.c.broker, parts.c.account, parts.c.state)
        for broker, account, state, many in connection.execute(
            select(*grouped, func.count()).where(condition).group_by(*grouped)
        ):
            counted[broker, account, State(state)] = many
    parked = select(receipts.c.broker, func.count()).where(PARKED).group_by(receipts.c.broker)
    return Counts(parts=counted, parked={row[0]: row[1] for row in connection.execute(parked)})
