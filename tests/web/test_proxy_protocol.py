"""The PROXY protocol: read in any pieces, believed from forwarders only, and nothing without it."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from cicsms.web.proxy_protocol import PATIENCE, NoHeader, Proxied, ProxiedFactory, read

ONE = b"PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n"
SIX = b"PROXY TCP6 2001:db8::9 2001:db8::1 40000 443\r\n"
SIGN = b"\r\n\r\n\0\r\nQUIT\n"
TWO = SIGN + b"\x21\x11\x00\x0c" + bytes([203, 0, 113, 9, 192, 0, 2, 1]) + (40000).to_bytes(2, "big") + b"\x01\xbb"
TWO_SIX = SIGN + b"\x21\x21\x00\x28" + b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x09" + b"\0" * 16 + b"\x9c\x40\x01\xbb" + b"TLVs"
LOCAL = SIGN + b"\x20\x00\x00\x00"


class Inner(Protocol):
    """Keeps what comes through."""

    got = b""
    peer = ""
    lost = False

    def connectionMade(self) -> None:
        """Note who called."""
        if self.transport is not None:
            self.peer = self.transport.getPeer().host  # type: ignore[attr-defined]

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.got += data

    def connectionLost(self, reason: object = None) -> None:
        """Note the end."""
        self.lost = True


class ReadTests(SynchronousTestCase):
    """``read``."""

    def test_addresses(self) -> None:
        """Both versions tell address and port, of both families, and leave what follows."""
        for data, host in ((ONE, "203.0.113.9"), (SIX, "2001:db8::9"), (TWO, "203.0.113.9"), (TWO_SIX, "2001:db8::9")):
            header = read(data + b"rest")
            assert header is not None
            self.assertEqual((getattr(header.caller, "host", ""), getattr(header.caller, "port", 0)), (host, 40000))
            self.assertEqual(header.size, len(data))

    def test_nobody(self) -> None:
        """A proxy that speaks for itself names nobody."""
        for data in (b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ffff:: ffff:: 1 2\r\n", LOCAL, SIGN + b"\x21\x00\x00\x00"):
            header = read(data)
            assert header is not None
            self.assertIsNone(header.caller)

    def test_pieces(self) -> None:
        """No beginning of a header is one, and none is refused."""
        for data in (ONE, SIX, TWO, TWO_SIX, LOCAL):
            for cut in range(len(data)):
                self.assertIsNone(read(data[:cut]), data[:cut])

    def test_none(self) -> None:
        """Anything else is refused, at the latest when a header would be over."""
        for data in (
            b"GET / HTTP/1.1\r\n",
            b"\x16\x03\x01",
            b"PROXY TCP4 x y 1 2\r\n",
            b"PROXY TCP4 1.2.3.4\r\n",
            b"PROXY " + b"x" * 200,
            SIGN + b"\x31\x11\x00\x0c" + bytes(12),
            SIGN + b"\x21\x11\xff\xff",
        ):
            self.assertRaises(NoHeader, read, data)

    @given(st.binary(max_size=80), st.sampled_from([b"", b"PROXY ", SIGN]))
    def test_any_bytes(self, data: bytes, start: bytes) -> None:
        """Whatever comes, it is a header, not yet one, or refused."""
        try:
            header = read(start + data)
        except NoHeader:
            return
        self.assertTrue(header is None or 0 < header.size <= len(start + data))


class ConnectionTests(SynchronousTestCase):
    """Connections behind a proxy."""

    def connect(
        self, believed: Callable[[str], bool] = lambda host: host == "192.0.2.7"
    ) -> tuple[Inner, Proxied, StringTransport]:
        """Connect as a proxy."""
        inner = Inner()
        self.clock = Clock()
        factory = ProxiedFactory(ServerFactory.forProtocol(lambda: inner), believed, self.clock, "https:443")
        peer = IPv4Address("TCP", "192.0.2.7", 1234)
        outer = factory.buildProtocol(peer)
        assert outer is not None
        transport = StringTransport(peerAddress=peer)
        outer.makeConnection(transport)
        return inner, outer, transport

    def test_passes(self) -> None:
        """Behind the header every byte passes in both directions, and the peer is the caller."""
        for data in (ONE, TWO):
            inner, outer, transport = self.connect()
            for place in range(len(data)):
                outer.dataReceived(data[place : place + 1])
            outer.dataReceived(b"hello")
            self.assertEqual((inner.peer, inner.got), ("203.0.113.9", b"hello"))
            assert inner.transport is not None
            inner.transport.write(b"hi")
            self.assertEqual(transport.value(), b"hi")
            outer.connectionLost()
            self.assertTrue(inner.lost)
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_itself(self) -> None:
        """A proxy that speaks for itself, as in health checks, is its own peer."""
        inner, outer, _ = self.connect()
        outer.dataReceived(LOCAL + b"GET")
        self.assertEqual((inner.peer, inner.got), ("192.0.2.7", b"GET"))

    def test_refused(self) -> None:
        """Without a header, or without anything for a while, the connection is closed and the inner protocol never knows."""
        for talk in (lambda outer: outer.dataReceived(b"GET /"), lambda outer: self.clock.advance(PATIENCE)):
            inner, outer, transport = self.connect()
            talk(outer)
            self.assertTrue(transport.disconnected)
            outer.connectionLost()
            self.assertEqual((inner.got, inner.lost, inner.transport), (b"", False, None))

    def test_not_believed(self) -> None:
        """Who is no forwarder is not let in."""
        factory = ProxiedFactory(ServerFactory(), lambda host: False, Clock())
        self.assertIsNone(factory.buildProtocol(IPv4Address("TCP", "198.51.100.1", 1)))
