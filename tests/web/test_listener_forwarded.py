"""Forwarded headers: believed only from the configured networks."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.web.forwarded import Caller, Forwarders
from tests.web.listener_kit import POST, House

OURS = Forwarders([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


def peer(connected: str, *values: bytes) -> str:
    """Resolve the peer."""
    return OURS.caller(connected, "http", values, ()).peer


class Peers(SynchronousTestCase):
    """Who called."""

    def test_stranger(self) -> None:
        """A stranger's header is not believed."""
        self.assertEqual(peer("192.0.2.9", b"198.51.100.1"), "192.0.2.9")

    def test_one_proxy(self) -> None:
        """Our proxy's header names the caller."""
        self.assertEqual(peer("10.0.0.1", b"198.51.100.1"), "198.51.100.1")

    def test_forged(self) -> None:
        """What the caller wrote itself stands left of what our proxy added, and is not believed."""
        self.assertEqual(peer("10.0.0.1", b"203.0.113.5, 198.51.100.1"), "198.51.100.1")

    def test_chain(self) -> None:
        """Our own proxies are skipped, over several headers, too."""
        self.assertEqual(peer("10.0.0.1", b"203.0.113.5,198.51.100.1", b"10.0.0.2 , 10.1.1.1"), "198.51.100.1")

    def test_all_ours(self) -> None:
        """Where all are ours, it is the first of them."""
        self.assertEqual(peer("10.0.0.1", b"10.0.0.3, 10.0.0.2"), "10.0.0.3")

    def test_no_header(self) -> None:
        """Without a header it is the proxy."""
        self.assertEqual(peer("10.0.0.1"), "10.0.0.1")

    def test_spellings(self) -> None:
        """Ports and brackets are taken off, IPv6 is written one way."""
        self.assertEqual(peer("10.0.0.1", b"198.51.100.1:4711"), "198.51.100.1")
        self.assertEqual(peer("fd00::1", b"[2001:DB8::1]:4711"), "2001:db8::1")
        self.assertEqual(peer("fd00::1", b"2001:db8:0::1"), "2001:db8::1")

    def test_mapped(self) -> None:
        """An IPv4 address in IPv6 clothes is judged as IPv4."""
        self.assertTrue(OURS.trusted("::ffff:10.0.0.1"))

    def test_junk(self) -> None:
        """Junk ends the search: what stands left of it is not believed."""
        self.assertEqual(peer("10.0.0.1", b"198.51.100.1, unknown, 10.0.0.2"), "10.0.0.2")
        self.assertEqual(peer("10.0.0.1", b""), "10.0.0.1")

    def test_scheme(self) -> None:
        """The scheme is believed of our proxies alone, and only http or https."""
        self.assertEqual(OURS.caller("10.0.0.1", "http", (), (b"HTTPS",)), Caller("10.0.0.1", "https"))
        self.assertEqual(OURS.caller("10.0.0.1", "http", (), (b"gopher",)).scheme, "http")
        self.assertEqual(OURS.caller("192.0.2.9", "http", (), (b"https",)).scheme, "http")

    @given(st.text(max_size=10), st.lists(st.binary(max_size=40), max_size=3))
    def test_anything(self, connected: str, values: list[bytes]) -> None:
        """No header makes it fail."""
        OURS.caller(connected, "http", values, values)

    def test_forwarded(self) -> None:
        """The header of RFC 7239 says the same, where the others are absent; junk and hidden names end the search."""
        for value, expected in (
            (b"for=198.51.100.1;proto=https", Caller("198.51.100.1", "https")),
            (b'For="[2001:db8::1]:4711"; Proto=HTTPS;by=10.0.0.1', Caller("2001:db8::1", "https")),
            (b"for=203.0.113.5, for=198.51.100.1, for=10.0.0.2;proto=http", Caller("198.51.100.1", "http")),
            (b"for=198.51.100.1, for=_hidden", Caller("10.0.0.1", "http")),
            (b"proto=https", Caller("10.0.0.1", "https")),
            (b";;=,", Caller("10.0.0.1", "http")),
        ):
            self.assertEqual(OURS.caller("10.0.0.1", "http", (), (), (value,)), expected, value)
        both = OURS.caller("10.0.0.1", "http", (b"198.51.100.1",), (), (b"for=203.0.113.5",))
        self.assertEqual(both.peer, "198.51.100.1")
        self.assertEqual(OURS.caller("192.0.2.9", "http", (), (), (b"for=203.0.113.5",)).peer, "192.0.2.9")

    def test_bounded_memory(self) -> None:
        """Addresses are remembered up to a bound."""
        forwarders = Forwarders([ip_network("10.0.0.0/8")])
        for index in range(5000):
            forwarders.trusted(f"192.0.{index // 250}.{index % 250}")
        self.assertLess(len(forwarders._known), 5000)


class Requests(SynchronousTestCase):
    """Forwarded headers on their way through a port."""

    def test_through(self) -> None:
        """The endpoint sees who really called; without configured networks it sees the connection."""
        raw = POST.replace(b"Host", b"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\nHost")
        house = House()
        client = house.client()
        client.ask(raw)
        house.port.forwarders = Forwarders([ip_network("192.168.0.0/16")])
        client.ask(raw)
        seen = [(request.peer, request.scheme) for request in house.requests]
        self.assertEqual(seen, [("192.168.1.1", "http"), ("198.51.100.1", "https")])
