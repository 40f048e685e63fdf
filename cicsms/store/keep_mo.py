"""Keeping inbound messages: once each, however often the broker delivers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import select

from cicsms.store.clean import clean
from cicsms.store.entries import InboundMo, KeepMo, Kept
from cicsms.store.moments import epoch
from cicsms.store.schema import seen
from cicsms.store.work import Work

RECEIVED = "received"
"""The kind of event that a new inbound message is."""


def keep_mo(work: Work, entries: Sequence[KeepMo]) -> list[tuple[Kept, ...]]:
    """Keep the messages that are not known yet; exchanges of duplicates belong to the first message."""
    keyed = [message for entry in entries for message in entry.messages if message.key]
    digests = {message.id: _digest(message) for message in keyed}
    firsts = _firsts(work, keyed, digests)
    rows: list[Sequence[Any]] = []
    results = []
    for entry in entries:
        kept = []
        for message in entry.messages:
            first = firsts[digests[message.id]] if message.key else message.id
            kept.append(Kept(first, duplicate=first != message.id))
            if first == message.id:
                rows.append(_row(message, work.now))
                work.event(RECEIVED, message.id, state="kept")
        results.append(tuple(kept))
        work.exchange(entry.exchange, dict.fromkeys([one.id for one in kept]))
    work.statements.inbound.run(work.connection, rows)
    return results


def _firsts(work: Work, keyed: Sequence[InboundMo], digests: Mapping[str, bytes]) -> Mapping[bytes, str]:
    """Remember the keys, and give the id of the message that each stands for."""
    owners: dict[bytes, str] = {}
    rows = []
    for message in keyed:
        digest = digests[message.id]
        if owners.setdefault(digest, message.id) is message.id:
            rows.append((digest, message.id, message.until))
    if work.statements.seen.run(work.connection, rows, after=(work.now,)) < len(rows):
        found = work.connection.execute(select(seen.c.key, seen.c.message_id).where(seen.c.key.in_(list(owners))))
        owners.update((bytes(row.key), row.message_id) for row in found)
    return owners


def _digest(message: InboundMo) -> bytes:
    """Give the key under which a message is remembered: short and of one length, since these rows lie in no order."""
    place = f"{message.broker}\0{message.account}\0{message.key}"
    return blake2b(place.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _row(message: InboundMo, now: float) -> Sequence[Any]:
    """Give the row of an inbound message."""
    mo = message.mo
    concat = mo.concat
    return (
        message.id,
        "in",
        message.broker,
        message.account,
        clean(mo.remote),
        clean(mo.local),
        clean(mo.text),
        mo.alphabet.value if mo.alphabet else None,
        "kept",
        now,
        now,
        epoch(mo.date),
        clean(mo.broker_id),
        message.destination,
        message.inbox,
        mo.parts,
        *((concat.reference, concat.count, concat.index) if concat else (None, None, None)),
        clean(mo.mcc),
        clean(mo.mnc),
        extra_text(mo.extra),
    )


def extra_text(extra: Mapping[str, str]) -> str:
    """Give named facts as JSON; nothing for none."""
    if not extra:
        return ""
    return orjson.dumps({clean(name): clean(value) for name, value in extra.items()}).decode()
