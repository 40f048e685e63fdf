"""A small HTTP proxy on loopback: Basic credentials, CONNECT, and plain forwarding to nowhere but its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, wrapServerTLS
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from cicsms.model.wire import basic_credentials
from tests.live.httpd import serve_until_cleanup


class ProxyFactory(Factory):
    """Makes the connections of a proxy that wants ``login`` and ``password``; ``heads`` keeps what it was told in clear."""

    noisy = False

    def __init__(self, reactor: Any, login: str = "me", password: str = "secret") -> None:
        self.reactor = reactor
        self.expected = b"Proxy-Authorization: " + basic_credentials(login, password)
        self.heads: list[bytes] = []
        self.inner = b""

    def buildProtocol(self, addr: object) -> Protocol:
        """Make one."""
        return ProxySide(self)


class ProxySide(Protocol):
    """The proxy's end of a client's connection."""

    def __init__(self, factory: ProxyFactory) -> None:
        self._proxy = factory
        self._head = b""
        self._onward: ITransport | None = None

    def write(self, data: bytes) -> None:
        """Send to the client."""
        if self.transport is not None:
            self.transport.write(data)

    def dataReceived(self, data: bytes) -> None:
        """Read the head, then pass on."""
        if self._onward is not None:
            self._proxy.inner += data
            self._onward.write(data)
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            head, self._head = self._head, b""
            self._decide(head)

    def _decide(self, head: bytes) -> None:
        """Refuse, open a tunnel, or answer a plain request itself."""
        self._proxy.heads.append(head)
        if self._proxy.expected not in head.split(b"\r\n"):
            self.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 6\r\n\r\nno way")
        elif head.startswith(b"CONNECT "):
            host, port = head.split()[1].decode().rsplit(":", 1)
            onward = TCP4ClientEndpoint(self._proxy.reactor, "127.0.0.1", int(port))
            onward.connect(Factory.forProtocol(lambda: Onward(self))).addErrback(self._unreachable, host)
        else:
            self.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nforwarded")

    def opened(self, onward: ITransport) -> None:
        """Begin to pass on."""
        self._onward = onward
        self.write(b"HTTP/1.1 200 Connection established\r\nProxy-Agent: test\r\n\r\n")

    def _unreachable(self, _: Failure, host: str) -> None:
        """Say that there is no such host."""
        self.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Close the other half."""
        if self._onward is not None:
            self._onward.loseConnection()


class Onward(Protocol):
    """The proxy's end of a connection to a destination."""

    def __init__(self, client: ProxySide) -> None:
        self._client = client

    def connectionMade(self) -> None:
        """Open the tunnel."""
        if self.transport is not None:
            self._client.opened(self.transport)

    def dataReceived(self, data: bytes) -> None:
        """Pass back."""
        self._client.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Close the other half."""
        if self._client.transport is not None:
            self._client.transport.loseConnection()


async def proxy(
    reactor: Any, factory: ProxyFactory, cleanup: Callable[..., object], tls: IOpenSSLServerConnectionCreator | None = None
) -> int:
    """Run a proxy on a free port of loopback until the test ends; return the port."""
    endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    return await serve_until_cleanup(endpoint if tls is None else wrapServerTLS(tls, endpoint, clock=reactor), factory, cleanup)
