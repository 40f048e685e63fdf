"""Group 2: inbound messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from attrs import evolve, frozen
from twisted.internet.defer import Deferred, gatherResults

from cicsms.conformance.case import case
from cicsms.conformance.golden import Golden
from cicsms.conformance.grade import Grade
from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.peer import Peer, heard_and_body
from cicsms.conformance.peer.serialise import FORM, plain
from cicsms.conformance.peer.server_api import Stored
from cicsms.conformance.verdict import Verdict, ok, require, skipped, unimplemented
from cicsms.model.wire import HttpRequest


@case(
    "2.01",
    "golden-mo",
    clause="MO, evidence: what the broker published",
    expect="The published bytes get the documented status and body, and become one message equal to expect.json.",
    needs=("mo",),
)
async def golden_mo(peer: Peer) -> Verdict:
    """Send every published MO as it was published, path and Host alone changed."""
    found = [golden for golden in peer.evidence("mo") if golden.item.expect.get("messages")]
    if not found:
        raise skipped("there is no evidence of an MO")
    for golden in found:
        heard = await peer.wire.talk(peer.golden_bytes(golden, golden.broker.mo_path))
        require(heard.good, f"2xx to {golden.item.name}", heard_and_body(heard))
        documented(golden, heard)
        for expected in golden.messages:
            stored = await peer.server.inbound(golden.broker.name, str(expected.get("remote", "")))
            same = [one for one in stored if not _differences(one, expected)]
            near = _differences(stored[0], expected) if stored else "no message"
            require(len(same) == 1, f"one message equal to {golden.item.name}/expect.json", near or f"{len(same)} messages")
    names = ", ".join(golden.item.name for golden in found)
    grade = Grade.UNVERIFIED if all(golden.derived for golden in found) else Grade.OK
    return Verdict(grade, f"stored as published: {names}")


def documented(golden: Golden, heard: Heard) -> None:
    """Hold that the reply is the documented one, where one is."""
    if not golden.item.response or heard.reply is None:
        return
    head, _, body = golden.item.response.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    require(heard.status == status, f"status {status} to {golden.item.name}", heard_and_body(heard))
    require(heard.reply.body == body, f"the body {body!r} to {golden.item.name}", heard_and_body(heard))


def _differences(stored: Stored, expected: dict[str, Any]) -> str:
    """Tell in which fields a stored message is not the expected one."""
    ours = {"remote": stored.remote, "local": stored.local, "text": stored.text, "parts": stored.parts}
    wrong = [
        f"{name} {ours[name]!r} is not {value!r}" for name, value in expected.items() if name in ours and ours[name] != value
    ]
    wanted = expected.get("broker_id")
    if wanted and wanted not in stored.broker_ids:
        wrong.append(f"broker ids {stored.broker_ids!r} lack {wanted!r}")
    return "; ".join(wrong)


@case(
    "2.03",
    "mo-json",
    clause="RFC 8259; MO body in JSON or XML",
    expect="A charset on the type, numbers as strings and unknown nesting change nothing: the same message is stored.",
    needs=("mo",),
)
async def mo_json(peer: Peer) -> Verdict:
    """Send the MO's document with everything in it that a tolerant reader must pass over."""
    mo = peer.composer.mo(f"document {peer.composer.token()} ü")
    request = peer.composer.write(mo)
    kind = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if kind == b"application/json":
        body = json.dumps(loosened(json.loads(request.body))).encode()
    elif kind in (b"text/xml", b"application/xml"):
        body = _with_unknown(request.body)
    elif kind == FORM and request.body.count(b"=%3C") == 1 and b"&" not in request.body:
        name, _, value = request.body.partition(b"=")
        body = name + b"=" + quote_plus(_with_unknown(unquote_to_bytes(value.replace(b"+", b" ")))).encode()
    else:
        raise unimplemented("the profile's MO is neither a JSON nor an XML body")
    if peer.composer.signed():
        raise skipped("the body is signed; it can't be loosened and stay genuine")
    heard = await peer.push(_typed(evolve(request, body=body), kind + b"; charset=utf-8"))
    await peer.kept_exactly(mo, heard)
    return ok(f"the same message from a loosened {kind.decode()} document")


