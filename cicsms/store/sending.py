"""The queue's entries: claim parts, settle them, and find those that a crash left half-way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select, update

from cicsms.model.message import Alphabet
from cicsms.model.state import State
from cicsms.store.clean import clean
from cicsms.store.entries import ClaimParts, PartOutcome, QueuedPart, RecoverParts, SettleParts
from cicsms.store.partbook import PartBook, PartNow
from cicsms.store.reading import read_concat, read_extra
from cicsms.store.schema import QUEUED, SENDING, messages, parts
from cicsms.store.work import Work

_CLAIMED = select(
    parts,
    *(messages.c.local, messages.c.created, messages.c.reference, messages.c.message_class),
    *(messages.c.validity, messages.c.extra),
).join(messages, messages.c.id == parts.c.message_id)
_UNDER_WAY = (State.SENDING, State.UNKNOWN)


def claim(work: Work, entries: Sequence[ClaimParts]) -> list[tuple[QueuedPart, ...]]:
    """Hand out due parts, each to one claimer."""
    return [_claim(work, entry) for entry in entries]


def _claim(work: Work, entry: ClaimParts) -> tuple[QueuedPart, ...]:
    """Hand out due parts of one account."""
    due = _CLAIMED.where(QUEUED, parts.c.broker == entry.broker, parts.c.account == entry.account, parts.c.due <= work.now)
    ordered = due.order_by(parts.c.priority.desc(), parts.c.id).limit(entry.limit)
    claimed = tuple(map(_queued_part, work.connection.execute(ordered)))
    if claimed:
        _mark(work, entry, claimed)
    return claimed


def _mark(work: Work, entry: ClaimParts, claimed: Sequence[QueuedPart]) -> None:
    """Mark parts, and their messages, as being sent."""
    values = {"state": State.SENDING.value, "updated": work.now}
    ids = [part.id for part in claimed]
    lease = work.now + entry.lease
    work.connection.execute(
        update(parts).where(parts.c.id.in_(ids)).values(**values, owner=entry.owner, lease=lease, attempts=parts.c.attempts + 1)
    )
    of = list({part.message for part in claimed})
    work.connection.execute(
        update(messages).where(messages.c.id.in_(of), messages.c.state == State.QUEUED.value).values(**values)
    )


def settle(work: Work, entries: Sequence[SettleParts]) -> list[tuple[State, ...]]:
    """Note what came of sending, and let receipts that were quicker apply."""
    book = PartBook(work)
    book.load({outcome.part for entry in entries for outcome in entry.outcomes})
    found = [[book.part(outcome.part) for outcome in entry.outcomes] for entry in entries]
    for entry, of in zip(entries, found, strict=True):
        for outcome, part in zip(entry.outcomes, of, strict=True):
            if part is not None:
                _settle(book, part, outcome)
        work.exchange(entry.exchange, dict.fromkeys(part.message for part in of if part is not None))
    book.load_named({part.broker_id for of in found for part in of if part is not None and part.broker_id})
    book.save()
    return [tuple(State.UNKNOWN if part is None else part.state for part in of) for of in found]


def _settle(book: PartBook, part: PartNow, outcome: PartOutcome) -> None:
    """Apply one outcome: only a part that is under way goes back to the queue or becomes unknown."""
    book.name(part, clean(outcome.broker_id))
    code, said = clean(outcome.code), clean(outcome.said)
    if outcome.state in (State.QUEUED, State.UNKNOWN):
        if part.state in _UNDER_WAY:
            book.put(part, outcome.state, code, said, outcome.due)
    else:
        book.advance(part, outcome.state, code, said)


def recover(work: Work, entries: Sequence[RecoverParts]) -> list[int]:
    """Make unknown what was being sent when its sender ended."""
    counts = []
    for entry in entries:
        book = PartBook(work)
        left = book.load_where(SENDING, or_(parts.c.owner == entry.owner, parts.c.lease < work.now))
        for part in left:
            book.put(part, State.UNKNOWN, said="Interrupted: it may or may not have been sent.")
        book.save()
        counts.append(len(left))
    return counts


def _queued_part(row: Row[Any]) -> QueuedPart:
    """Read a part that is being claimed; this claim counts as an attempt."""
    return QueuedPart(
        id=row.id,
        message=row.message_id,
        broker=row.broker,
        account=row.account,
        remote=row.remote,
        local=row.local,
        text=row.text,
        alphabet=Alphabet(row.alphabet),
        concat=read_concat(row),
        number=row.number,
        of=row.of,
        attempts=row.attempts + 1,
        created=row.created,
        broker_id=row.broker_id,
        reference=row.reference,
        message_class=row.message_class,
        priority=row.priority,
        validity=row.validity,
        extra=read_extra(row.extra),
    )
