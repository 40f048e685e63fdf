"""A probe of a live host: every address, with and without the server's name, old versions, plain HTTP beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from attrs import frozen
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver, IStreamClientEndpoint, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.certs.served import Address, Served, Trouble
from cicsms.web.proxy import ConnectEndpoint, Proxy
from cicsms.web.tls_files import Credentials
from cicsms.web.tls_probe_shake import Manner, shake


@frozen
class Probe:
    """What is probed: host and port, the server name sent and proved (the host, unless told), by which way, and how long.

    ``plain`` is the port that should not answer in clear; 0 where none is tried. ``timeout`` is in seconds, for each step.
    """

    host: str
    port: int = 443
    name: str = ""
    proxy: Proxy | None = None
    identity: Credentials | None = None
    plain: int = 0
    timeout: float = 10.0

    @property
    def asked(self) -> str:
        """The name the server is to prove."""
        return self.name or self.host

    @property
    def sent(self) -> str:
        """The name as the handshake carries it; empty for an address."""
        try:
            ip_address(self.asked)
        except ValueError:
            return self.asked.rstrip(".").encode("idna").decode("ascii").lower()
        return ""


async def probe(reactor: Any, what: Probe) -> Served:
    """Probe a host; always ends with what was seen, within a few times the time given."""
    at = datetime.fromtimestamp(reactor.seconds(), UTC)
    if what.proxy is not None:
        way = ConnectEndpoint(reactor, what.proxy, what.host, what.port)
        name = f"{what.host}:{what.port} by the proxy {what.proxy.host}:{what.proxy.port}"
        return Served(what.host, what.port, (await _address(reactor, what, name, way),), at, what.identity is not None)
    addresses = await _addresses(reactor, what)
    if not addresses:
        return Served(what.host, what.port, (), at, trouble=f"The name {what.host} is not known to the resolver.")
    tries = [Deferred.fromCoroutine(_address(reactor, what, one, _way(reactor, one, what.port))) for one in addresses]
    seen: list[Address] = await gatherResults(tries)
    plain = await _plain(reactor, what, addresses[0]) if what.plain else ""
    return Served(what.host, what.port, tuple(seen), at, what.identity is not None, plain)


async def _address(reactor: Any, what: Probe, address: str, way: IStreamClientEndpoint) -> Address:
    """Look at one address; where nothing speaks TLS in time, once is enough."""
    head = f"HEAD / HTTP/1.1\r\nHost: {what.sent or what.asked}\r\nConnection: close\r\n\r\n".encode("ascii")
    named = await shake(reactor, way, Manner(what.sent, identity=what.identity, head=head), what.timeout)
    if named.trouble in (Trouble.CONNECT, Trouble.PROXY, Trouble.NOT_TLS, Trouble.SILENCE):
        return Address(address, named)
    unnamed = await shake(reactor, way, Manner(identity=what.identity), what.timeout) if what.sent else None
    old = await shake(reactor, way, Manner(what.sent, old=True, identity=what.identity), what.timeout)
    return Address(address, named, unnamed, old)


def _way(reactor: Any, address: str, port: int) -> IStreamClientEndpoint:
    """Return the way to an address."""
    kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
    way: IStreamClientEndpoint = kind(reactor, address, port)
    return way


async def _addresses(reactor: Any, what: Probe) -> tuple[str, ...]:
    """Return every address of the host, in the resolver's order; none where it is not known in time."""
    found = _Found()
    reactor.nameResolver.resolveHostName(found, what.host, what.port)
    timer = reactor.callLater(what.timeout, found.resolutionComplete)
    addresses = await found.complete
    if timer.active():
        timer.cancel()
    return addresses


@implementer(IResolutionReceiver)
class _Found:
    """Gathers the addresses of a name."""

    def __init__(self) -> None:
        self.complete: Deferred[tuple[str, ...]] = Deferred()
        self._addresses: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Begin."""

    def addressResolved(self, address: IAddress) -> None:
        """Note one."""
        if isinstance(address, IPv4Address | IPv6Address) and address.host not in self._addresses:
            self._addresses.append(address.host)

    def resolutionComplete(self) -> None:
        """End."""
        if not self.complete.called:
            self.complete.callback(tuple(self._addresses))


async def _plain(reactor: Any, what: Probe, address: str) -> str:
    """Say what answers in clear; empty where nothing does."""
    asking = _Plain(b"HEAD / HTTP/1.1\r\nHost: " + what.asked.encode("idna") + b"\r\nConnection: close\r\n\r\n")
    connecting: Deferred[Any] = _way(reactor, address, what.plain).connect(Factory.forProtocol(lambda: asking))
    timer = reactor.callLater(what.timeout, asking.stop, connecting)
    connecting.addErrback(lambda _: asking.stop())
    line = await asking.line
    if timer.active():
        timer.cancel()
    return f"port {what.plain} says {line}" if line.startswith("HTTP/") else ""


class _Plain(Protocol):
    """Asks in clear, and keeps the first line of the answer."""

    transport: ITCPTransport | None

    def __init__(self, head: bytes) -> None:
        self.line: Deferred[str] = Deferred()
        self._head = head
        self._got = b""

    def connectionMade(self) -> None:
        """Ask."""
        if self.transport is not None:
            self.transport.write(self._head)

    def dataReceived(self, data: bytes) -> None:
        """Keep the first line."""
        self._got += data
        if b"\n" in self._got or len(self._got) > 1000:
            self.stop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Be content with what came."""
        self.stop()

    def stop(self, connecting: Deferred[Any] | None = None) -> None:
        """Tell the line."""
        if not self.line.called:
            line = self._got.partition(b"\n")[0].decode("latin-1").strip()[:80]
            self.line.callback("".join(c if c.isprintable() else "?" for c in line))
        if self.transport is not None:
            self.transport.abortConnection()
        if connecting is not None:
            connecting.addErrback(lambda failure: failure.trap(CancelledError)).cancel()
