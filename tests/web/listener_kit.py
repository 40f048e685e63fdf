"""A port in memory: raw bytes in, parsed answers out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from cicsms.model.settings import Limits
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.listener import BrokerPort
from cicsms.web.listener_connection import BrokerConnection
from cicsms.web.paths import Endpoint, PathTable

POST = b"POST /mo HTTP/1.1\r\nHost: sms.example\r\nContent-Length: 2\r\n\r\nhi"
TAKEN = HttpReply(200, ((b"Content-Type", b"text/plain"),), b"taken")


@frozen
class Reply:
    """One answer as a client reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_replies(raw: bytes, bodyless: bool = False) -> list[Reply]:
    """Split what was written into answers, by their own framing; fails on anything that is left over."""
    replies = []
    while raw:
        head, found, raw = raw.partition(b"\r\n\r\n")
        if not found:
            raise AssertionError(f"half an answer: {head!r}")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if bodyless else int(headers.get("content-length", "0"))
        replies.append(Reply(int(first.split(" ")[1]), headers, raw[:length]))
        raw = raw[length:]
    return replies


class Transport(StringTransport):
    """A transport in memory that notes how it was closed."""

    half_closed = False
    aborted = False

    def loseWriteConnection(self) -> None:
        """Note the half-close."""
        self.half_closed = True

    def abortConnection(self) -> None:
        """Note the end without grace."""
        self.aborted = True
        super().abortConnection()

    @property
    def closed(self) -> bool:
        """Whether the client would see the end of the stream."""
        return self.half_closed or bool(self.disconnecting) or self.aborted


class Client:
    """One client's end of a connection."""

    def __init__(self, port: BrokerPort) -> None:
        self.wire = Transport()
        connection = port.buildProtocol(None)
        connection.makeConnection(self.wire)
        self.connection = connection

    def send(self, raw: bytes) -> None:
        """Send bytes, as long as anybody listens."""
        if not (self.wire.aborted or self.wire.disconnecting):
            self.connection.dataReceived(raw)

    def replies(self) -> list[Reply]:
        """Read the answers so far, and forget them."""
        raw = self.wire.value()
        self.wire.clear()
        return read_replies(raw)

    def ask(self, raw: bytes) -> Reply:
        """Send bytes that have exactly one answer."""
        self.send(raw)
        (reply,) = self.replies()
        return reply

    def finish_writing(self) -> None:
        """Close the client's side only."""
        assert isinstance(self.connection, BrokerConnection)
        self.connection.readConnectionLost()


class House:
    """A port, its clock, and what reached its endpoints."""

    def __init__(self, answer: Callable[[HttpRequest], Any] | None = None, scheme: str = "http", **limits: Any) -> None:
        self.clock = Clock()
        self.requests: list[HttpRequest] = []
        self.answer = answer or (lambda request: TAKEN)
        self.endpoint = Endpoint(frozenset({"POST"}), "acme", self._take)
        self.getting = Endpoint(frozenset({"GET", "POST"}), "kannel", self._take)
        paths = PathTable([("/mo", self.endpoint), ("/get", self.getting)])
        self.port = BrokerPort(self.clock, paths, Limits(**limits), scheme)

    def _take(self, request: HttpRequest) -> Any:
        self.requests.append(request)
        return self.answer(request)

    def client(self) -> Client:
        """Connect."""
        return Client(self.port)


class Pending:
    """An answer that gives its replies when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[HttpReply]] = []

    def __call__(self, request: HttpRequest) -> Deferred[HttpReply]:
        """Promise a reply."""
        self.waiting.append(Deferred())
        return self.waiting[-1]
