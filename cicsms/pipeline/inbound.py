"""The way of an inbound message: verified, read, routed, kept; then acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from attrs import evolve

from cicsms.model.message import Mo
from cicsms.model.settings import Destination, EmailDestination, HandlerDestination, QueueDestination
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import BrokerLines, Line
from cicsms.routing.inbound import Decision
from cicsms.store.entries import InboundMo, KeepMo
from cicsms.store.exchange import Exchange, ExchangeKind

ID_SECONDS = 7 * 86400.0
"""How long a broker's id is known again: longer than any broker repeats a message (Vonage: 24 hours)."""

HASH_SECONDS = 180.0
"""How long the same sender, recipient and text are taken for a repetition where the broker gives no id."""


class InboundWay:
    """How the inbound messages of one broker come in; ``route`` decides where each goes."""

    kind = ExchangeKind.MO

    def __init__(
        self, lines: BrokerLines, route: Callable[[Mo], Decision], now: Callable[[], float], new_id: Callable[[], str]
    ) -> None:
        self._lines = lines
        self._route = route
        self._now = now
        self._new_id = new_id
        self._destinations: dict[int | None, tuple[str, str]] = {}

    def verify(self, line: Line, request: HttpRequest) -> None:
        """Return if the profile's rules say that the request is by this account."""
        line.profile.verify_mo(request, line.registration, datetime.fromtimestamp(self._now(), UTC))

    def read(self, line: Line, request: HttpRequest) -> Sequence[Mo]:
        """Return the messages of one request."""
        return line.profile.read_mo(request)

    def entry(self, verified: Line, items: Sequence[Mo], exchange: Exchange) -> KeepMo:
        """Pair each message with its account, route it, and make of all what the journal keeps."""
        return KeepMo(tuple([self._routed(mo, verified) for mo in items]), exchange)

    def answer(self, line: Line, outcome: str) -> HttpReply:
        """Give the profile's acknowledgement."""
        return line.profile.mo_answer(outcome)

    def kept(self, line: Line, items: Sequence[Mo], results: Any) -> None:
        """Nothing is left to do: the message lies in its inbox with the commit that kept it."""

    def _routed(self, mo: Mo, verified: Line) -> InboundMo:
        """Make one message ready to keep."""
        line, local = self._lines.pair(mo.local, verified)
        if local != mo.local:
            mo = evolve(mo, local=local)
        decision = self._route(mo)
        place = self._destinations.get(decision.rule)
        if place is None:  # a rule, or the absence of one, leads to one place as long as the routes live
            place = self._destinations[decision.rule] = destination(decision.destination)
        key, seconds = (mo.broker_id, ID_SECONDS) if mo.broker_id else (fingerprint(mo), HASH_SECONDS)
        return InboundMo(
            self._new_id(), mo, line.broker, line.account.id, place[0], place[1], key=key, until=self._now() + seconds
        )


def fingerprint(mo: Mo) -> str:
    """Return what a message without an id is recognised by: a digest of its ends, its place in a long one, and its text."""
    place = f"{mo.concat.reference}/{mo.concat.index}" if mo.concat else ""
    said = "\0".join((mo.remote, mo.local, place, mo.date.isoformat() if mo.date else "", mo.text))
    return "#" + sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def destination(to: Destination) -> tuple[str, str]:
    """Return (kind, name of the inbox) of a destination: ``workgroup:NAME``, ``user:NAME``, a handler's name or an address."""
    match to:
        case QueueDestination(workgroup=str(name)):
            return "queue", f"workgroup:{name}"
        case QueueDestination(user=name):
            return "queue", f"user:{name}"
        case HandlerDestination(name=name):
            return "handler", name
        case EmailDestination(to=address):
            return "email", address
        case _:
            return to.kind, ""
