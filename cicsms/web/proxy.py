"""HTTP proxies: how a destination is reached through one, in clear or by CONNECT, with TLS to the proxy itself or not."""

from __future__ import annotations

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import (
    IAddress,
    IHandshakeListener,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.model.wire import HttpReply, basic_credentials
from cicsms.web.sender_errors import NotSent, ReplyUnreadable, why
from cicsms.web.sender_reply import ReplyLimits, ReplyReader
from cicsms.web.tls_client import ClientTls

_LIMITS = ReplyLimits(head=16 * 2**10, headers=100, body=64 * 2**10)


@frozen
class Proxy:
    """An HTTP proxy with Basic credentials (empty login: none); ``tls`` is the trust for TLS to the proxy itself."""

    host: str
    port: int
    login: str = ""
    password: str = field(default="", repr=False)
    tls: ClientTls | None = field(default=None, repr=False)

    @property
    def authorization(self) -> bytes:
        """The value of Proxy-Authorization; empty where no login is set."""
        return basic_credentials(self.login, self.password) if self.login else b""

    def endpoint(self, reactor: object) -> IStreamClientEndpoint:
        """Return the way to the proxy."""
        plain: IStreamClientEndpoint = HostnameEndpoint(reactor, self.host, self.port)
        return plain if self.tls is None else wrapClientTLS(self.tls.creator(self.host), plain, clock=reactor)  # type: ignore[arg-type]

    def said(self, why: str) -> str:
        """Make a sentence about this proxy."""
        return f"The proxy {self.host}:{self.port}: {why}."


@implementer(IStreamClientEndpoint)
class ConnectEndpoint:
    """A tunnel through a proxy (CONNECT, RFC 9110, 9.3.6): what connects by it speaks with the destination itself.

    The destination's TLS goes inside (``wrapClientTLS`` around this), so the proxy sees none of it.
    """

    def __init__(self, reactor: object, proxy: Proxy, host: str, port: int) -> None:
        self._reactor = reactor
        self._proxy = proxy
        self._authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Ask the proxy for a tunnel; fires with the protocol inside it, or fails with ``NotSent``."""
        tunnel = Tunnel(self._proxy, self._authority, protocolFactory)
        connected = self._proxy.endpoint(self._reactor).connect(_Tunnels(tunnel))
        connected.addErrback(lambda failure: Failure(NotSent(self._proxy.said(why(failure)))))
        return connected.addCallback(lambda _: tunnel.inside)


@implementer(IHandshakeListener)
class Tunnel(Protocol):
    """Asks for a tunnel, then steps aside: every byte goes to and from the protocol inside it."""

    transport: ITCPTransport

    def __init__(self, proxy: Proxy, authority: str, factory: IProtocolFactory) -> None:
        self.inside: Deferred[IProtocol] = Deferred(lambda _: self.transport.abortConnection())
        self._proxy = proxy
        self._authority = authority.encode("idna" if not authority.isascii() else "ascii")
        self._factory = factory
        self._through: IProtocol | None = None
        self._reader = ReplyReader(_LIMITS, bodiless=True)
        self._address: IAddress | None = None

    def connectionMade(self) -> None:
        """Ask; over TLS, once the proxy has proved its name."""
        if self._proxy.tls is None:
            self._ask()

    def handshakeCompleted(self) -> None:
        """Ask over TLS; the handshake of the destination inside is not this one."""
        self._ask()

    def _ask(self) -> None:
        """Write the CONNECT request."""
        lines = [b"CONNECT " + self._authority + b" HTTP/1.1", b"Host: " + self._authority]
        if self._proxy.authorization:
            lines.append(b"Proxy-Authorization: " + self._proxy.authorization)
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n")

    def dataReceived(self, data: bytes) -> None:
        """Read the proxy's reply; afterwards pass everything inside."""
        if self._through is not None:
            self._through.dataReceived(data)
            return
        try:
            reply = self._reader.feed(data)
        except ReplyUnreadable as wrong:
            self._refuse(str(wrong).rstrip("."))
            return
        if reply is not None:
            self._open(reply)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell whoever is concerned: the protocol inside, or whoever waits for the tunnel."""
        if self._through is not None:
            self._through.connectionLost(reason)
        elif not self.inside.called:
            self.inside.errback(NotSent(self._proxy.said(why(reason))))

    def _open(self, reply: HttpReply) -> None:
        """Step aside where the proxy agreed."""
        if not 200 <= reply.status < 300:
            self._refuse(refusal(reply))
            return
        protocol = self._factory.buildProtocol(self.transport.getPeer())
        if protocol is None:
            self._refuse("nobody wants the tunnel")
            return
        self._through = protocol
        protocol.makeConnection(self.transport)
        self.inside.callback(protocol)

    def _refuse(self, said: str) -> None:
        """End the connection and say why."""
        self.transport.abortConnection()
        if not self.inside.called:
            self.inside.errback(NotSent(self._proxy.said(said)))


def refusal(reply: HttpReply) -> str:
    """Say what a proxy's refusal means."""
    if reply.status == 407:
        return "it refuses our login and password, or wants some (407)"
    return f"it refuses the tunnel ({reply.status})"


class _Tunnels(Factory):
    """Makes the one tunnel it is given."""

    noisy = False

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel

    def buildProtocol(self, addr: IAddress | None) -> Tunnel:
        """Return the tunnel."""
        return self._tunnel
