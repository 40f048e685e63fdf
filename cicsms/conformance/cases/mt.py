"""Group 7: outbound messages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve

from cicsms.conformance.case import case
from cicsms.conformance.golden import Golden, response_bytes
from cicsms.conformance.grade import Grade
from cicsms.conformance.peer.emulator_api import Taken
from cicsms.conformance.peer.leaves import leaves
from cicsms.conformance.peer.peer import Peer, settled
from cicsms.conformance.peer.server_api import Told
from cicsms.conformance.verdict import Verdict, ok, require, skipped
from cicsms.model.wire import HttpRequest
from cicsms.profile.evidence_wire import difference, parse_request, written

NEEDS = ("emulator", "mt")
_NUMBER = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+|[0-9]{8,}")
SENDABLE = {"sender", "recipients", "text", "reference", "callback", "alphabet", "validity", "priority", "message_class"}
"""The fields of a published MT that the API can ask for, or that follow from the text and the settings."""


@case(
    "7.01",
    "golden-mt",
    clause="MT, evidence: what the broker published",
    expect="For a published message the request on the wire equals the published bytes.",
    needs=NEEDS,
)
async def golden_mt(peer: Peer) -> Verdict:
    """Send every published message and compare what reached the broker with what was published."""
    found = [golden for golden in peer.evidence("mt-request") if _sendable(golden)]
    if not found:
        raise skipped("there is no evidence of an MT request that the API can ask for")
    equal: list[Golden] = []
    for golden in found:
        async with peer.alone(golden.broker.name):
            _, sent = await sent_golden(peer, golden, golden.messages[0])
        require(len(sent) == 1, f"one MT at the broker for {golden.item.name}", f"{len(sent)} MTs")
        if _asks_the_same(sent[0], golden.messages[0]):
            differs = compared(golden, sent[0], peer.profile.gateway)
            require(not differs, f"the bytes of {golden.item.name}", differs)
            equal.append(golden)
    if not equal:
        raise skipped("the published requests are without the receipts or the reference that the server asks for")
    grade = Grade.UNVERIFIED if all(golden.derived for golden in equal) else Grade.OK
    return Verdict(grade, f"equal to {', '.join(golden.item.name for golden in equal)}")


def _asks_the_same(sent: Taken, published: dict[str, Any]) -> bool:
    """Tell whether a receipt and a reference are asked for on both sides, or on none."""
    ours = {"callback": bool(sent.callback), "reference": bool(sent.reference)}
    return all(asked == (name in published) for name, asked in ours.items())


def _sendable(golden: Golden) -> bool:
    """Tell whether the API can ask for a published message, and the server's settings allow the published callback."""
    messages = golden.messages
    if len(messages) != 1 or not set(messages[0]) <= SENDABLE or len(messages[0]["recipients"]) != 1:
        return False
    if not messages[0].get("sender"):
        return False
    callback = messages[0].get("callback")
    return "write" not in golden.item.one_sided and callback in (None, golden.broker.receipt_url)


async def sent_golden(peer: Peer, golden: Golden, message: dict[str, Any]) -> tuple[Told, list[Taken]]:
    """Send a published message through the entry of its registration, and return it with what reached the broker."""
    to, account = message["recipients"][0], golden.broker.accounts[0]
    more = {name: message[name] for name in ("validity", "priority", "message_class") if name in message}
    before = {one.number for one in await peer.emulator.taken(golden.broker.name, to)}
    submitted = await peer.server.submit(to, message["text"], golden.broker.name, account.id, message.get("sender"), **more)
    require(submitted.accepted, f"202 to the message of {golden.item.name}", f"{submitted.status} {submitted.said}")
    told = await peer.server.until(submitted.id, settled, peer.limit(10))
    after = [one for one in await peer.emulator.taken(golden.broker.name, to) if one.number not in before]
    return told, after


def compared(golden: Golden, sent: Taken, gateway: str) -> str:
    """Tell how a request differs from the published one: start line and body byte by byte, headers without order.

    Our own reference stands where the published one stood; the entry's prefix and the host are the emulator's. Where the
    evidence names a clock, a date of today stands for the published one: long numbers are compared as such.
    """
    item = golden.item
    published = parse_request(item.request, item.scheme, item.holes)
    base = urlsplit(str(item.registration.get("gateway") or gateway)).path.rstrip("/")
    published = evolve(published, target=published.target.removeprefix(base.encode()))
    ours = _read(sent.request, f"/{golden.broker.name}")
    theirs = golden.messages[0].get("reference")
    if theirs and sent.reference:
        ours = _renamed(ours, sent.reference.encode(), theirs.encode())
    sides = [written(_lower(side)) for side in (published, evolve(ours, authority=published.authority))]
    if "validity" in golden.messages[0]:
        sides = [_NUMBER.sub(b"#", side) for side in sides]
    return difference(sides[0], sides[1], item.holes)


