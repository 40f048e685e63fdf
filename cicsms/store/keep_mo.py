"""Keeping inbound messages: once each, however often the broker delivers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson
from attrs import evolve
from sqlalchemy import select

from cicsms.model.message import Mo
from cicsms.store.bulk import AnyRow
from cicsms.store.clean import clean, storable
from cicsms.store.entries import InboundMo, KeepMo, Kept
from cicsms.store.moments import epoch
from cicsms.store.schema import seen
from cicsms.store.work import Work

RECEIVED = "received"
"""The kind of event that a new inbound message is."""


def keep_mo(work: Work, entries: Sequence[KeepMo]) -> list[tuple[Kept, ...]]:
    """Keep the messages that are not known yet; exchanges of duplicates belong to the first message."""
    digests = [_digest(message) if message.key else b"" for entry in entries for message in entry.messages]
    firsts = _firsts(work, [message for entry in entries for message in entry.messages], digests)
    rows: list[AnyRow] = []
    results = []
    place = 0
    for entry in entries:
        kept = []
        for message in entry.messages:
            first = firsts.get(digests[place], message.id)
            place += 1
            new = first == message.id
            kept.append(Kept(first, not new))
            if new:
                rows.append(_row(message, work.now))
                work.event(RECEIVED, first, "", "kept")
        results.append(tuple(kept))
        work.exchange(entry.exchange, (kept[0].id,) if len(kept) == 1 else dict.fromkeys([one.id for one in kept]))
    work.statements.inbound.run(work.connection, rows)
    return results


def _firsts(work: Work, messages: Sequence[InboundMo], digests: Sequence[bytes]) -> Mapping[bytes, str]:
    """Remember the digests, none where a message has no key, and give the id of the message that each stands for."""
    owners: dict[bytes, str] = {}
    rows = []
    for message, digest in zip(messages, digests, strict=True):
        if digest and owners.setdefault(digest, message.id) is message.id:
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
    mo = _cleaned(message.mo)
    concat = mo.concat
    return (
        message.id,
        "in",
        message.broker,
        message.account,
        mo.remote,
        mo.local,
        mo.text,
        mo.alphabet.value if mo.alphabet else None,
        "kept",
        now,
        now,
        epoch(mo.date),
        mo.broker_id,
        message.destination,
        message.inbox,
        mo.parts,
        *((concat.reference, concat.count, concat.index) if concat else (None, None, None)),
        mo.mcc,
        mo.mnc,
        extra_text(mo.extra),
    )


def _cleaned(mo: Mo) -> Mo:
    """Return the message with texts that both databases can hold: nearly always as it is, found out by one look at them all."""
    texts = f"{mo.remote}{mo.local}{mo.text}{mo.broker_id}{mo.mcc}{mo.mnc}"
    if storable(texts):
        return mo
    return evolve(
        mo,
        remote=clean(mo.remote),
        local=clean(mo.local),
        text=clean(mo.text),
        broker_id=clean(mo.broker_id),
        mcc=clean(mo.mcc),
        mnc=clean(mo.mnc),
    )


def extra_text(extra: Mapping[str, str]) -> str:
    """Give named facts as JSON; nothing for none."""
    if not extra:
        return ""
    try:
        text = orjson.dumps(extra)
    except TypeError:  # a lone surrogate
        text = b"\\u0000"
    if b"\\u0000" not in text:
        return text.decode()
    return orjson.dumps({clean(name): clean(value) for name, value in extra.items()}).decode()
