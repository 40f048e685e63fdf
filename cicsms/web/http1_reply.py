"""Replies as bytes: status lines made once, a Date made once a second, and no header that could split the answer."""

from __future__ import annotations

import re
from email.utils import formatdate
from http import HTTPStatus

from cicsms.model.errors import CicsmsError
from cicsms.model.wire import Headers, HttpReply

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_OURS = frozenset({b"content-length", b"transfer-encoding", b"connection", b"date"})
_REMEMBERED = 512


class NotWritable(CicsmsError):
    """A reply has a status or a header that HTTP can't carry."""


class Renderer:
    """Writes replies. What depends on status and headers alone is kept: a broker's acknowledgement is the same each time."""

    def __init__(self) -> None:
        self._starts: dict[tuple[int, Headers], bytes] = {}
        self._date = b""

    def at(self, now: float) -> None:
        """Set the time of the Date header."""
        self._date = b"Date: " + formatdate(now, usegmt=True).encode("ascii") + b"\r\n"

    def render(self, reply: HttpReply, keep: bool = True, old: bool = False, bodyless: bool = False) -> bytes:
        """Write a reply; ``old`` is for HTTP/1.0 clients, ``bodyless`` for HEAD."""
        key = (reply.status, reply.headers)
        start = self._starts.get(key)
        if start is None:
            start = self._remember(key)
        body = reply.body
        if not keep:
            start += b"Connection: close\r\n"
        elif old:
            start += b"Connection: keep-alive\r\n"
        if reply.status in (204, 304):
            return b"%b%b\r\n" % (start, self._date)
        return b"%b%bContent-Length: %d\r\n\r\n%b" % (start, self._date, len(body), b"" if bodyless else body)

    def _remember(self, key: tuple[int, Headers]) -> bytes:
        """Make a start once; where too many differ, forget all rather than grow."""
        if len(self._starts) >= _REMEMBERED:
            self._starts.clear()
        start = self._starts[key] = _start(*key)
        return start


def _start(status: int, headers: Headers) -> bytes:
    """Write status line and headers; raises ``NotWritable``."""
    if not 200 <= status <= 599:
        raise NotWritable(f"{status} is no status of a final reply")
    lines = [b"HTTP/1.1 %d %b" % (status, _phrase(status))]
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _OURS:
            raise NotWritable(f"a reply can't carry the header {name!r} with this value")
        lines.append(name + b": " + value)
    return b"\r\n".join(lines) + b"\r\n"


def _phrase(status: int) -> bytes:
    """Give the reason phrase of a status, empty for one nobody registered."""
    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b""
