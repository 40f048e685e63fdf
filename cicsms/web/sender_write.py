"""A request as bytes: exactly the target and headers it has; only Host, User-Agent and the framing are added."""

from __future__ import annotations

import re

from cicsms.model.wire import HttpRequest
from cicsms.web.sender_errors import NotWritable

_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TARGET = re.compile(rb"/[\x21-\x7e\x80-\xff]*")
_VALUE = re.compile(rb"[^\r\n\0]*")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+)(?::([0-9]{1,5}))?")
_PORTS = {"http": 80, "https": 443}
_OURS = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection", b"proxy-authorization"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def origin(request: HttpRequest) -> tuple[str, int]:
    """Return the host (an IPv6 address without its brackets) and the port a request goes to."""
    default = _PORTS.get(request.scheme)
    match = _AUTHORITY.fullmatch(request.authority)
    if default is None or match is None:
        raise NotWritable(f"{request.scheme}://{request.authority} is no address a request can be sent to.")
    host, port = match[1].strip("[]"), int(match[2] or default)
    if not 1 <= port <= 65535:
        raise NotWritable(f"{request.authority} has a port outside 1 to 65535.")
    return host, port


def written(request: HttpRequest, agent: bytes, proxied: bytes | None = None) -> bytes:
    """Return the request as it goes over the wire.

    ``proxied`` is given for plain http by way of a proxy: the value of Proxy-Authorization, which may be empty; the
    target then takes its absolute form (RFC 9112, 3.2.2). What would break the framing raises ``NotWritable``.
    """
    if not _METHOD.fullmatch(request.method) or not _TARGET.fullmatch(request.target):
        raise NotWritable(f"The request line {request.method} {request.target[:80]!r} can't be sent.")
    authority = _encoded(request.authority)
    target = request.target if proxied is None else b"http://" + authority + request.target
    lines = [request.method.encode() + b" " + target + b" HTTP/1.1", b"Host: " + authority]
    named = False
    for name, value in request.headers:
        lower = name.lower()
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise NotWritable(f"The header {name[:80]!r} can't be sent.")
        if lower not in _OURS:
            lines.append(name + b": " + value)
        named = named or lower == b"user-agent"
    if not named:
        lines.append(b"User-Agent: " + agent)
    if proxied:
        lines.append(b"Proxy-Authorization: " + proxied)
    if request.body or request.method in _WITH_BODY:
        lines.append(b"Content-Length: %d" % len(request.body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


def _encoded(authority: str) -> bytes:
    """Give an authority as the wire carries it: international names as A-labels."""
    try:
        return authority.encode("ascii" if authority.isascii() else "idna")
    except UnicodeError as wrong:
        raise NotWritable(f"{authority} is no host name: {wrong}.") from wrong
