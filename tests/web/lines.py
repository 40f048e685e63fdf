"""A network for the sender that the test holds in its hands: connections in memory, made when the test says so."""

from __future__ import annotations

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.web.sender import Leg


class Line(StringTransport):
    """A connection: keeps what was written, and ends as a TCP connection does."""

    def __init__(self, protocol: IProtocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.open = True

    def end(self, reason: Exception) -> None:
        """End it, once."""
        if self.open:
            self.open = False
            self.protocol.connectionLost(Failure(reason))

    def loseConnection(self) -> None:
        """End it in order."""
        self.end(ConnectionDone())

    def abortConnection(self) -> None:
        """End it at once."""
        self.end(ConnectionAborted())

    def reply(self, data: bytes) -> None:
        """Let the other side say something."""
        self.protocol.dataReceived(data)

    def read(self) -> bytes:
        """Return what was written since the last time."""
        data: bytes = self.value()
        self.clear()
        return data


@implementer(IStreamClientEndpoint)
class Lines:
    """A network and its only endpoint; ``instant`` connects at once, otherwise the test calls ``accept`` or ``refuse``."""

    def __init__(self, *, instant: bool = True) -> None:
        self.instant = instant
        self.open: list[Line] = []
        self.asked: list[tuple[str, str, int, Leg]] = []
        self._waiting: list[tuple[Deferred[IProtocol], IProtocolFactory]] = []

    def endpoint(self, scheme: str, host: str, port: int, leg: Leg) -> IStreamClientEndpoint:
        """Note the destination; every one is this."""
        self.asked.append((scheme, host, port, leg))
        return self

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect, now or later."""
        waiting: Deferred[IProtocol] = Deferred(lambda _: self._waiting.remove(attempt))
        attempt = waiting, protocolFactory
        self._waiting.append(attempt)
        if self.instant:
            self.accept()
        return waiting

    def accept(self) -> Line:
        """Let the oldest attempt succeed."""
        waiting, factory = self._waiting.pop(0)
        protocol = factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 80))
        assert protocol is not None
        line = Line(protocol)
        self.open.append(line)
        protocol.makeConnection(line)
        waiting.callback(protocol)
        return line

    def refuse(self, reason: Exception) -> None:
        """Let the oldest attempt fail."""
        self._waiting.pop(0)[0].errback(reason)
