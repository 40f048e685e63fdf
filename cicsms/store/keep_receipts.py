"""Keeping receipts: every one is recorded; those that match a part move it forward, the others wait for theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from cicsms.model.message import Receipt
from cicsms.store.clean import clean
from cicsms.store.entries import Fate, KeepReceipts, KeptReceipt
from cicsms.store.moments import epoch
from cicsms.store.partbook import PartBook, PartNow
from cicsms.store.work import Work

PARKED = "parked"
"""The kind of event that an unmatched receipt is."""


def keep_receipts(work: Work, entries: Sequence[KeepReceipts]) -> list[tuple[KeptReceipt, ...]]:
    """Keep the receipts, in the order they came."""
    entries = [evolve(entry, receipts=tuple(map(_clean, entry.receipts))) for entry in entries]
    book = PartBook(work)
    book.load({receipt.reference for entry in entries for receipt in entry.receipts if receipt.reference})
    book.load_named({name for entry in entries for receipt in entry.receipts for name in _names(receipt)})
    rows: list[Sequence[Any]] = []
    results = []
    for entry in entries:
        kept = tuple(_keep(work, book, entry, receipt, rows) for receipt in entry.receipts)
        results.append(kept)
        work.exchange(entry.exchange, dict.fromkeys(one.message for one in kept if one.message))
    book.save()
    work.statements.receipts.run(work.connection, rows)
    return results


def _keep(work: Work, book: PartBook, entry: KeepReceipts, receipt: Receipt, rows: list[Sequence[Any]]) -> KeptReceipt:
    """Keep one receipt."""
    part = _match(book, entry, receipt)
    applied = part is not None and book.advance(part, receipt.state, receipt.code, receipt.said)
    rows.append(_row(work, entry, receipt, part, applied))
    if part is None:
        work.event(PARKED, "", state=receipt.state.value)
        return KeptReceipt(Fate.PARKED)
    book.name(part, receipt.broker_id)
    return KeptReceipt(Fate.APPLIED if applied else Fate.LATE, part.id, part.message)


def _match(book: PartBook, entry: KeepReceipts, receipt: Receipt) -> PartNow | None:
    """Find the part of a receipt: by our reference, if it is one of this line's, else by a name the part has at the broker."""
    part = book.part(receipt.reference) if receipt.reference else None
    if part is not None and part.broker == entry.broker and entry.account in ("", part.account):
        return part
    found = (book.match(entry.broker, entry.account, name, receipt.remote) for name in _names(receipt))
    return next((part for part in found if part is not None), None)


def _names(receipt: Receipt) -> tuple[str, ...]:
    """Give the names by which a broker may mean a part: its own id, then a reference of ours too short to be an id."""
    return tuple(name for name in (receipt.broker_id, receipt.reference) if name)


def _clean(receipt: Receipt) -> Receipt:
    """Give a receipt that any database can hold."""
    return evolve(
        receipt,
        status=clean(receipt.status),
        broker_id=clean(receipt.broker_id),
        reference=clean(receipt.reference),
        remote=clean(receipt.remote),
        local=clean(receipt.local),
        code=clean(receipt.code),
        said=clean(receipt.said),
    )


def _row(work: Work, entry: KeepReceipts, receipt: Receipt, part: PartNow | None, applied: bool) -> Sequence[Any]:
    """Give the row of a receipt, in the table's order."""
    return (
        work.new_id(),
        part.id if part else None,
        entry.broker,
        entry.account,
        receipt.broker_id,
        receipt.reference,
        receipt.state.value,
        receipt.status,
        receipt.remote,
        receipt.local,
        receipt.code,
        receipt.said,
        epoch(receipt.date),
        receipt.final,
        applied,
        work.now,
    )