def _with_unknown(document: bytes) -> bytes:
    """Put an unknown element, itself with content, at the end of an XML document."""
    place = document.rindex(b"</")
    return document[:place] + b'<Unknown><Deep a="1">x</Deep></Unknown>' + document[place:]


def loosened(value: Any) -> Any:
    """Return a JSON document with numbers written as strings and unknown members beside the known ones."""
    if isinstance(value, dict):
        return {name: loosened(item) for name, item in value.items()} | {"x-suite": {"deep": [1, {"a": None}]}}
    if isinstance(value, list):
        return [loosened(item) for item in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _typed(request: HttpRequest, kind: bytes) -> HttpRequest:
    headers = tuple((name, kind if name.lower() == b"content-type" else value) for name, value in request.headers)
    return evolve(request, headers=headers)


@case(
    "2.04",
    "pairing",
    clause="Accounts: the local address pairs inbound messages and stands in where the broker names none",
    expect="Our number decides the account; without one the account's own address stands in; an unknown one is never lost.",
    needs=("mo",),
)
async def pairing(peer: Peer) -> Verdict:
    """Deliver to the second account's number, to no number, and to a number nobody has."""
    first, second = peer.broker.accounts[:2]
    word = peer.composer.token()
    other = peer.composer.mo(f"pairing {word}", account=second)
    stored = await peer.kept_exactly(other, await peer.deliver(other, second))
    require(stored.account == second.id, f"account {second.id}", f"account {stored.account}")
    nobody = peer.composer.mo(f"pairing {word}", local="")
    stored = await peer.kept_exactly(nobody, await peer.deliver(nobody))
    require(_same(stored.local, first.local), f"the account's own address {first.local}", f"local address {stored.local!r}")
    stray = peer.composer.mo(f"pairing {word}", local=peer.composer.remote())
    stored = await peer.kept_exactly(stray, await peer.deliver(stray))
    return ok(f"second account paired; {first.local} stood in; an unknown number went to account {stored.account}")


def _same(one: str, other: str) -> bool:
    return one.lstrip("+") == other.lstrip("+")


@case(
    "2.07",
    "ack-durable",
    clause="Commit before acknowledge: brokers retry only without a 2xx",
    expect="A message whose 2xx was seen is there exactly once after SIGKILL and restart.",
    needs=(
        "mo",
        "lab",
    ),
)
async def ack_durable(peer: Peer) -> Verdict:
    """Kill a private server in the moment its acknowledgement is read, and start it again on the same store."""
    crash = await crashed(peer)
    require(crash.heard.good, "a 2xx acknowledgement", heard_and_body(crash.heard))
    require(crash.found == (crash.text,), "the message exactly once", f"{len(crash.found)} messages: {crash.found}")
    return ok("killed after the acknowledgement; the message is there once after the restart")


@frozen
class Crash:
    """What was seen of a crash: the acknowledgement, what was stored after it, and what came of a copy sent then."""

    text: str
    heard: Heard
    found: tuple[str, ...]
    again: Heard
    after: tuple[str, ...]


async def crashed(peer: Peer) -> Crash:
    """Crash the private server of the run once for each broker; two cases judge what is seen."""
    return await peer.shared.once(f"crash of {peer.broker.name}", lambda: peer.shared.together("crash", peer, _crash))


async def _crash(peers: Sequence[Peer]) -> list[Crash]:
    """Deliver a message of each broker at once, and kill the server as soon as the last acknowledgement is read."""
    private = await peers[0].lab.crash_site()
    mos = [peer.composer.mo(f"durable {peer.composer.token()}") for peer in peers]
    raws = [plain(peer.aimed(peer.composer.write(mo))) for peer, mo in zip(peers, mos, strict=True)]
    wires = [peer.wire_to(private.broker(peer.broker.name), peer.log) for peer in peers]
    heard = await gatherResults(
        [Deferred.fromCoroutine(wire.talk(raw)) for wire, raw in zip(wires, raws, strict=True)], consumeErrors=True
    )
    await private.kill()
    await private.start()
    seen = []
    for peer, mo, wire, raw, before in zip(peers, mos, wires, raws, heard, strict=True):
        found = await private.api.inbound(peer.broker.name, mo.remote)
        again = await wire.talk(raw)
        after = await private.api.inbound(peer.broker.name, mo.remote)
        seen.append(Crash(mo.text, before, tuple(one.text for one in found), again, tuple(one.text for one in after)))
    return seen
