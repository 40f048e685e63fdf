"""A small server in memory, well-behaved unless a saboteur's name is given: the judge is judged by it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, evolve, field

from cicsms.conformance import golden, site
from cicsms.conformance.peer.client import Said
from cicsms.conformance.peer.compose import registration
from cicsms.conformance.peer.heard import dechunk
from cicsms.conformance.peer.serialise import plain
from cicsms.conformance.target import AccountTarget, BrokerTarget
from cicsms.model.message import Alphabet, Mt, Outcome, Receipt
from cicsms.model.state import State, moves
from cicsms.model.wire import HttpReply, HttpRequest, all_headers
from cicsms.profile import Catalogue, NotReadable, Unverified
from cicsms.text import count, segment
from tests.conformance.far import Far, said

LIMIT = 2**20
STATES = {Outcome.ACCEPTED: "accepted", Outcome.REFUSED: "failed", Outcome.STOPPED: "rejected", Outcome.UNKNOWN: "unknown"}


@cache
def catalogue() -> Catalogue:
    """Return the bundled profiles, loaded once."""
    return Catalogue.load()


def raw(status: int, body: bytes = b"", *headers: bytes) -> bytes:
    """Write a reply."""
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, *headers, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


@define(eq=False)
class World:
    """The server: its doors, its store and its API. ``broken`` names what is wrong with it."""

    brokers: dict[str, BrokerTarget]
    far: Far
    broken: frozenset[str] = frozenset()
    variants: Mapping[str, str] = field(factory=dict)
    messages: list[dict[str, Any]] = field(factory=list)
    receipts: list[dict[str, Any]] = field(factory=list)
    random: Random = field(factory=lambda: Random(5))

    # What arrives from brokers.

    def serve(self, data: bytes) -> bytes:
        """Answer everything that is in ``data``, in order."""
        answers = []
        while data:
            request, data, fault = self._cut(data)
            if fault:
                answers.append(raw(fault))
                break
            if request is None:
                break
            answers.append(self._answer(request))
        if "out-of-order" in self.broken and len(answers) > 1:
            answers.reverse()
        return b"".join(answers)

    def _cut(self, data: bytes) -> tuple[HttpRequest | None, bytes, int]:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return None, b"", 0
        first, *lines = head.split(b"\r\n")
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines))
        method, target, _ = first.split(b" ")
        request = HttpRequest(method.decode(), target, headers)
        length = int(request.header(b"content-length") or b"0")
        if request.header(b"transfer-encoding"):
            whole, body, rest = dechunk(rest)
            if not whole or len(body) > LIMIT:
                return None, b"", 413
        else:
            body, rest = rest[:length], rest[length:]
        return evolve(request, body=body), rest, 413 if length > LIMIT and "greedy" not in self.broken else 0

    def _answer(self, request: HttpRequest) -> bytes:
        """Answer one request as a careful server does."""
        if len(all_headers(request.headers, b"host")) != 1 and "any-host" not in self.broken:
            return raw(400)
        path = request.path.decode("latin-1")
        found = next((b for b in self.brokers.values() if path in (b.mo_path, b.receipt_path)), None)
        if found is None or self.variants.get(found.name) in ("off", "nomo"):
            return raw(404, b"no such broker\n" if "talkative" in self.broken else b"")
        if request.method not in ("GET", "POST"):
            body = request.target if "echo-trace" not in self.broken else repr(request.headers).encode()
            return raw(405, body if "echo-trace" in self.broken else b"", *([b"Allow: POST"]))
        if request.method == "GET" and not request.query:
            return self._probed(found)
        return self._take_mo(found, request) if path == found.mo_path else self._take_receipts(found, request)

    def _probed(self, broker: BrokerTarget) -> bytes:
        if "probe-stored" in self.broken:
            self._store(broker, broker.accounts[0], {"remote": "", "local": "", "text": "", "broker_ids": []})
        return raw(404 if "probe-refused" in self.broken else 200)

    def _take_mo(self, broker: BrokerTarget, request: HttpRequest) -> bytes:
        profile = catalogue().profile(broker.profile)
        request = self._sabotaged(request)
        if b"nknown" in request.body + request.body.replace(b'x-suite"', b"nknown") and "strict" in self.broken:
            return raw(400)
        try:
            mos = profile.read_mo(request)
            account = self._account(broker, mos[0].local if mos else "")
            self._verify(broker, account, request)
        except Unverified as refused:
            return raw(refused.status)
        except NotReadable:
            return raw(400)
        for mo in mos:
            local = mo.local or account.local
            ids = [mo.broker_id] if mo.broker_id else []
            where = next(b for b in self.brokers.values() if b.name != broker.name) if "crosses" in self.broken else broker
            self._store(
                where,
                account,
                {"remote": mo.remote, "local": local, "text": self._spoiled(mo.text), "broker_ids": ids, "parts": mo.parts},
            )
        return self._reply(profile.mo_answer("taken"))

    def _verify(self, broker: BrokerTarget, account: AccountTarget, request: HttpRequest) -> None:
        if "no-verify" not in self.broken:
            catalogue().profile(broker.profile).verify_mo(request, registration(broker, account))

    def _account(self, broker: BrokerTarget, local: str) -> AccountTarget:
        known = {account.local.lstrip("+"): account for account in broker.accounts}
        first = broker.accounts[0]
        return first if "one-account" in self.broken else known.get(local.lstrip("+"), first)

    def _sabotaged(self, request: HttpRequest) -> HttpRequest:
        """Read forms wrongly where a saboteur wants it."""
        swaps = {"semicolon": (b";", b"&"), "plus-literal": (b"+", b"%2B")}
        for name, (old, new) in swaps.items():
            if name in self.broken:
                request = evolve(request, body=request.body.replace(old, new), target=request.target.replace(old, new))
        return request

    def _spoiled(self, text: str) -> str:
        if "latin-1" in self.broken:
            text = text.encode("latin-1", "replace").decode("latin-1")
        if "nfc" in self.broken:
            text = unicodedata.normalize("NFC", text)
        if "bmp" in self.broken:
            text = "".join(c if ord(c) < 0x10000 else "?" for c in text)
        return text[:-1] if "truncates" in self.broken else text

    def _store(self, broker: BrokerTarget, account: AccountTarget, facts: Mapping[str, Any]) -> None:
        """Keep an inbound message once."""
        base = dict(self._message("inbound", broker, account), **facts, state="received")
        same = ("broker", "remote", "text", "broker_ids")
        if "no-dedupe" in self.broken or not any(all(one[n] == base[n] for n in same) for one in self.messages):
            self.messages.append(base)

    def _message(self, direction: str, broker: BrokerTarget, account: AccountTarget) -> dict[str, Any]:
        number = len(self.messages) + 1
        return {
            "id": f"m{number}", "direction": direction, "broker": broker.name, "account": account.id, "code": "", "said": "",
            "parts": 1, "date": None, "broker_ids": [], "segments": [], "receipts": [], "exchanges": [],
        }  # fmt: skip

    def _take_receipts(self, broker: BrokerTarget, request: HttpRequest) -> bytes:
        profile = catalogue().profile(broker.profile)
        try:
            found = profile.read_receipts(request)
        except NotReadable:
            return raw(400)
        if "drops-receipts" not in self.broken:
            matched = [self._report(broker, receipt) for receipt in found]
            if "punishes" in self.broken and not all(matched):
                return raw(404)
        return self._reply(profile.receipt_answer("taken"))

    def _report(self, broker: BrokerTarget, receipt: Receipt) -> bool:
        """Apply a receipt, or park it."""
        kept = {
            "broker": broker.name, "broker_id": receipt.broker_id, "reference": receipt.reference, "state": str(receipt.state),
            "status": receipt.status, "code": receipt.code, "applied": False, "parked": False,
        }  # fmt: skip
        own = [one for one in self.messages if one["direction"] == "outbound" and one["broker"] == broker.name]
        for message in own:
            if (receipt.broker_id and receipt.broker_id in message["broker_ids"]) or receipt.reference == message[
                "reference"
            ] != "":
                forward = moves(State(message["state"]), receipt.state) or "backwards" in self.broken
                if forward:
                    message["state"] = str(receipt.state)
                message["receipts"].append(kept | {"applied": forward})
                return True
        self.receipts.append(kept | {"parked": True})
        return False

    @staticmethod
    def _reply(reply: HttpReply) -> bytes:
        return raw(reply.status, reply.body, *(name + b": " + value for name, value in reply.headers))

    # What is asked of the API.

    async def call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None, limit: float = 10
    ) -> Said:
        """Answer a call of the API."""
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()} | dict(query or {})
        if method == "POST" and isinstance(body, dict):
            return self._submit(body)
        if parts.path.endswith("/messages"):
            return said(
                200, {"messages": [self._view(one) for one in reversed(self.messages) if _wanted(one, asked)], "next": None}
            )
        if parts.path.endswith("/receipts"):
            return said(200, {"receipts": [one for one in self.receipts if one["broker"] == asked.get("broker", one["broker"])]})
        if "/messages/" in parts.path:
            return self._detail(parts.path.rpartition("/")[2])
        leak = next(iter(self.brokers.values())).accounts[0].password.get_secret_value() if "leaks" in self.broken else "1"
        return said(200, {"name": "world", "version": leak})

    def _view(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in message.items() if name not in ("mt", "reply")}

    def _detail(self, name: str) -> Said:
        message = next(one for one in self.messages if one["id"] == name)
        if message["state"] == "sending":
            message["looks"] = message.get("looks", 0) + 1
            if message["looks"] > 1:
                self._settle(message)
        return said(
            200,
            {k: message[k] for k in ("receipts", "exchanges")} | {"message": self._view(message), "parts": message["segments"]},
        )

    def _submit(self, wish: Mapping[str, Any]) -> Said:
        """Take a message to send, and send it at once."""
        broker = self.brokers[wish["broker"]]
        word = self.variants.get(broker.name, "")
        if word in ("off", "nomt") and "ignores-enable" not in self.broken:
            return said(409, {"title": "disabled"})
        account = next(one for one in broker.accounts if one.id == wish["account"])
        message = self._message("outbound", broker, account)
        profile = catalogue().profile(broker.profile)
        digits = "".join(self.random.choice("123456789") for _ in range(8))
        reference = digits if profile.reference_form == "digits8" else f"{self.random.getrandbits(128):032x}"
        pieces = segment(wish["text"])
        parts = len(wish["text"].encode()) // 140 + 1 if "counts-bytes" in self.broken else count(wish["text"]).parts
        message |= {
            "remote": wish["to"], "local": wish.get("from") or account.local, "text": wish["text"], "state": "sending",
            "parts": parts, "reference": reference, "validity": wish.get("validity"),
            "segments": [_part(number, piece, reference) for number, piece in enumerate(pieces, 1)],
        }  # fmt: skip
        self.messages.append(message)
        self._send(broker, account, message)
        return said(202, {"id": message["id"], "state": "queued", "parts": parts})

    def _send(self, broker: BrokerTarget, account: AccountTarget, message: dict[str, Any]) -> None:
        """Hand the message to the far side; the answer is read now or, if it is delayed, at the second look."""
        if self.variants.get(broker.name) == "dead":
            waited = 3000.0 if "slow-timeout" in self.broken else 1000.0
            message["exchanges"] = [
                {"kind": "mt", "milliseconds": waited, "request_head": "", "request_body": "", "error": "timeout"}
            ]
            message["state"] = "queued"
            return
        profile, known = catalogue().profile(broker.profile), registration(broker, account)
        alphabet = count(message["text"]).alphabet
        mt = Mt(
            message["local"], (message["remote"],), message["text"], reference=message["reference"], callback=broker.receipt_url,
            alphabet=Alphabet(alphabet), validity=message["validity"],
        )  # fmt: skip
        request = profile.write_mt(mt, known, datetime.now(UTC))
        if "double-escape" in self.broken:
            request = evolve(request, body=request.body.replace(b"%", b"%25"), target=request.target.replace(b"%", b"%25"))
        if "renames" in self.broken:
            request = evolve(request, body=request.body.replace(b"Body=", b"Text="))
        entry = broker.gateway.rpartition("/")[2]
        message["reply"], late = self.far.take(entry, profile, mt, known, plain(request))
        if "retries" in self.broken:
            self.far.take(entry, profile, mt, known, plain(request))
        message["mt"] = mt
        if not late:
            self._settle(message)

    def _settle(self, message: dict[str, Any]) -> None:
        """Read the answer, and apply the receipts that were faster."""
        profile = catalogue().profile(self.brokers[message["broker"]].profile)
        answer = profile.read_answer(message["reply"], message["mt"])[0]
        message["state"] = STATES.get(answer.outcome, "failed")
        message["code"], message["said"] = answer.code, answer.said
        if answer.broker_id and "ignores-id" not in self.broken:
            message["broker_ids"] = [answer.broker_id]
        if "early-lost" not in self.broken:
            early = [one for one in self.receipts if one["broker_id"] and one["broker_id"] in message["broker_ids"]]
            for receipt in early:
                message["state"] = receipt["state"]


def _part(number: int, text: str, reference: str) -> dict[str, Any]:
    fixed = {"state": "sending", "broker_id": "", "code": "", "attempts": 1}
    return {"number": number, "text": text, "reference": reference} | fixed


def _wanted(message: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    names = {"direction": "direction", "broker": "broker", "from": "remote"}
    return all(message[ours] == asked[theirs] for theirs, ours in names.items() if theirs in asked)


@cache
def entries(profiles: tuple[str, ...]) -> tuple[BrokerTarget, ...]:
    """Return the entries of some profiles over http, made once."""
    ports = site.Ports(1001, 1002, 1003, 1004, 1005, 1006)
    return tuple(
        entry for name in profiles for entry in site.entries(catalogue().profile(name), "http", ports, golden.entries(name))
    )
