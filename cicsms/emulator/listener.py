"""The emulator's broker-facing side of HTTP: requests become values, and answers leave as the very bytes they are given as."""

from __future__ import annotations

from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, HTTPFactory, Request

from cicsms.emulator.raw import framed
from cicsms.model.wire import HttpRequest, first_header

BODY_LIMIT = 16 * 2**20
_TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@frozen
class Arrival:
    """A request as it came: the value, and the bytes of its head as they were on the wire."""

    request: HttpRequest
    raw: bytes


class Answering(Protocol):
    """Whoever answers: with the bytes of a reply, or ``None`` to drop the connection without one."""

    def __call__(self, arrival: Arrival) -> Deferred[bytes | None]:
        """Answer one request; the Deferred is cancelled when the client goes away first."""


class BrokerRequest(Request):
    """One request; it neither parses forms nor adds a header of its own."""

    log = Logger()
    channel: Any  # a BrokerChannel; Twisted leaves its methods untyped

    def __init__(self, channel: BrokerChannel, queued: object, answering: Answering, scheme: str) -> None:
        super().__init__(channel, queued)
        self._answering = answering
        self._scheme = scheme
        self._chunks: list[bytes] = []
        self._room = BODY_LIMIT

    def gotLength(self, length: int | None) -> None:
        """Keep the body in memory, whatever its length: it is bounded."""

    def handleContentChunk(self, data: bytes) -> None:
        """Keep the body up to the limit, and count the rest only as too large."""
        self._room -= len(data)
        if self._room >= 0:
            self._chunks.append(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Hand the whole request over, and send what comes back."""
        if self._room < 0:
            self._send(_TOO_LARGE)
            return
        waiting = self._answering(self._arrival(command, path, version))
        self.notifyFinish().addErrback(lambda _gone: waiting.cancel())
        waiting.addCallbacks(self._send, self._failed)

    def _arrival(self, command: bytes, path: bytes, version: bytes) -> Arrival:
        lines, body = self.channel.taken_lines(), b"".join(self._chunks)
        headers = tuple((name, value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines))
        authority = (first_header(headers, b"host") or b"").decode("latin-1")
        peer = str(getattr(self.client, "host", ""))
        request = HttpRequest(command.decode("latin-1"), path, headers, body, self._scheme, authority, peer)
        return Arrival(request, b"\r\n".join((b" ".join((command, path, version)), *lines, b"", body)))

    def _send(self, raw: bytes | None) -> None:
        """Write the bytes as they are; the connection goes on only where their own framing lets it."""
        if self.finished or self._disconnected:
            return
        if raw is None:
            self.channel.loseConnection()
            return
        if not framed(raw):
            self.channel.persistent = 0
        self.startedWriting = 1
        self.channel.write(raw)
        self.finish()  # type: ignore[no-untyped-call]  # Twisted's own is untyped

    def _failed(self, failure: Failure) -> None:
        if failure.check(CancelledError) is None:
            self.log.failure("a request could not be answered", failure)
        self._send(_BROKEN)


class BrokerChannel(HTTPChannel):
    """An HTTP/1.1 connection that remembers the header lines as they were written; long texts may stand in its URLs."""

    MAX_LENGTH = totalHeadersSize = 2**18

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted's own is untyped
        self._lines: list[bytes] = []

    def headerReceived(self, line: bytes) -> bool:
        """Keep the line, then do as ever."""
        self._lines.append(line)
        return bool(super().headerReceived(line))  # type: ignore[no-untyped-call]  # Twisted's own is untyped

    def taken_lines(self) -> list[bytes]:
        """Give the header lines of the request that is complete now, and start afresh."""
        lines, self._lines = self._lines, []
        return lines


class BrokerFactory(HTTPFactory):
    """Listens for one scheme; its access is never logged, since URLs may carry passwords."""

    noisy = False

    def __init__(self, reactor: IReactorTime, scheme: str, answering: Answering) -> None:
        super().__init__(reactor=reactor)
        self._scheme = scheme
        self._answering = answering

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make a channel whose requests ask this factory's answerer."""
        channel: Any = BrokerChannel()
        channel.factory = self
        channel.requestFactory = self._request
        channel.callLater = self.reactor.callLater
        channel.timeOut = self.timeOut
        return channel

    def log(self, request: Request) -> None:
        """Say nothing of the request."""

    def _request(self, channel: BrokerChannel, queued: object) -> BrokerRequest:
        return BrokerRequest(channel, queued, self._answering, self._scheme)
