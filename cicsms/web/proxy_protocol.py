"""The PROXY protocol, versions 1 and 2: who really called, told by a reverse proxy before the first byte of TLS or HTTP.

https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any, cast

from attrs import frozen
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocol, IReactorTime, ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import directlyProvides, providedBy

_ONE = re.compile(rb"PROXY (?:UNKNOWN[^\r\n]*|(TCP4|TCP6) (\S+) \S+ (\d{1,5}) \d{1,5})\r\n")
_ONE_LIMIT = 107
_TWO = b"\r\n\r\n\0\r\nQUIT\n"
_TWO_LIMIT = 4096
PATIENCE = 5.0
"""Seconds for the header to come; a proxy sends it at once."""


class NoHeader(ValueError):
    """What came is no header of the PROXY protocol."""


@frozen
class Header:
    """A header that was read: the caller (``None``: the proxy itself, as in health checks), and how many bytes it took."""

    caller: IAddress | None
    size: int


def read(data: bytes) -> Header | None:
    """Read a header off the beginning; ``None`` while it is not whole, ``NoHeader`` where it is none."""
    if data.startswith(_TWO):
        return _second(data)
    if not _TWO.startswith(data[:12]) and not b"PROXY ".startswith(data[:6]):
        raise NoHeader("the connection begins with something else")
    if data.startswith(b"PROXY "):
        return _first(data)
    return None


def _first(data: bytes) -> Header | None:
    """Read version 1: a line of text."""
    end = data.find(b"\n", 0, _ONE_LIMIT)
    if end < 0:
        if len(data) >= _ONE_LIMIT:
            raise NoHeader("the line does not end")
        return None
    match = _ONE.fullmatch(data[: end + 1])
    if match is None:
        raise NoHeader("the line can't be read")
    if match[1] is None:
        return Header(None, end + 1)
    try:
        return Header(_address(ipaddress.ip_address(match[2].decode("ascii")), int(match[3])), end + 1)
    except ValueError as wrong:
        raise NoHeader("the line names no address") from wrong


def _second(data: bytes) -> Header | None:
    """Read version 2: octets of fixed places; what follows the addresses is skipped."""
    if len(data) < 16:
        return None
    command, family, length = data[12], data[13], int.from_bytes(data[14:16], "big")
    if command not in (0x20, 0x21) or length > _TWO_LIMIT:
        raise NoHeader("the command or the length is none that exists")
    size = 16 + length
    if len(data) < size:
        return None
    if command == 0x20:
        return Header(None, size)
    if family == 0x11 and length >= 12:
        return Header(_address(ipaddress.IPv4Address(data[16:20]), int.from_bytes(data[24:26], "big")), size)
    if family == 0x21 and length >= 36:
        return Header(_address(ipaddress.IPv6Address(data[16:32]), int.from_bytes(data[48:50], "big")), size)
    return Header(None, size)


def _address(host: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> IAddress:
    """Make an address as transports give them."""
    kind = IPv4Address if host.version == 4 else IPv6Address
    return kind("TCP", str(host), port)


class ProxiedFactory(WrappingFactory["Proxied"]):
    """Lets in only proxies that are believed, and only behind a header; everything else is closed."""

    noisy = False
    log = Logger()

    def __init__(self, inner: Any, believed: Callable[[str], bool], clock: IReactorTime, name: str = "") -> None:
        super().__init__(inner)  # type: ignore[no-untyped-call]
        self.protocol = Proxied
        self.clock = clock
        self._believed = believed
        self._name = name

    def buildProtocol(self, addr: IAddress | None) -> Proxied | None:  # type: ignore[override]
        """Make a connection, if a believed proxy asks for it."""
        host = getattr(addr, "host", "")
        if not self._believed(host):
            self.log.warn("port {port} speaks the PROXY protocol; {host} is none of the forwarders", port=self._name, host=host)
            return None
        return super().buildProtocol(addr)

    def refused(self, host: str, why: str) -> None:
        """Say that a proxy did not send its header."""
        self.log.warn("port {port}: {host} sent no PROXY header: {why}", port=self._name, host=host, why=why)


class Proxied(ProtocolWrapper):
    """A connection whose header is read first; afterwards every byte passes, and the peer is the one the header named."""

    factory: Any
    transport: Any

    def __init__(self, factory: ProxiedFactory, inner: IProtocol) -> None:
        super().__init__(factory, inner)
        self._head: bytes | None = b""
        self._caller: IAddress | None = None
        self._timer: IDelayedCall | None = None

    def makeConnection(self, transport: ITransport) -> None:
        """Wait for the header before the inner protocol learns of the connection."""
        directlyProvides(self, providedBy(transport))
        Protocol.makeConnection(self, transport)
        self.factory.registerProtocol(self)
        self._timer = self.factory.clock.callLater(PATIENCE, self._refuse, f"nothing for {PATIENCE:g} s")

    def getPeer(self) -> IAddress:
        """Return who called."""
        peer: IAddress = self._caller or self.transport.getPeer()
        return peer

    def dataReceived(self, data: bytes) -> None:
        """Take the header, then pass everything on."""
        if self._head is None:
            self.wrappedProtocol.dataReceived(data)
            return
        self._head += data
        try:
            header = read(self._head)
        except NoHeader as wrong:
            self._refuse(str(wrong))
            return
        if header is not None:
            self._begin(header)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the inner protocol, if it knows of the connection."""
        self._stop()
        if self._head is None:
            super().connectionLost(reason)  # type: ignore[no-untyped-call]
        else:
            self.factory.unregisterProtocol(self)

    def _begin(self, header: Header) -> None:
        """Let the inner protocol in."""
        self._stop()
        rest = (self._head or b"")[header.size :]
        self._head = None
        self._caller = header.caller
        self.wrappedProtocol.makeConnection(cast(ITransport, self))
        if rest:
            self.wrappedProtocol.dataReceived(rest)

    def _refuse(self, why: str) -> None:
        """Close: without a header nobody knows who called."""
        self._stop()
        self.factory.refused(self.transport.getPeer().host, why)
        self.transport.abortConnection()

    def _stop(self) -> None:
        """Stop waiting."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
