"""Group 5: hostile and clumsy requests, written by hand and sent over raw sockets."""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults

from cicsms.conformance.case import case
from cicsms.conformance.cases.mo import crashed
from cicsms.conformance.grade import Grade
from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.peer import Peer, heard_and_body
from cicsms.conformance.peer.serialise import plain
from cicsms.conformance.peer.wire import never, replies
from cicsms.conformance.verdict import Verdict, ok, require
from cicsms.model.message import Mo


def bytes_of(peer: Peer, mo: Mo) -> bytes:
    """Write a genuine request the plainest way."""
    return plain(peer.aimed(peer.composer.write(mo)))


def fresh(peer: Peer, word: str) -> Mo:
    """Make a message that is nowhere else."""
    return peer.composer.mo(f"{word} {peer.composer.token()}")


@case(
    "5.01",
    "retry-dup",
    clause="Brokers send again until they see a 2xx (Vonage for 24 hours)",
    expect="The same request three times, concurrently and after a restart, is answered 2xx each time and stored once.",
    needs=(
        "mo",
        "lab",
    ),
)
async def retry_dup(peer: Peer) -> Verdict:
    """Send one request three times at once, another id with the same text, and one more over a restart."""
    mo = fresh(peer, "again")
    raw = bytes_of(peer, mo)
    heard: list[Heard] = await gatherResults([Deferred.fromCoroutine(peer.wire.talk(raw)) for _ in range(3)])
    for one in heard:
        require(one.good, "2xx to every copy", heard_and_body(one))
    stored = await peer.arrived(mo)
    require(len(stored) == 1, "one message of three copies", f"{len(stored)} messages")
    if mo.broker_id and await _has_id(peer, mo):
        again = peer.composer.mo(mo.text, remote=mo.remote)
        require((await peer.wire.talk(bytes_of(peer, again))).good, "2xx to another id", "none")
        stored = await peer.arrived(mo)
        require(len(stored) == 2, "two messages of two ids with the same text", f"{len(stored)} messages")
    await _over_a_restart(peer)
    return ok("three copies at once and one over a restart collapse; another id is another message")


async def _has_id(peer: Peer, mo: Mo) -> bool:
    """Tell whether the profile carries the broker's id at all."""
    return mo.broker_id in next(iter(await peer.arrived(mo))).broker_ids


async def _over_a_restart(peer: Peer) -> None:
    crash = await crashed(peer)
    require(crash.again.good, "2xx to the copy after the restart", heard_and_body(crash.again))
    require(len(crash.after) == 1, "one message of two copies over a restart", f"{len(crash.after)} messages")


@case(
    "5.02",
    "slow-headers",
    clause="RFC 9110, 15.5.9; one total time limit",
    expect="A client that sends one byte after the other for ever is closed within the total limit.",
    needs=("mo",),
)
async def slow_headers(peer: Peer) -> Verdict:
    """Drip a header, far faster than any idle limit, until the server closes."""
    total = peer.target.server.request_seconds
    head = plain(peer.aimed(peer.composer.write(fresh(peer, "slow")))).partition(b"\r\n")[0] + b"\r\nX-Slow: "
    drops = [bytes([byte]) for byte in head + b"a" * 400]
    most = peer.limit(total * 1.5 + 1)
    heard = await peer.wire.talk(*drops, pause=total / 16, enough=never, limit=most)
    require(heard.closed, f"closed within {total:g} s", f"still open after {heard.seconds:.1f} s")
    status = f"{heard.status} and " if heard.status else ""
    return ok(f"{status}closed after {heard.seconds:.1f} s; the limit is {total:g} s")


