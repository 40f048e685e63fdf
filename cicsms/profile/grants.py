"""Access tokens: asked for with the account's credentials, carried by messages until they end (RFC 6749, 4.3 and 4.4).

The side that plays a broker keeps no list: a token is a keyed digest of account and time slot, so it knows its own again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.calls import Call
from cicsms.profile.matching import status_test
from cicsms.profile.node import Node
from cicsms.profile.shapes import Shape
from cicsms.profile.values import Facts, NotReadable, Registration
from cicsms.profile.wires import Wire

NAME = "access-token"
"""The name under which templates find the token."""


@frozen
class Granted:
    """A token, and for how many seconds it is good."""

    token: str = field(repr=False)
    life: float


class Grants:
    """How a profile gets its tokens."""

    def __init__(self, node: Node, gateway: str, defaults: Mapping[str, str]) -> None:
        given = node.first("grant") or Node("grant")
        self._call = Call(node, node.get("gateway") or gateway)
        self._elsewhere = node.has("gateway")
        self._grant = Shape(given, "token")
        self._good = status_test(given.get("status", "2xx"))
        self._life = int(node.get("life", "3600"))
        self._defaults = dict(defaults)

    def _scope(self, registration: Registration) -> dict[str, Any]:
        return {**self._defaults, **registration.scope}

    # What the server does.

    def ask(self, registration: Registration, now: datetime) -> HttpRequest:
        """Return the request for a token; a host of its own for tokens is not moved by the account's gateway."""
        return self._call.write("" if self._elsewhere else registration.gateway, self._scope(registration), now)

    def read(self, reply: HttpReply, now: datetime) -> Granted:
        """Return the token a reply grants; ``NotReadable`` is the only error, whatever the octets."""
        if not self._good(reply.status):
            raise NotReadable(f"The broker grants no token, it answers {reply.status}.")
        said = self._grant.read(Wire(reply))[0]
        token, expires = said.get(NAME, ""), said.get("expires")
        if not token:
            raise NotReadable("The answer holds no token.")
        life = (expires - now).total_seconds() if isinstance(expires, datetime) else said.get("life", self._life)
        return Granted(token, max(0.0, float(life)))

    # What the emulator does.

    def asked(self, request: HttpRequest) -> bool:
        """Tell whether a request asks for a token."""
        return self._call.matches(request)

    def authentic(self, request: HttpRequest, registration: Registration) -> bool:
        """Tell whether the request carries the credentials of the account."""
        return self._call.authentic(request, self._scope(registration))

    def reply(self, request: HttpRequest, registration: Registration, facts: Facts) -> HttpReply:
        """Return the broker's answer to a request for a token: the token, or a refusal (RFC 6749, 5.2)."""
        if not self.authentic(request, registration):
            return HttpReply(401, ((b"Content-Type", b"application/json"),), b'{"error":"invalid_client"}')
        granted = {
            NAME: self._made(registration, self._slot(facts.now)),
            "life": self._life,
            "expires": facts.now + timedelta(seconds=self._life),
        }
        draft = self._grant.write(({**self._scope(registration), "now": facts.now, "random": facts.random, **granted},))
        return HttpReply(200, draft.lines(), draft.body)

    def good(self, registration: Registration, now: datetime) -> tuple[str, ...]:
        """Return the tokens that are good now: those granted in this slot of time and in the one before it."""
        slot = self._slot(now)
        return self._made(registration, slot), self._made(registration, slot - 1)

    def _slot(self, now: datetime) -> int:
        return int(now.timestamp() // max(self._life, 1))

    def _made(self, registration: Registration, slot: int) -> str:
        key = f"{registration.account}\0{registration.login}\0{registration.password}".encode()
        return hmac.digest(key, str(slot).encode(), hashlib.sha256).hex()
