"""The broker-facing side of HTTP, on a transport in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.listener import BODY_LIMIT, Arrival, BrokerFactory

OK = b"HTTP/1.1 200 OK\r\nx-Odd: 1\r\nContent-Length: 2\r\n\r\nok"
POST = b"POST /a/b?c=%20;d HTTP/1.1\r\nHost: h\r\nx-lower:  v \r\nContent-Length: 3\r\n\r\nabc"


class ListenerTests(SynchronousTestCase):
    """Requests become values, and bytes leave as they are."""

    def setUp(self) -> None:
        """Connect one client."""
        self.arrivals: list[Arrival] = []
        self.answers: list[Deferred[bytes | None]] = []
        self.factory = BrokerFactory(Clock(), "https", self.answer)
        self.channel: Any = self.factory.buildProtocol(None)
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.1", 4))
        self.channel.makeConnection(self.transport)

    def answer(self, arrival: Arrival) -> Deferred[bytes | None]:
        """Note what arrived, and answer as planned."""
        self.arrivals.append(arrival)
        return self.answers.pop(0) if self.answers else succeed(OK)

    def test_request(self) -> None:
        """Target, headers and body arrive undecoded, with the names as they were written, and the raw bytes beside."""
        self.channel.dataReceived(POST)
        (arrival,) = self.arrivals
        request = arrival.request
        self.assertEqual((request.method, request.target, request.body), ("POST", b"/a/b?c=%20;d", b"abc"))
        self.assertEqual(request.headers, ((b"Host", b"h"), (b"x-lower", b"v"), (b"Content-Length", b"3")))
        self.assertEqual((request.scheme, request.authority, request.peer), ("https", "h", "192.0.2.1"))
        self.assertEqual(arrival.raw, POST)

    def test_answer_verbatim(self) -> None:
        """The answer leaves byte by byte, and the connection takes the next request."""
        self.channel.dataReceived(POST + POST)
        self.assertEqual(self.transport.value(), OK + OK)
        self.assertFalse(self.transport.disconnecting)
        self.assertEqual(self.arrivals[1].raw, POST)

    def test_unframed_closes(self) -> None:
        """An answer that does not say where it ends is ended by closing."""
        self.answers.append(succeed(b"HTTP/1.1 200 OK\r\n\r\nall of it"))
        self.channel.dataReceived(POST)
        self.assertEqual(self.transport.value(), b"HTTP/1.1 200 OK\r\n\r\nall of it")
        self.assertTrue(self.transport.disconnecting)

    def test_dropped(self) -> None:
        """No answer at all closes the connection without a byte."""
        self.answers.append(succeed(None))
        self.channel.dataReceived(POST)
        self.assertEqual((self.transport.value(), self.transport.disconnecting), (b"", True))

    def test_client_gone(self) -> None:
        """A client that goes away cancels its answer."""
        waiting: Deferred[bytes | None] = Deferred()
        seen: list[Failure] = []

        def note(failure: Failure) -> Failure:
            """Note why, and pass it on."""
            seen.append(failure)
            return failure

        waiting.addErrback(note)
        self.answers.append(waiting)
        self.channel.dataReceived(POST)
        self.channel.connectionLost(Failure(ConnectionLost()))
        self.assertTrue(seen and seen[0].check(CancelledError))

    def test_own_fault(self) -> None:
        """A fault of the emulator is a 500 without details, and is logged."""
        self.answers.append(fail(ZeroDivisionError("secret")))
        self.channel.dataReceived(POST)
        self.assertTrue(self.transport.value().startswith(b"HTTP/1.1 500 "))
        self.assertNotIn(b"secret", self.transport.value())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_too_large(self) -> None:
        """A body beyond the limit is refused and not kept."""
        head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1)
        self.channel.dataReceived(head)
        for _ in range(BODY_LIMIT // 2**20):
            self.channel.dataReceived(b"x" * 2**20)
        self.channel.dataReceived(b"x")
        self.assertTrue(self.transport.value().startswith(b"HTTP/1.1 413 "))
        self.assertEqual(self.arrivals, [])

    def test_no_access_log(self) -> None:
        """The factory logs no access: a URL may carry a password."""
        self.assertIsNone(self.factory.log(None))  # type: ignore[arg-type, func-returns-value]
