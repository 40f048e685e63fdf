"""One exchange over the wire, as it is kept for the purge period."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from cicsms.model.wire import Headers, HttpReply, HttpRequest


class ExchangeKind(StrEnum):
    """What an exchange carried."""

    MO = "mo"
    MT = "mt"
    RECEIPT = "receipt"
    OTHER = "other"


@frozen
class Exchange:
    """One request and its reply. Secrets are masked before this value is made.

    ``id`` is time-ordered like a message's. ``started`` is in seconds since the epoch, ``duration`` in seconds. ``inbound``
    tells whether the other side called us. ``error`` says why there is no reply, or what was wrong with the request.
    """

    id: str
    kind: ExchangeKind
    broker: str
    account: str = ""
    inbound: bool = True
    started: float = 0.0
    duration: float = 0.0
    peer: str = ""
    scheme: str = "http"
    authority: str = ""
    tls: str = ""
    error: str = ""
    request_head: bytes = field(default=b"", repr=False)
    request_body: bytes = field(default=b"", repr=False)
    status: int = 0
    reply_head: bytes = field(default=b"", repr=False)
    reply_body: bytes = field(default=b"", repr=False)


def request_head(request: HttpRequest) -> bytes:
    """Return the method, the target and the headers of a request, a line each, as an exchange keeps them."""
    return b"%b %b\r\n%b" % (request.method.encode("latin-1", "replace"), request.target, _lines(request.headers))


def reply_head(reply: HttpReply) -> bytes:
    """Return the headers of a reply, a line each; the status has a place of its own."""
    return _lines(reply.headers)


def _lines(headers: Headers) -> bytes:
    """Put one header on a line."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
