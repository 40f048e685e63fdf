"""The far side in memory: an emulator with scripted answers and a ledger."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from attrs import define, field

from cicsms.conformance.peer.client import Said
from cicsms.conformance.peer.heard import read_replies
from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.wire import HttpReply
from cicsms.profile import Facts, Profile, Registration


def said(status: int, body: object) -> Said:
    """Make an answer of a control interface."""
    return Said(status, json.dumps(body).encode())


@define(eq=False)
class Far:
    """Takes MTs and answers its control API."""

    orders: list[dict[str, Any]] = field(factory=list)
    ledger: list[dict[str, Any]] = field(factory=list)
    random: Random = field(factory=lambda: Random(9))

    def take(self, entry: str, profile: Profile, mt: Mt, known: Registration, raw: bytes) -> tuple[HttpReply, bool]:
        """Keep an MT in the ledger and answer it; tell whether the answer comes late."""
        order = next((one for one in self.orders if one["broker"] == entry and _same(one["recipient"], mt.recipient)), {})
        if order:
            self.orders.remove(order)
        known_id = order.get("id") or profile.new_id(self.random)
        if "raw" in order:
            found = read_replies(b64decode(order["raw"]), True)[0]
            reply = HttpReply(found.status, found.headers, found.body)
        else:
            answer = Answer(Outcome.ACCEPTED, broker_id=known_id, recipient=mt.recipient, parts=1)
            reply = profile.write_answer((answer,), mt, known, Facts(datetime(2026, 1, 1, tzinfo=UTC), self.random))
        self.ledger.append(_line(len(self.ledger) + 1, entry, mt, raw, known_id))
        return reply, bool(order.get("delay"))

    async def call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None, limit: float = 10
    ) -> Said:
        """Answer a call of the control API."""
        if path.endswith("/answers") and isinstance(body, dict):
            self.orders.append(body)
            return said(200, {})
        asked = dict(query or {})
        found = [
            one
            for one in self.ledger
            if one["broker"] == asked.get("broker", one["broker"])
            and one["messages"][0]["to"] == asked.get("to", one["messages"][0]["to"])
        ]
        return said(200, {"exchanges": found, "version": "1"})


def _line(number: int, entry: str, mt: Mt, raw: bytes, known_id: str) -> dict[str, Any]:
    message = {"to": mt.recipient, "text": mt.text, "id": known_id, "reference": mt.reference, "callback": mt.callback}
    return {"id": number, "broker": entry, "request": {"raw": b64encode(raw).decode()}, "reply": None, "messages": [message]}


def _same(one: str, other: str) -> bool:
    return one.lstrip("+") == other.lstrip("+")