def _read(raw: bytes, prefix: str) -> HttpRequest:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, target, _ = first.split(b" ")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines))
    kept = tuple(header for header in headers if header[0].lower() not in (b"host", b"transfer-encoding"))
    return HttpRequest(method.decode(), target.removeprefix(prefix.encode()), kept, body)


def _renamed(request: HttpRequest, ours: bytes, theirs: bytes) -> HttpRequest:
    headers = tuple((name, value.replace(ours, theirs)) for name, value in request.headers)
    target, body = request.target.replace(ours, theirs), request.body.replace(ours, theirs)
    return evolve(request, target=target, headers=headers, body=body)


def _lower(request: HttpRequest) -> HttpRequest:
    """Write header names in small letters: their case means nothing, and some servers do not keep it."""
    return evolve(request, headers=tuple((name.lower(), value) for name, value in request.headers))


@case(
    "7.02",
    "golden-ok",
    clause="MT answer, evidence: what the broker published",
    expect="The published success reply makes the message accepted, with the broker's id.",
    needs=NEEDS,
)
async def golden_ok(peer: Peer) -> Verdict:
    """Let the emulator answer with the published bytes."""
    found = [golden for golden in peer.evidence("mt-success") if golden.item.response and golden.messages]
    found = [golden for golden in found if all(one.get("outcome") == "accepted" for one in golden.messages)]
    if not found:
        raise skipped("there is no evidence of a success reply")
    for golden in found:
        async with peer.alone(golden.broker.name):
            told, _ = await answered(peer, golden)
        require(
            told.message.state == "accepted", f"accepted after {golden.item.name}", f"{told.message.state} {told.message.said}"
        )
        known = golden.messages[0].get("broker_id")
        require(not known or known in told.message.broker_ids, f"the broker's id {known}", str(told.message.broker_ids))
    grade = Grade.UNVERIFIED if all(golden.derived for golden in found) else Grade.OK
    return Verdict(grade, f"accepted: {', '.join(golden.item.name for golden in found)}")


async def answered(peer: Peer, golden: Golden) -> tuple[Told, list[Taken]]:
    """Send a message that gets the published reply."""
    message = dict(golden.item.message)
    recipients: Any = message.get("recipients") or [peer.composer.remote()]
    await peer.emulator.answer(golden.broker.name, recipients[0], raw=response_bytes(golden.item))
    plain = {"recipients": recipients, "text": message.get("text", "golden"), "sender": message.get("sender")}
    return await sent_golden(peer, golden, plain)


ESCAPES = "& = + % # ; < > \" ' \\ / ? : @ , end"
LINES = "one\ntwo"
ASTRAL = "snow ❄ and 😀 & more"


@case(
    "7.06",
    "escaping",
    clause="WHATWG URL, RFC 8259, XML 1.0: each format's own escapes",
    expect="Special characters, a line break and emoji decode to the same text by an independent parser.",
    needs=NEEDS,
)
async def escaping(peer: Peer) -> Verdict:
    """Send three texts and read them back from the raw request with the standard library's parsers."""
    for text in (ESCAPES, LINES, ASTRAL):
        to = peer.composer.remote()
        _, reached = await peer.sent(to, text)
        require(len(reached) == 1, f"one MT with {text!r}", f"{len(reached)} MTs")
        found = leaves(reached[0].request)
        require(text in found, f"{text!r} on the wire", f"{[one for one in sorted(found) if len(one) > 5][:12]}")
    return ok("three texts, identical by an independent parser")


@case(
    "7.09",
    "limits",
    clause="3GPP TS 23.038 and 23.040: 160/153 septets, 70/67 code units",
    expect="The number of SMS changes exactly at the limits, and no part cuts a character.",
    needs=NEEDS,
)
async def limits(peer: Peer) -> Verdict:
    """Send texts on both sides of every limit."""
    texts = {
        "160 GSM": ("a" * 160, 1),
        "161 GSM": ("a" * 161, 2),
        "306 GSM": ("a" * 306, 2),
        "307 GSM": ("a" * 307, 3),
        "70 UCS-2": ("я" * 70, 1),
        "71 UCS-2": ("я" * 71, 2),
        "134 UCS-2": ("я" * 134, 2),
        "135 UCS-2": ("я" * 135, 3),
        "80 euro": ("€" * 80, 1),
        "81 euro": ("€" * 81, 2),
        "emoji across 70": ("я" * 69 + "😀", 2),
        "emoji across 67": ("я" * 66 + "😀" + "я" * 10, 2),
    }
    for word, (text, parts) in texts.items():
        submitted = await peer.send(peer.composer.remote(), text)
        require(submitted.accepted, f"202 to {word}", f"{submitted.status} {submitted.said}")
        require(submitted.parts == parts, f"{word}: {parts} SMS", f"{submitted.parts} SMS")
        told = await peer.server.message(submitted.id)
        joined = "".join(part.text for part in sorted(told.parts, key=lambda part: part.number))
        require(joined == text, f"{word}: the parts joined are the text", repr(joined[-30:]))
    return ok(f"{len(texts)} texts: {', '.join(f'{word} = {parts}' for word, (_, parts) in texts.items())}")
