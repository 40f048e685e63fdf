"""All that the suite knows of the server's API; nothing else in it names a path or a field of that API."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from cicsms.conformance.peer.client import Caller, Said, Unreachable
from cicsms.model.errors import CicsmsError

BASE = "/api/v1"
PAUSE = 0.05
"""Seconds between two looks at something that is waited for."""
FINAL = frozenset({"delivered", "failed", "expired", "rejected"})
UNSENT = frozenset({"queued", "sending"})


class BadAnswer(CicsmsError):
    """The API answered what its contract does not allow."""


@frozen
class Stored:
    """A message as the server lists it."""

    id: str
    direction: str
    broker: str
    account: str
    remote: str
    local: str
    text: str = field(repr=False)
    state: str
    code: str
    said: str
    broker_ids: tuple[str, ...]
    parts: int
    date: str | None


@frozen
class Part:
    """One SMS of an outbound message."""

    number: int
    text: str = field(repr=False)
    state: str
    reference: str
    broker_id: str
    code: str
    attempts: int


@frozen
class Reported:
    """A receipt as the server keeps it."""

    broker: str
    broker_id: str
    reference: str
    state: str
    status: str
    code: str
    applied: bool
    parked: bool


@frozen
class Exchange:
    """One exchange of a message on the wire, as the server recorded it."""

    kind: str
    milliseconds: float
    request: bytes = field(repr=False)
    error: str


@frozen
class Told:
    """A message with all that happened to it."""

    message: Stored
    parts: tuple[Part, ...]
    receipts: tuple[Reported, ...]
    exchanges: tuple[Exchange, ...]


@frozen
class Submitted:
    """What the API said to a message that was to be sent."""

    status: int
    id: str
    parts: int
    said: str

    @property
    def accepted(self) -> bool:
        """Whether it was taken."""
        return self.status == 202


@frozen
class ServerApi:
    """The API of the server under test."""

    http: Caller
    clock: IReactorTime

    async def submit(self, to: str, text: str, broker: str, account: str, sender: str | None = None, **more: object) -> Submitted:
        """Hand in a message to send; ``more`` are fields of the API's own (validity, priority, ...)."""
        body = {"to": to, "text": text, "broker": broker, "account": account} | ({"from": sender} if sender else {}) | more
        said = await self.http.call("POST", f"{BASE}/messages", body=body)
        found = said.json if isinstance(said.json, dict) else {}
        problem = str(found.get("detail") or found.get("title") or "")
        return Submitted(said.status, str(found.get("id", "")), int(found.get("parts", 0) or 0), problem)

    async def inbound(self, broker: str | None, remote: str, limit: int = 100) -> tuple[Stored, ...]:
        """Return the inbound messages of a handset, whether the profile keeps its plus sign or not."""
        query = {"direction": "inbound", "limit": str(limit)} | ({"broker": broker} if broker else {})
        found = await self._messages(query | {"from": remote})
        return found or await self._messages(query | {"from": remote.lstrip("+")})

    async def newest(self, broker: str, direction: str = "inbound", limit: int = 50) -> tuple[Stored, ...]:
        """Return the newest messages of a broker."""
        return await self._messages({"direction": direction, "broker": broker, "limit": str(limit)})

    async def _messages(self, query: dict[str, str]) -> tuple[Stored, ...]:
        said = await self._get("/messages", query)
        return tuple(_stored(message) for message in said["messages"])

    async def message(self, id: str) -> Told:  # noqa: A002  the API's own word
        """Return one message with its parts, receipts and exchanges."""
        return _told(await self._get(f"/messages/{id}", {}))

    async def until(self, id: str, enough: Callable[[Told], bool], limit: float = 10) -> Told:  # noqa: A002
        """Return the message as soon as ``enough`` says so, or as it is when the time is over."""
        end = self.clock.seconds() + limit
        while True:
            told = await self.message(id)
            if enough(told) or self.clock.seconds() >= end:
                return told
            await deferLater(self.clock, PAUSE)

    async def receipts(self, broker: str, *, parked: bool | None = None) -> tuple[Reported, ...]:
        """Return the newest receipts of a broker."""
        query = {"broker": broker, "limit": "1000"} | ({} if parked is None else {"parked": str(parked).lower()})
        said = await self._get("/receipts", query)
        return tuple(_reported(receipt) for receipt in said["receipts"])

    async def everything(self) -> dict[str, bytes]:
        """Return what the API shows without being asked for one message: for the search for secrets."""
        paths = (
            f"{BASE}/messages?limit=1000",
            f"{BASE}/receipts?limit=1000",
            f"{BASE}/health",
            f"{BASE}/openapi.json",
            "/metrics",
        )
        return {path: (await self.http.call("GET", path)).body for path in paths}

    async def raw_message(self, id: str) -> bytes:  # noqa: A002
        """Return one message as the API writes it, its exchanges decoded."""
        said = await self.http.call("GET", f"{BASE}/messages/{id}")
        exchanges = said.json.get("exchanges", []) if isinstance(said.json, dict) else []
        pieces = [b64decode(value) for one in exchanges for name, value in one.items() if name.endswith(("_head", "_body"))]
        return b"\n".join([said.body, *pieces])

    async def answers(self) -> bool:
        """Tell whether the API is there."""
        try:
            await self.version()
        except Unreachable:
            return False
        return True

    async def version(self) -> str:
        """Return the name and version the server gives itself."""
        said = await self._get("/health", {})
        return f"{said.get('name', '?')} {said.get('version', '?')}"

    async def _get(self, path: str, query: dict[str, str]) -> Any:
        said: Said = await self.http.call("GET", BASE + path, query)
        if not said.good or not isinstance(said.json, dict):
            raise BadAnswer(f"GET {BASE}{path}: {said.status} {said.body[:200]!r}")
        return said.json


def _stored(found: dict[str, Any]) -> Stored:
    names = ("id", "direction", "broker", "account", "remote", "local", "text", "state", "code", "said", "parts", "date")
    return Stored(**{name: found[name] for name in names}, broker_ids=tuple(found["broker_ids"]))


def _told(found: dict[str, Any]) -> Told:
    """Read the detail of a message."""
    parts = ("number", "text", "state", "reference", "broker_id", "code", "attempts")
    return Told(
        _stored(found["message"]),
        tuple(Part(**{name: part[name] for name in parts}) for part in found["parts"]),
        tuple(_reported(receipt) for receipt in found["receipts"]),
        tuple(
            Exchange(one["kind"], one["milliseconds"], _whole(one["request_head"], one["request_body"]), one["error"])
            for one in found["exchanges"]
        ),
    )


def _reported(found: dict[str, Any]) -> Reported:
    names = ("broker", "broker_id", "reference", "state", "status", "code", "applied", "parked")
    return Reported(**{name: found[name] for name in names})


def _whole(head: str, body: str) -> bytes:
    return b64decode(head) + b64decode(body)