@case(
    "5.04",
    "oversize",
    clause="RFC 9110, 15.5.14",
    expect="5 MB, with a length and in chunks, gets 413 before all of it is read, and nothing is stored.",
    needs=("mo",),
)
async def oversize(peer: Peer) -> Verdict:
    """Offer a body of five times the limit, both ways."""
    size, piece = max(5 * 2**20, 5 * peer.target.server.body), 2**16
    head = f"POST {peer.broker.mo_path} HTTP/1.1\r\nHost: {peer.authority}\r\nContent-Type: text/plain\r\n".encode()
    told = [head + b"Content-Length: %d\r\n\r\n" % size, *([b"x" * piece] * (size // piece))]
    chunk = b"%x\r\n" % piece + b"x" * piece + b"\r\n"
    chunked = [head + b"Transfer-Encoding: chunked\r\n\r\n", *([chunk] * (size // piece)), b"0\r\n\r\n"]
    seen = []
    for word, pieces in (("length", told), ("chunks", chunked)):
        heard = await peer.wire.talk(*pieces)
        require(heard.status in (413, 405), f"413 with {word}", heard_and_body(heard))
        require(heard.sent < size, f"an answer before all {size} bytes were read", f"{heard.sent} bytes sent")
        seen.append(f"{word}: {heard.status} after {heard.sent} bytes")
    return ok("; ".join(seen))


@case(
    "5.07",
    "method",
    clause="RFC 9110, 15.5.6 and 9.3.8",
    expect="PUT, DELETE, TRACE and an unknown method get 405 with Allow; TRACE is never echoed.",
    needs=("mo",),
)
async def method(peer: Peer) -> Verdict:
    """Send four methods that no webhook uses."""
    loose = []
    for word in ("PUT", "DELETE", "TRACE", "BREW"):
        secret = peer.composer.token()
        head = f"{word} {peer.broker.mo_path} HTTP/1.1\r\nHost: {peer.authority}\r\nX-Echo: {secret}\r\n"
        body = "" if word == "TRACE" else "Content-Length: 0\r\n"
        heard = await peer.wire.talk((head + body + "\r\n").encode())
        require(secret.encode() not in heard.data, f"{word} not echoed", heard_and_body(heard))
        if word == "BREW" and heard.status in (400, 501):
            loose.append(f"{word}: {heard.status}")
            continue
        require(heard.status == 405, f"405 to {word}", heard_and_body(heard))
        require(heard.reply and heard.reply.header(b"allow"), f"Allow with the 405 to {word}", heard_and_body(heard))
    if loose:
        return Verdict(Grade.NON_STRICT, f"405 with Allow, but {', '.join(loose)}", "405 with Allow to an unknown method")
    return ok("405 with Allow to all four")


@case(
    "5.09",
    "path",
    clause="RFC 9110, 15.5.5; nothing is disclosed",
    expect="An unknown path, and the prefix of another broker, get 404 with an empty body.",
    needs=("mo",),
)
async def path(peer: Peer) -> Verdict:
    """Send a genuine message to paths that are nobody's."""
    mo = fresh(peer, "lost")
    request = peer.composer.write(mo)
    for place in (f"/{peer.composer.token()}", peer.broker.mo_path + "/more", peer.broker.mo_path[:-1], "/"):
        heard = await peer.push(request, place)
        require(heard.status == 404, f"404 to {place}", heard_and_body(heard))
        require(heard.reply and not heard.reply.body, f"an empty body with the 404 to {place}", heard_and_body(heard))
    require(not await peer.arrived(mo, anywhere=True), "nothing stored", "a message")
    return ok("404 with an empty body to four paths")


@case(
    "5.11",
    "host",
    clause="RFC 9112, 3.2",
    expect="HTTP/1.1 without Host, and with two, gets 400, and nothing is stored.",
    needs=("mo",),
)
async def host(peer: Peer) -> Verdict:
    """Send a genuine message without a Host line, then with two."""
    mo = fresh(peer, "host")
    raw = bytes_of(peer, mo)
    line = b"Host: " + peer.authority.encode() + b"\r\n"
    for word, changed in (("no Host", b""), ("two Hosts", line + b"Host: other.example\r\n")):
        heard = await peer.wire.talk(raw.replace(line, changed, 1))
        require(heard.status == 400, f"400 with {word}", heard_and_body(heard))
    require(not await peer.arrived(mo), "nothing stored", "a message")
    return ok("400 both times")


@case(
    "5.12",
    "keepalive-pipeline",
    clause="RFC 9112, 9.3 and 9.3.2",
    expect="100 requests on one connection, and five in one write, are all answered, in order.",
    needs=("mo",),
)
async def keepalive_pipeline(peer: Peer) -> Verdict:
    """Send 100 messages on one connection, then five requests in one write with answers that tell them apart."""
    mos = [fresh(peer, "kept") for _ in range(100)]
    heard = await peer.wire.talk(*(bytes_of(peer, mo) for mo in mos), enough=replies(100), limit=peer.limit(30))
    good = [reply for reply in heard.replies if 200 <= reply.status < 300]
    require(len(good) == 100, "100 times 2xx on one connection", f"{len(good)} times 2xx, {heard}")
    five = [fresh(peer, "piped") for _ in range(3)]
    stray = f"GET /{peer.composer.token()} HTTP/1.1\r\nHost: {peer.authority}\r\n\r\n".encode()
    piped = [bytes_of(peer, five[0]), stray, stray, bytes_of(peer, five[1]), bytes_of(peer, five[2])]
    heard = await peer.wire.talk(b"".join(piped), enough=replies(5), limit=peer.limit(10))
    statuses = [reply.status // 100 for reply in heard.replies]
    require(statuses == [2, 4, 4, 2, 2], "2xx, 404, 404, 2xx, 2xx in this order", str(heard))
    for mo in (mos[0], mos[-1], *five):
        require(len(await peer.arrived(mo)) == 1, "every message stored once", f"not so for {mo.remote}")
    return ok("100 on one connection; five pipelined, answered in order")
