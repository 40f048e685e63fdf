"""The head of an HTTP/1 request: judged by llhttp, then by the rules that llhttp leaves to its user.

Checked against httptools 0.9 (llhttp 9): it refuses bare LF and CR, obs-fold, blanks before a colon, NUL and other controls,
several or malformed Content-Length, and Content-Length beside Transfer-Encoding. It lets pass, so that it is looked at here: a
missing or repeated Host, versions other than 1.0 and 1.1 (HTTP/0.9, RTSP and ICE, too), several blanks in the request line,
``gzip, chunked``, chunked in HTTP/1.0, fragments in the target, and blanks at the end of a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import httptools

from cicsms.model.errors import CicsmsError
from cicsms.model.settings import Limits
from cicsms.model.wire import Headers

METHODS: dict[bytes, str] = {name.encode(): name for name in ("POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")}
"""Methods an endpoint may take. TRACE and CONNECT are nobody's (RFC 9110, 9.3.6 and 9.3.8)."""
METHOD_BYTES = 24
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_AUTHORITY = re.compile(rb"[A-Za-z0-9._~%!$&'()*+;=:\[\]-]+")
_SILENT = object()  # takes nothing of what llhttp reads: its verdict is wanted, and its verdict alone
_ABSOLUTE = re.compile(rb"(?i)https?://([^/?#]*)(/[^#]*|)")
_MARKED = frozenset(
    {
        b"host",
        b"connection",
        b"content-length",
        b"transfer-encoding",
        b"expect",
        b"content-encoding",
        b"x-forwarded-for",
        b"x-forwarded-proto",
    }
)
_PLAIN = frozenset({b"host", b"content-length"})
_NONE: tuple[bytes, ...] = ()


class Refused(CicsmsError):
    """A request that is answered by the port itself, with ``status``; ``fatal`` ones end the connection."""

    def __init__(self, status: int, reason: str, headers: Headers = (), *, fatal: bool = True) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers
        self.fatal = fatal


class Head:
    """One request head. ``length`` counts the body, unless it is ``chunked``; a ``method`` we don't know is kept as it came.

    ``plain`` heads have neither codings, expectations nor forwarding: the fast lane. ``old`` is HTTP/1.0.
    """

    __slots__ = ("_marked", "authority", "chunked", "headers", "keep", "length", "method", "old", "plain", "target")

    def __init__(self, method: str, target: bytes, old: bool, headers: Headers, marked: dict[bytes, list[bytes]]) -> None:
        self.method = method
        self.target = target
        self.old = old
        self.headers = headers
        self._marked = marked
        self.plain = marked.keys() <= _PLAIN
        self.authority = ""
        self.keep = not old
        self.length = 0
        self.chunked = False

    def values(self, name: bytes) -> Sequence[bytes]:
        """Give the values of one of the headers the port itself looks at."""
        return self._marked.get(name, _NONE)


def read_head(raw: bytes, limits: Limits) -> Head:
    """Read a head, its empty line included; raises ``Refused`` for whatever is wrong with it.

    A method we don't know is no fault of the head: the path decides between 404 and 405. The lines are split here and not by
    llhttp's callbacks, which is faster; it is safe because llhttp lets no line end pass but CRLF.
    """
    end = raw.find(b"\r\n")
    method, target, version = _request_line(raw[:end], limits)
    if len(raw) - end - 4 > limits.header:
        raise Refused(431, "the header section is too long")
    known = METHODS.get(method)
    _judge(raw if known else b"GET / " + version + raw[end:])
    headers: list[tuple[bytes, bytes]] = []
    marked: dict[bytes, list[bytes]] = {}
    for line in raw[end + 2 : -4].split(b"\r\n") if len(raw) > end + 4 else ():
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        headers.append((name, value))
        key = name.lower()
        if key in _MARKED:
            marked.setdefault(key, []).append(value)
    if len(headers) > limits.headers:
        raise Refused(431, "there are too many headers")
    head = Head(known or method.decode("latin-1"), target, version == b"HTTP/1.0", tuple(headers), marked)
    _place(head)
    lengths = marked.get(b"content-length")
    if lengths is not None:
        head.length = int(lengths[0])
    if not head.plain:
        _chunks(head)
        _persist(head)
    return head


