"""Rows become values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from sqlalchemy import Row

from cicsms.model.message import Alphabet, Concat, Receipt
from cicsms.model.state import State
from cicsms.store.exchange import Exchange, ExchangeKind
from cicsms.store.views import Direction, Event, Message, Part, ReceiptRecord, Revision

AnyRow = Row[Any]


def read_extra(stored: str) -> Mapping[str, str]:
    """Give the named facts of a message; empty text stands for none."""
    return cast("dict[str, str]", orjson.loads(stored)) if stored else {}


def read_concat(row: AnyRow) -> Concat | None:
    """Give the place in a long message, if the row has one."""
    if row.concat_reference is None:
        return None
    return Concat(row.concat_reference, row.concat_count, row.concat_index)


def read_message(row: AnyRow) -> Message:
    """Give a message."""
    return Message(
        id=row.id,
        direction=Direction(row.direction),
        broker=row.broker,
        account=row.account,
        remote=row.remote,
        local=row.local,
        text=row.text,
        alphabet=Alphabet(row.alphabet) if row.alphabet else None,
        state=row.state,
        created=row.created,
        updated=row.updated,
        date=row.date,
        broker_id=row.broker_id,
        code=row.code,
        said=row.said,
        reference=row.reference,
        origin=row.origin,
        destination=row.destination,
        inbox=row.inbox,
        parts=row.parts,
        concat=read_concat(row),
        message_class=row.message_class,
        priority=row.priority,
        validity=row.validity,
        mcc=row.mcc,
        mnc=row.mnc,
        extra=read_extra(row.extra),
    )


def read_part(row: AnyRow) -> Part:
    """Give a part."""
    return Part(
        id=row.id,
        message=row.message_id,
        number=row.number,
        of=row.of,
        remote=row.remote,
        text=row.text,
        alphabet=Alphabet(row.alphabet),
        concat=read_concat(row),
        state=State(row.state),
        broker_id=row.broker_id,
        code=row.code,
        said=row.said,
        attempts=row.attempts,
        due=row.due,
        updated=row.updated,
    )


def read_receipt(row: AnyRow) -> ReceiptRecord:
    """Give a receipt with what became of it."""
    receipt = Receipt(
        state=State(row.state),
        status=row.status,
        broker_id=row.broker_id,
        reference=row.reference,
        remote=row.remote,
        local=row.local,
        code=row.code,
        said=row.said,
        date=None if row.date is None else datetime.fromtimestamp(row.date, UTC),
        final=row.final,
    )
    return ReceiptRecord(row.id, row.broker, row.account, receipt, row.part_id or "", row.applied, row.received)


def read_exchange(row: AnyRow) -> Exchange:
    """Give an exchange."""
    return Exchange(
        id=row.id,
        kind=ExchangeKind(row.kind),
        broker=row.broker,
        account=row.account,
        inbound=row.inbound,
        started=row.started,
        duration=row.duration,
        peer=row.peer,
        scheme=row.scheme,
        authority=row.authority,
        tls=row.tls,
        error=row.error,
        request_head=bytes(row.request_head),
        request_body=bytes(row.request_body),
        status=row.status,
        reply_head=bytes(row.reply_head),
        reply_body=bytes(row.reply_body),
    )


def read_event(row: AnyRow) -> Event:
    """Give an event."""
    return Event(row.number, row.at, row.kind, row.message_id, row.part_id, row.state)


def read_revision(row: AnyRow) -> Revision:
    """Give a revision."""
    return Revision(row.number, row.who, row.why, row.at, row.document, row.difference)
