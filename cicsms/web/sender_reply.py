"""Reading a reply with llhttp, within limits."""

from __future__ import annotations

import httptools
from attrs import frozen

from cicsms.model.wire import HttpReply
from cicsms.web.sender_errors import ReplyUnreadable

_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"date", b"keep-alive"})
_FRAMED = 8
"""The most bytes on the wire for one byte of a body: a chunk of one byte takes six, and some room for trailers."""


@frozen
class ReplyLimits:
    """How large a reply may be, in bytes, and how many header fields it may have."""

    head: int = 64 * 2**10
    headers: int = 200
    body: int = 2**20


class ReplyReader:
    """Reads the reply to one request; interim replies (1xx) are passed over.

    ``keep`` tells, once the reply is whole, whether the connection can carry another request. The methods named ``on_``
    are called by the parser.
    """

    def __init__(self, limits: ReplyLimits, *, bodiless: bool) -> None:
        self.keep = False
        self._limits = limits
        self._bodiless = bodiless
        self._parser = httptools.HttpResponseParser(self)
        self._reply: HttpReply | None = None
        self._total = 0
        self._head = 0
        self._fault = ""
        self._begin()

    def feed(self, data: bytes) -> HttpReply | None:
        """Take bytes; return the reply once it is whole. Raises ``ReplyUnreadable``."""
        self._total += len(data)
        if self._in_head:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fault = self._fault or "The reply changes to another protocol."
        except httptools.HttpParserError as wrong:
            self.keep = False
            self._fault = self._fault or f"The reply is no HTTP that can be read: {str(wrong).rstrip('.')}."
        if self._reply is not None:
            return self._reply
        if self._in_head and self._head > self._limits.head:
            self._fault = f"The head of the reply is longer than {self._limits.head} bytes."
        if self._total > self._limits.head + _FRAMED * self._limits.body:
            self._fault = "The reply wraps its body in far more framing than it needs."
        if self._fault:
            raise ReplyUnreadable(self._fault)
        return None

    def end(self) -> HttpReply | None:
        """Take the end of the connection, which is the end of a reply that gives no length."""
        if self._reply is None and not self._in_head and self._until_close:
            self.on_message_complete()
        return self._reply

    def _begin(self) -> None:
        """Make ready for a head."""
        self._in_head = True
        self._until_close = True
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0

    def on_message_begin(self) -> None:
        """Begin a reply; one after the final reply means that the two sides disagree, and the connection must go."""
        if self._reply is not None:
            self.keep = False
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; the trailers of a chunked body say nothing we want."""
        if not self._in_head:
            return
        lower = name.lower()
        if lower in (b"content-length", b"transfer-encoding"):
            self._until_close = False
        if len(self._headers) >= self._limits.headers:
            self._fault = f"The reply has more than {self._limits.headers} headers."
        elif lower not in _FRAMING:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """End the head; a reply to HEAD ends here."""
        self._in_head = False
        if self._bodiless and self._parser.get_status_code() >= 200:
            self._finish(keep=False)

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        self._size += len(data)
        if self._size > self._limits.body:
            self._fault = f"The body of the reply is longer than {self._limits.body} bytes."
        elif self._reply is None:
            self._body.append(data)

    def on_message_complete(self) -> None:
        """End a reply: an interim one is forgotten."""
        if self._parser.get_status_code() < 200:
            self._head = 0
        elif self._reply is None:
            self._finish(keep=self._parser.should_keep_alive())

    def _finish(self, *, keep: bool) -> None:
        """Hold the reply, unless a limit was passed on the way."""
        if self._fault:
            return
        self.keep = keep
        self._reply = HttpReply(self._parser.get_status_code(), tuple(self._headers), b"".join(self._body))