def _request_line(line: bytes, limits: Limits) -> tuple[bytes, bytes, bytes]:
    """Split the request line into method, target and version (RFC 9112, 3)."""
    words = line.split(b" ")
    if len(words) != 3:
        raise Refused(400, "the request line is malformed")
    method, target, version = words
    if len(target) > limits.target:
        raise Refused(414, "the target is too long")
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        spoken = re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version)
        raise Refused(505 if spoken else 400, "the version is neither HTTP/1.1 nor HTTP/1.0")
    if method not in METHODS and (len(method) > METHOD_BYTES or not _TOKEN.fullmatch(method)):
        raise Refused(400, "the method is malformed")
    return method, target, version


def _judge(raw: bytes) -> None:
    """Let llhttp judge the head. An offered upgrade is ignored (RFC 9110, 7.8): the framing of the body is ours."""
    parser = httptools.HttpRequestParser(_SILENT)
    try:
        parser.feed_data(raw)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        raise Refused(400, str(error)) from None


def _place(head: Head) -> None:
    """Settle target and authority: exactly one Host in HTTP/1.1, an absolute target overrules it (RFC 9112, 3.2)."""
    hosts = head.values(b"host")
    if len(hosts) > 1 or not (hosts or head.old):
        raise Refused(400, "there is more than one Host" if hosts else "there is no Host")
    if hosts:
        head.authority = _authority(hosts[0])
    if head.target[:1] != b"/":
        _absolute(head)
    if b"#" in head.target:
        raise Refused(400, "the target has a fragment")


@lru_cache(maxsize=256)
def _authority(value: bytes) -> str:
    """Read a Host; there are few of them."""
    if not _AUTHORITY.fullmatch(value):
        raise Refused(400, "the Host is malformed")
    return value.decode("ascii")


def _absolute(head: Head) -> None:
    """Read a target that is not in origin form: ``*`` for OPTIONS, or an absolute URL, as proxies may send it."""
    found = _ABSOLUTE.fullmatch(head.target)
    if found is not None:
        head.authority, head.target = _authority(found[1]), found[2] or b"/"
    elif head.method != "CONNECT" and not (head.method == "OPTIONS" and head.target == b"*"):
        raise Refused(400, "the target is malformed")


def _chunks(head: Head) -> None:
    """Find whether the body comes in chunks; llhttp has seen to syntax and contradictions (RFC 9112, 6.3)."""
    codings = head.values(b"transfer-encoding")
    if not codings:
        return
    if head.old:
        raise Refused(400, "HTTP/1.0 has no Transfer-Encoding")
    if len(codings) > 1 or codings[0].lower() != b"chunked":
        raise Refused(501, "the only transfer coding here is chunked")
    head.chunked = True


def _persist(head: Head) -> None:
    """Tell whether the connection stays open (RFC 9112, 9.3)."""
    options = {option.strip().lower() for value in head.values(b"connection") for option in value.split(b",")}
    head.keep = b"close" not in options and (not head.old or b"keep-alive" in options)


def check_start(raw: bytes, limits: Limits) -> None:
    """Refuse the beginning of a head that can't become a good one, so that nobody waits for the deadline to hear it."""
    if raw.count(b"\n") != raw.count(b"\r\n"):
        raise Refused(400, "a line ends in a bare LF")
    end = raw.find(b"\r\n")
    if end >= 0:
        _request_line(raw[:end], limits)
        if len(raw) - end - 2 > limits.header + 2:
            raise Refused(431, "the header section is too long")
        return
    method, blank, rest = raw.partition(b" ")
    if not _TOKEN.fullmatch(method.rstrip(b"\r")) or len(method) > METHOD_BYTES:
        raise Refused(400, "this is not HTTP")
    if blank and len(rest) > limits.target + len(b" HTTP/1.1\r"):
        raise Refused(414, "the target is too long")
    if b"\0" in raw:
        raise Refused(400, "there is a NUL in the request line")
