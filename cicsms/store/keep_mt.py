"""Keeping outbound messages: queued, once for each idempotency key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from cicsms.model.state import State
from cicsms.store.clean import clean
from cicsms.store.entries import KeepMt, KeptMt, OutboundMessage, OutboundPart, Repeat
from cicsms.store.keep_mo import extra_text
from cicsms.store.schema import idempotency
from cicsms.store.work import Work

QUEUED = "queued"


def keep_mt(work: Work, entries: Sequence[KeepMt]) -> list[KeptMt]:
    """Keep the messages whose key is new."""
    firsts = _firsts(work, [entry for entry in entries if entry.key])
    results = []
    rows: list[Sequence[Any]] = []
    parts: list[Sequence[Any]] = []
    for entry in entries:
        digest, first = firsts[entry.key] if entry.key else (entry.digest, entry.message.id)
        if first == entry.message.id:
            results.append(KeptMt(first))
            rows.append(_row(entry.message, len(entry.parts), work.now))
            parts += [_part_row(entry, part, number, work.now) for number, part in enumerate(entry.parts, 1)]
            work.event(QUEUED, first, state=State.QUEUED.value)
        else:
            results.append(KeptMt(first, Repeat.SAME if digest == entry.digest else Repeat.CONFLICT))
    work.statements.outbound.run(work.connection, rows)
    work.statements.parts.run(work.connection, parts)
    return results


def _firsts(work: Work, keyed: Sequence[KeepMt]) -> Mapping[str, tuple[str, str]]:
    """Remember the keys, and give the digest and id of the request that each belongs to."""
    firsts: dict[str, KeepMt] = {}
    for entry in keyed:
        firsts.setdefault(entry.key, entry)
    rows = [(entry.key, entry.digest, entry.message.id, work.now) for entry in firsts.values()]
    owners = {entry.key: (entry.digest, entry.message.id) for entry in firsts.values()}
    if work.statements.idempotency.run(work.connection, rows) < len(rows):
        found = work.connection.execute(select(idempotency).where(idempotency.c.key.in_(list(owners))))
        owners.update((row.key, (row.digest, row.message_id)) for row in found)
    return owners


def _row(message: OutboundMessage, parts: int, now: float) -> Sequence[Any]:
    """Give the row of an outbound message."""
    return (
        message.id,
        "out",
        message.broker,
        message.account,
        clean(message.remote),
        clean(message.local),
        clean(message.text),
        message.alphabet.value,
        State.QUEUED.value,
        now,
        now,
        clean(message.reference),
        clean(message.origin),
        parts,
        message.message_class,
        message.priority,
        message.validity,
        extra_text(message.extra),
    )


def _part_row(entry: KeepMt, part: OutboundPart, number: int, now: float) -> Sequence[Any]:
    """Give the row of a part."""
    concat = part.concat
    return (
        part.id,
        entry.message.id,
        number,
        len(entry.parts),
        entry.message.broker,
        entry.message.account,
        clean(part.remote),
        clean(part.text),
        part.alphabet.value,
        *((concat.reference, concat.count, concat.index) if concat else (None, None, None)),
        entry.message.priority,
        State.QUEUED.value,
        clean(part.broker_id),
        now,
    )
