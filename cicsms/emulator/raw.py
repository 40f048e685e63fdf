"""HTTP requests and replies as the bytes they are on the wire."""

from __future__ import annotations

from http import HTTPStatus

from cicsms.model.wire import Headers, HttpReply, HttpRequest

_BODILESS = frozenset({204, 304})


def raw_request(request: HttpRequest) -> bytes:
    """Return the request as HTTP/1.1 bytes, with Host first and Content-Length last where the headers lack them."""
    names = {name.lower() for name, _ in request.headers}
    host = () if b"host" in names else ((b"Host", request.authority.encode("latin-1")),)
    framed = bool(names & {b"content-length", b"transfer-encoding"})
    needed = bool(request.body) or request.method in ("POST", "PUT", "PATCH")
    length = () if framed or not needed else ((b"Content-Length", b"%d" % len(request.body)),)
    first = request.method.encode("latin-1") + b" " + request.target + b" HTTP/1.1\r\n"
    return first + _head((*host, *request.headers, *length)) + request.body


def raw_reply(reply: HttpReply, close: bool = False) -> bytes:
    """Return the reply as HTTP/1.1 bytes, framed by a Content-Length; ``close`` says that the connection ends with it."""
    bodiless = reply.status < 200 or reply.status in _BODILESS
    length = () if bodiless else ((b"Content-Length", b"%d" % len(reply.body)),)
    ending = ((b"Connection", b"close"),) if close else ()
    first = b"HTTP/1.1 %d %s\r\n" % (reply.status, _reason(reply.status))
    return first + _head((*reply.headers, *length, *ending)) + (b"" if bodiless else reply.body)


def read_reply(raw: bytes) -> HttpReply:
    """Read the bytes of a reply back, as far as they can be read; status 0 where the first line is none."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, _, lines = head.partition(b"\r\n")
    words = first.split(b" ", 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    pairs = (line.partition(b":") for line in lines.split(b"\r\n") if line)
    return HttpReply(status, tuple((name, value.strip()) for name, _, value in pairs), body)


def framed(raw: bytes) -> bool:
    """Tell whether a raw reply ends where its own framing says, so that the connection may carry another."""
    reply = read_reply(raw)
    length, coding = reply.header(b"content-length"), reply.header(b"transfer-encoding")
    if not raw.startswith(b"HTTP/1.1 ") or b"close" in (reply.header(b"connection") or b"").lower():
        return False
    if coding is not None:
        return coding.lower() == b"chunked" and reply.body.endswith(b"0\r\n\r\n")
    return length is not None and length.isdigit() and int(length) == len(reply.body)


def _head(headers: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n"


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b"Unknown"
