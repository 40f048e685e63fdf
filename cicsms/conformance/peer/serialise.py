"""Requests as bytes on the wire, with everything that the standards leave open varied by the seed."""

from __future__ import annotations

from random import Random
from urllib.parse import urlsplit

from attrs import define, evolve, field

from cicsms.model.wire import HttpRequest

FORM = b"application/x-www-form-urlencoded"


def plain(request: HttpRequest, *, connection: bytes = b"keep-alive") -> bytes:
    """Write a request the plainest way: Content-Length for every body, headers as they are."""
    head = [b"%s %s HTTP/1.1" % (request.method.encode(), request.target), b"Host: " + request.authority.encode()]
    head += [name + b": " + value for name, value in request.headers]
    head.append(b"Connection: " + connection)
    if request.body or request.method not in ("GET", "HEAD", "DELETE"):
        head.append(b"Content-Length: %d" % len(request.body))
    return b"\r\n".join(head) + b"\r\n\r\n" + request.body


def chunked(request: HttpRequest, sizes: Random) -> bytes:
    """Write a request with its body in chunks of uneven sizes."""
    head, _, _ = plain(evolve(request, body=b"")).partition(b"\r\nContent-Length")
    pieces, left = [], request.body
    while left:
        size = sizes.randint(1, max(1, len(request.body) // 2))
        pieces.append(b"%x\r\n%s\r\n" % (len(left[:size]), left[:size]))
        left = left[size:]
    return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(pieces) + b"0\r\n\r\n"


@define
class Variation:
    """What a seed makes of requests; ``signed`` leaves parameters alone, because a signature covers them.

    Varied: framing (length or chunks), case of header names, order of parameters, one unknown parameter more, and the
    form of a blank (``+`` or ``%20``).
    """

    random: Random
    signed: bool
    notes: list[str] = field(factory=list)

    def write(self, request: HttpRequest) -> bytes:
        """Write the request in one of its many equal forms."""
        request = evolve(request, headers=self._headers(request))
        if not self.signed:
            request = self._parameters(request)
        if request.body and self.random.random() < 0.5:
            self.notes.append("chunked")
            return chunked(request, self.random)
        return plain(request)

    def _headers(self, request: HttpRequest) -> tuple[tuple[bytes, bytes], ...]:
        case = self.random.choice((bytes, bytes.lower, bytes.upper, bytes.title))
        return tuple((case(name), value) for name, value in request.headers)

    def _parameters(self, request: HttpRequest) -> HttpRequest:
        """Vary the form, or the query of a request that has no body."""
        if (request.header(b"content-type") or b"").startswith(FORM):
            return evolve(request, body=self._pairs(request.body))
        if not request.body and request.query:
            return evolve(request, target=request.path + b"?" + self._pairs(request.query))
        return request

    def _pairs(self, form: bytes) -> bytes:
        pairs = form.split(b"&")
        pairs.append(b"x-suite-%d=1" % self.random.randint(1, 999))
        self.random.shuffle(pairs)
        blank, other = self.random.choice(((b"+", b"%20"), (b"%20", b"+")))
        return b"&".join(pair.replace(other, blank) for pair in pairs)


def aimed(request: HttpRequest, path: str, authority: str = "") -> HttpRequest:
    """Return the request aimed at ``path``, its query kept, as a reverse proxy in front of the server would."""
    target = path.encode() + (b"?" + request.query if request.query else b"")
    return evolve(request, target=target, authority=authority or request.authority)


def path_of(url: str) -> str:
    """Return the path of an absolute URL."""
    return urlsplit(url).path or "/"
