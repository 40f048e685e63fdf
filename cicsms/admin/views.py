"""What the store knows, turned into the bodies of the API."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Literal

from cicsms.admin.bodies import Detail, ExchangeView, Message, Page, PartView, Query, ReceiptView
from cicsms.store import views
from cicsms.store.exchange import Exchange
from cicsms.store.views import Direction, MessageRecord, ReceiptRecord, Search

DIRECTIONS: dict[Direction, Literal["inbound", "outbound"]] = {Direction.IN: "inbound", Direction.OUT: "outbound"}


def search(query: Query) -> Search:
    """Make of the query of a call what the store searches for."""
    inbound = query.direction == "inbound"
    chosen = {name: way for way, name in DIRECTIONS.items()}
    remote, local = (query.from_, query.to) if inbound else (query.to, query.from_)
    return Search(
        direction=chosen[query.direction] if query.direction else None,
        state=("kept" if query.state == "received" else query.state or ""),
        broker=query.broker or "",
        account=query.account or "",
        remote=remote or "",
        local=local or "",
        text=query.text or "",
        after=query.after.timestamp() if query.after else None,
        before=query.before.timestamp() if query.before else None,
        cursor=query.cursor or "",
        limit=query.limit,
    )


def page(found: views.Page) -> Page:
    """Show one page of messages."""
    return Page(messages=tuple(message(one) for one in found.messages), next=found.cursor or None)


def message(known: views.Message, broker_ids: tuple[str, ...] = ()) -> Message:
    """Show one message."""
    return Message(
        id=known.id,
        direction=DIRECTIONS[known.direction],
        broker=known.broker,
        account=known.account,
        remote=known.remote,
        local=known.local,
        text=known.text,
        alphabet=known.alphabet or "",
        state="received" if known.direction is Direction.IN else known.state,
        code=known.code,
        said=known.said,
        reference=known.reference,
        broker_ids=broker_ids or ((known.broker_id,) if known.broker_id else ()),
        parts=known.parts,
        date=at(known.date),
        queue=f"{known.destination}:{known.inbox}" if known.destination else "",
        created=datetime.fromtimestamp(known.created, UTC),
        updated=datetime.fromtimestamp(known.updated, UTC),
    )


def detail(record: MessageRecord) -> Detail:
    """Show one message with all that happened to it."""
    return Detail(
        message=message(record.message, tuple(part.broker_id for part in record.parts if part.broker_id)),
        parts=tuple(_part(part) for part in record.parts),
        receipts=tuple(receipt(one) for one in record.receipts),
        exchanges=tuple(_exchange(one) for one in record.exchanges),
    )


def receipt(record: ReceiptRecord) -> ReceiptView:
    """Show one receipt."""
    said = record.receipt
    return ReceiptView(
        broker=record.broker,
        account=record.account,
        broker_id=said.broker_id,
        reference=said.reference,
        state=said.state,
        status=said.status,
        code=said.code,
        applied=record.applied,
        parked=not record.part,
        date=said.date,
        received=datetime.fromtimestamp(record.received, UTC),
    )


def at(seconds: float | None) -> datetime | None:
    """Return the time of some seconds since the epoch."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _part(part: views.Part) -> PartView:
    """Show one part."""
    return PartView(
        number=part.number,
        text=part.text,
        state=part.state,
        reference=part.id,
        broker_id=part.broker_id,
        code=part.code,
        said=part.said,
        attempts=part.attempts,
    )


def _exchange(kept: Exchange) -> ExchangeView:
    """Show one exchange."""
    head = b"HTTP/1.1 %d\r\n%b" % (kept.status, kept.reply_head) if kept.status else b""
    return ExchangeView(
        kind=kept.kind,
        started=datetime.fromtimestamp(kept.started, UTC),
        milliseconds=round(kept.duration * 1000, 3),
        peer=kept.peer,
        tls=kept.tls,
        request_head=b64encode(kept.request_head).decode(),
        request_body=b64encode(kept.request_body).decode(),
        reply_head=b64encode(head).decode(),
        reply_body=b64encode(kept.reply_body).decode(),
        error=kept.error,
    )
