"""A request of ours to the broker that carries no message: to ask for messages that wait, to say that one was taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from attrs import evolve

from cicsms.model.errors import CicsmsError
from cicsms.model.wire import HttpRequest
from cicsms.profile import urls
from cicsms.profile.node import Node
from cicsms.profile.proving import Basic, Signed
from cicsms.profile.shapes import Shape
from cicsms.profile.templates import Scope, pattern
from cicsms.profile.wires import Wire


class NotAskable(CicsmsError):
    """The request cannot be made; the sentence names what is missing."""


class Call:
    """One such request, both sides of it."""

    def __init__(self, node: Node, gateway: str) -> None:
        self._method, self._gateway, self._path = node.get("method", "GET"), gateway, node.get("path")
        self._shape = Shape(node, "poll")
        self._basic = tuple(map(Basic, node.all("basic")))
        self._signed = tuple(map(Signed, node.all("signed")))
        self._segments, self._names = pattern(self._path.partition("?")[0])

    def write(self, gateway: str, scope: Scope, now: datetime | None) -> HttpRequest:
        """Return the request; ``gateway`` is the account's, empty for the definition's."""
        scheme, authority, fill = urls.joined(gateway or self._gateway, self._path)
        written = fill(scope)
        if written is None:
            raise NotAskable(f"The path {self._path} has a hole that account, options and message leave empty.")
        draft = self._shape.write((scope,))
        headers = tuple(line for basic in self._basic for line in basic.lines(scope)) + draft.lines()
        request = HttpRequest(self._method, urls.target(written, draft.query), headers, draft.body, scheme, authority)
        if not self._signed:
            return request
        if now is None:
            raise NotAskable("A signed request needs to know the time.")
        dated = {**scope, "now": now}
        proof = tuple(line for signed in self._signed for line in signed.sign(request, dated, request.url))
        return evolve(request, headers=(*proof, *request.headers))

    def matches(self, request: HttpRequest) -> bool:
        """Tell whether a request is this one, by method and path."""
        return request.method == self._method and self._segments.search(request.path) is not None

    def read(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the request says, in its path and elsewhere; ``NotReadable`` where something needed is missing."""
        found = self._segments.search(request.path)
        texts = [unquote_to_bytes(raw).decode("utf-8", "replace") for raw in found.groups()] if found else []
        return self._shape.read(Wire(request), dict(zip(self._names, texts, strict=False)))[0]

    def authentic(self, request: HttpRequest, scope: Scope) -> bool:
        """Tell whether the request carries the credentials of the account."""
        held = all(one.holds(request, scope) for one in self._basic) and all(one.holds(request, scope) for one in self._signed)
        return held and self._shape.proven(request, scope)
