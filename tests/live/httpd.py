"""A web server on loopback for live tests: answers what it is asked, keeps what it got, in clear or under TLS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint, wrapServerTLS
from twisted.internet.interfaces import IListeningPort, IOpenSSLServerConnectionCreator, IProtocolFactory, IStreamServerEndpoint
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site


class Echo(Resource):
    """Answers every request with its own method, target and body; ``/hang`` never, ``/cut`` with a broken connection."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[bytes, bytes, dict[bytes, bytes]]] = []

    def render(self, request: Request) -> bytes | int:
        """Answer."""
        self.got.append((request.method, request.uri, {n.lower(): v[0] for n, v in request.requestHeaders.getAllRawHeaders()}))
        if request.path == b"/hang":
            return NOT_DONE_YET
        if request.path == b"/cut":
            cast(Any, request).transport.abortConnection()
            return NOT_DONE_YET
        return b"%s %s %s" % (request.method, request.uri, cast(Any, request).content.read())


async def listen(
    reactor: Any, resource: Resource, cleanup: Callable[..., object], tls: IOpenSSLServerConnectionCreator | None = None
) -> int:
    """Serve a resource on a free port of loopback until the test ends; return the port."""
    endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    site = Site(resource, reactor=reactor)
    site.noisy = False
    return await serve_until_cleanup(endpoint if tls is None else wrapServerTLS(tls, endpoint, clock=reactor), site, cleanup)


async def serve_until_cleanup(endpoint: IStreamServerEndpoint, factory: IProtocolFactory, cleanup: Callable[..., object]) -> int:
    """Listen until the test ends; return the port."""
    port: IListeningPort = await endpoint.listen(factory)
    cleanup(stop, port)
    return cast(IPv4Address, port.getHost()).port


def stop(port: IListeningPort) -> Deferred[None] | None:
    """Stop listening."""
    stopped: Deferred[None] | None = port.stopListening()
    return stopped
