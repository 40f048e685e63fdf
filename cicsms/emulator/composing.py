"""Composing what a broker pushes: an MO or a receipt as the profile writes it, and what an order changes in it afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

from attrs import evolve, frozen
from twisted.internet.interfaces import IReactorTime

from cicsms.emulator.entries import Entry
from cicsms.emulator.ledger import Line
from cicsms.emulator.moments import moment
from cicsms.emulator.orders import MoOrder, PushOrder, ReceiptOrder
from cicsms.model.errors import CicsmsError
from cicsms.model.message import Mo, Mt, Receipt
from cicsms.model.wire import HttpRequest
from cicsms.profile.values import Registration


class NoTarget(CicsmsError):
    """Nobody said where the webhook goes."""


@frozen
class Composed:
    """A request that is ready to be pushed, and what it says."""

    request: HttpRequest
    line: Line
    mt: Mt | None = None


def compose_mo(entry: Entry, order: MoOrder, clock: IReactorTime) -> Composed:
    """Write the MO of an order; raises ``NoTarget``."""
    facts = entry.facts(clock)
    mo = Mo(
        remote=order.from_,
        local=entry.settings.local if order.to is None else order.to,
        text=order.text,
        broker_id=entry.profile.new_id(entry.random, "mo") if order.id is None else order.id,
        date=order.date or facts.now,
        parts=order.parts,
        concat=order.concat.concat if order.concat else None,
        alphabet=order.alphabet,
        mcc=order.mcc,
        mnc=order.mnc,
        extra=order.extra,
    )
    url = order.url or entry.settings.mo_url
    if not url:
        raise NoTarget(f"{entry.name} has no mo_url; set it in the settings, or give the order a url")
    request = entry.profile.write_mo(mo, evolve(entry.registration(_scheme(url)), mo_url=url), facts, order.method)
    return Composed(request, Line(mo.remote, mo.local, mo.text, mo.broker_id))


def compose_receipt(entry: Entry, receipt: Receipt, mt: Mt, url: str, clock: IReactorTime) -> Composed:
    """Write a receipt of ``mt``; it goes to ``url``, else to the callback the MT carried, else to the entry's own URL."""
    target = url or mt.callback or entry.settings.receipt_url or ""
    if not target:
        raise NoTarget(f"{entry.name} has no receipt_url and the message carried none; set one, or give the order a url")
    registration: Registration = evolve(entry.registration(_scheme(target)), receipt_url=target)
    told = evolve(mt, callback=url) if url else mt
    request = entry.profile.write_receipt(receipt, told, registration, entry.facts(clock))
    return Composed(request, line_of_receipt(receipt, mt), mt)


def ordered_receipt(order: ReceiptOrder, known: tuple[Mt, Line] | None, clock: IReactorTime) -> tuple[Receipt, Mt]:
    """Make the receipt of an order, about the MT of the ledger it names, or about the unknown one it describes."""
    mt, line = known or (Mt(order.from_ or "", (order.to or "",), "", order.reference or ""), Line())
    receipt = Receipt(
        state=order.state,
        status=order.status,
        broker_id=line.id if order.id is None else order.id,
        reference=mt.reference if order.reference is None else order.reference,
        remote=(line.to or mt.recipient) if order.to is None else order.to,
        local=mt.sender if order.from_ is None else order.from_,
        code=order.code,
        said=order.said,
        date=order.date or moment(clock),
        final=order.state.final,
    )
    return receipt, mt


def changed(request: HttpRequest, order: PushOrder) -> HttpRequest:
    """Return the request with what the order changes after signing."""
    lowered = {name.lower().encode("latin-1") for name in (*order.omit, *order.headers)}
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in lowered)
    added = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in order.headers.items())
    return evolve(request, headers=kept + added, body=request.body if order.body is None else order.body)


def line_of_receipt(receipt: Receipt, mt: Mt) -> Line:
    """Say what a receipt says; ``to`` is the handset, as in the MT."""
    return Line(
        sender=receipt.local,
        to=receipt.remote,
        text=mt.text,
        id=receipt.broker_id,
        reference=receipt.reference,
        state=receipt.status or receipt.state.value,
        code=receipt.code,
    )


def _scheme(url: str) -> str:
    return "https" if urlsplit(url).scheme == "https" else "http"
