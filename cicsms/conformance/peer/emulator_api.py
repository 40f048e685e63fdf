"""All that the suite knows of the emulator's control API."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from cicsms.conformance.peer.client import Caller, Unreachable

BASE = "/emulator/v1"


@frozen
class Taken:
    """An MT as it reached the emulator: its raw request, and what the emulator's profile read in it."""

    number: int
    request: bytes = field(repr=False)
    reply: bytes = field(repr=False)
    to: str
    text: str = field(repr=False)
    id: str
    reference: str
    callback: str


@frozen
class EmulatorApi:
    """The emulator that plays the brokers of the target."""

    http: Caller

    async def answer(self, broker: str, recipient: str, **order: object) -> None:
        """Script the answer to the next MT of ``broker`` to ``recipient``; no receipt follows unless the order says so."""
        body: dict[str, object] = {"broker": broker, "recipient": recipient, "receipts": []} | order
        raw = body.get("raw")
        if isinstance(raw, bytes):
            body["raw"] = b64encode(raw).decode()
        said = await self.http.call("POST", f"{BASE}/answers", body=body)
        if not said.good:
            raise Unreachable(f"the emulator refused a scripted answer: {said.status} {said.body[:300]!r}")

    async def taken(self, broker: str, recipient: str, wait: float = 0) -> tuple[Taken, ...]:
        """Return the MTs of ``broker`` to ``recipient``, waiting up to ``wait`` seconds for the first one."""
        query = {"broker": broker, "kind": "mt"}
        first = await self._ledger(query | {"to": recipient})
        if first:
            return first
        bare = recipient.lstrip("+")
        if wait:
            await self._wait(query, {recipient, bare}, wait)
        return await self._ledger(query | {"to": recipient}) or await self._ledger(query | {"to": bare})

    async def _wait(self, query: Mapping[str, str], numbers: set[str], wait: float) -> None:
        """Look at each MT of the broker as it arrives until one goes to one of the numbers."""
        after = 0
        while wait > 0:
            found = await self._ledger({**query, "after": str(after), "wait": str(min(wait, 1.0))})
            if any(taken.to in numbers for taken in found):
                return
            after = max((taken.number for taken in found), default=after)
            wait -= 0 if found else 1.0

    async def _ledger(self, query: Mapping[str, str]) -> tuple[Taken, ...]:
        said = await self.http.call("GET", f"{BASE}/ledger", query)
        if not said.good:
            raise Unreachable(f"the emulator's ledger: {said.status} {said.body[:300]!r}")
        return tuple(_taken(exchange) for exchange in said.json["exchanges"])

    async def version(self) -> str:
        """Return the version the emulator gives itself."""
        said = await self.http.call("GET", f"{BASE}/health")
        return f"cicsms-emulator {said.json['version']}" if said.good else "?"


def _taken(found: dict[str, Any]) -> Taken:
    message: dict[str, Any] = next(iter(found["messages"]), {})
    reply = found["reply"] or {"raw": ""}
    return Taken(
        found["id"],
        b64decode(found["request"]["raw"]),
        b64decode(reply["raw"]),
        *(message.get(name, "") for name in ("to", "text", "id", "reference", "callback")),
    )
