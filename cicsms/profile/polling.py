"""Inbound messages that are fetched: a page is asked for and read, and what was taken is acknowledged; both sides of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from cicsms.model.message import Mo
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile import fields
from cicsms.profile.calls import Call
from cicsms.profile.matching import status_test
from cicsms.profile.node import Node
from cicsms.profile.shapes import Shape
from cicsms.profile.values import Facts, NotReadable, Registration
from cicsms.profile.webhooks import inbound
from cicsms.profile.wires import Wire

Cursor = int | str
"""A number of pages, of entries or of the highest id; or the text by which the broker names the next page."""


@frozen
class Polled:
    """One page: its messages, and where the next page starts (``None``: this was the last one)."""

    messages: tuple[Mo, ...]
    next: Cursor | None = None


class Polling:
    """How a profile fetches.

    A cursor is the number of a page, the place of the first entry wanted, the highest id seen, or a text that the broker
    gives, as the definition says. The highest id is ``kept``: the next time starts from there, all others start anew.
    """

    def __init__(self, node: Node, gateway: str, defaults: Mapping[str, str]) -> None:
        listed, done = node.first("list") or Node("list"), node.first("acknowledge")
        self._ask = Call(node, gateway)
        self._done = Call(done, gateway) if done else None
        self._done_status = int(done.get("reply", "200")) if done else 0
        self._list = Shape(listed, "page")
        self._good = status_test(listed.get("status", "2xx"))
        self._defaults = dict(defaults)
        self._kind = node.get("cursor")
        self.kept = self._kind == "id"
        self._start = int(node.get("first", "1"))
        self.first: Cursor = "" if self._kind == "token" else self._start
        self.size = int(node.get("size", "0"))

    def _scope(self, registration: Registration) -> dict[str, Any]:
        return {**self._defaults, **registration.scope}

    # What the server does.

    def ask(self, registration: Registration, cursor: Cursor | None = None, now: datetime | None = None) -> HttpRequest:
        """Return the request for a page; the first one where no cursor is told."""
        name = "token" if self._kind == "token" else "cursor"
        at = self.first if cursor is None else cursor
        place = {name: None if at == "" else at, "size": self.size} if self._kind else {}
        return self._ask.write(registration.gateway, {**self._scope(registration), **place}, now)

    def read(self, reply: HttpReply, cursor: Cursor | None = None) -> Polled:
        """Return what a page holds; ``NotReadable`` is the only error, whatever the octets."""
        if not self._good(reply.status):
            raise NotReadable(f"The broker answers {reply.status}.")
        said: dict[str, Any] = {}
        messages = tuple(map(inbound, self._list.read(Wire(reply), said)))
        if self._kind == "token":
            return Polled(messages, said.get("next"))
        if self._kind == "id":
            ids = [int(mo.broker_id) for mo in messages if mo.broker_id.isdecimal()]
            return Polled(messages, max(ids, default=None))
        return Polled(messages, self._next(self._start if cursor is None else int(cursor), said, len(messages)))

    def _next(self, cursor: int, said: Mapping[str, Any], found: int) -> int | None:
        """Return the cursor after a page: by the count of pages or of entries that the broker tells, else by a full page."""
        if not self._kind or not found:
            return None
        pages, total = said.get("pages"), said.get("total")
        if self._kind == "page":
            seen = cursor - self._start + 1
            more = seen < pages if pages is not None else self._more(seen * self.size, total, found)
            return cursor + 1 if more else None
        return cursor + self.size if self._more(cursor - self._start + self.size, total, found) else None

    def _more(self, seen: int, total: int | None, found: int) -> bool:
        return seen < total if total is not None else found >= self.size

    def acknowledge(self, mo: Mo, registration: Registration, now: datetime | None = None) -> HttpRequest | None:
        """Return the request that takes a message off the broker's list; ``None`` where asking for it did."""
        return (
            self._done.write(registration.gateway, {**self._scope(registration), **fields.of_mo(mo)}, now) if self._done else None
        )

    # What the emulator does.

    def asked(self, request: HttpRequest) -> str:
        """Tell what a request is: ``list``, ``acknowledge``, or neither (empty)."""
        if self._done and self._done.matches(request):
            return "acknowledge"
        return "list" if self._ask.matches(request) else ""

    def authentic(self, request: HttpRequest, registration: Registration) -> bool:
        """Tell whether the request carries the credentials of the account."""
        call = self._done if self._done and self._done.matches(request) else self._ask
        return call.authentic(request, self._scope(registration))

    def place(self, request: HttpRequest) -> tuple[Cursor, int]:
        """Return cursor and size that a request asks for, the usual ones where it says none."""
        found = self._ask.read(request)
        return found.get("token") or found.get("cursor", self.first), found.get("size", self.size)

    def taken(self, request: HttpRequest) -> str:
        """Return the broker's id of the message that a request acknowledges."""
        if self._done is None:
            raise NotReadable("Nothing is acknowledged.")
        return str(self._done.read(request).get("broker-id", ""))

    def page(
        self,
        messages: Sequence[Mo],
        total: int,
        place: tuple[Cursor, int],
        registration: Registration,
        facts: Facts,
        following: str = "",
    ) -> HttpReply:
        """Return the page of these messages, of ``total`` there are; ``following`` is the text that names the next page."""
        cursor, size = place
        counts = {
            "cursor": cursor,
            "size": size,
            "total": total,
            "pages": -(-total // size) if size else 1,
            "count": len(messages),
            "next": following,
        }
        base = {**self._scope(registration), "now": facts.now, "random": facts.random, **counts}
        scopes = [{"date": facts.now, **base, **fields.of_mo(mo)} for mo in messages]
        draft = self._list.write(scopes or [{**base, "nothing": True}])
        return HttpReply(200, draft.lines(), draft.body)

    def thanks(self) -> HttpReply:
        """Return the answer to an acknowledgement."""
        return HttpReply(self._done_status)
