"""How fast requests go out: the sender beside a treq loop, in clear and under TLS, in turns, against one sink.

Run with ``python -m benchmarks.sender``. The sink is a process of its own that answers a constant.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, cast

import treq
from treq.client import HTTPClient
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import TCP4ServerEndpoint, wrapServerTLS
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import react
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers

from cicsms.certs.folder import provide
from cicsms.model.wire import HttpRequest
from cicsms.web.sender import Leg, Network, Sender
from cicsms.web.tls import ClientTls, ServerContexts, Trust, read_credentials

REQUESTS = 3000
IN_FLIGHT = 32
TURNS = 3
BODY = b"To=%2B15550100&From=%2B15550199&Body=hello+from+the+benchmark&StatusCallback=https%3A%2F%2Fcic.example%2Fr"
FORM = b"application/x-www-form-urlencoded"
SAID = b'{"sid": "SM0001"}'
REPLY = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(SAID) + SAID

Send = Callable[[str, int], Awaitable[object]]


class Sink(Protocol):
    """Answers every request with a constant, once its body has come."""

    def __init__(self) -> None:
        self._seen = b""

    def dataReceived(self, data: bytes) -> None:
        """Answer what is whole."""
        self._seen += data
        if self._seen.endswith(BODY) and self.transport is not None:
            self._seen = b""
            self.transport.write(REPLY)


async def sink(reactor: Any, folder: Path) -> None:
    """Print the two ports, in clear and under TLS, and serve until the process is ended."""
    contexts = ServerContexts(read_credentials(folder / "fullchain.pem", folder / "server.key"))
    plain = TCP4ServerEndpoint(reactor, 0, backlog=1000, interface="127.0.0.1")
    secure = wrapServerTLS(contexts, TCP4ServerEndpoint(reactor, 0, backlog=1000, interface="127.0.0.1"), clock=reactor)
    ports = [await endpoint.listen(Factory.forProtocol(Sink)) for endpoint in (plain, secure)]
    print(*(cast(IPv4Address, port.getHost()).port for port in ports), flush=True)
    await Deferred()


def by_sender(sender: Sender, tls: ClientTls) -> Send:
    """Send as the server does."""
    leg = Leg(tls=tls)

    async def send(scheme: str, port: int) -> None:
        """Send one message and hold its answer."""
        request = HttpRequest("POST", b"/Messages.json", ((b"Content-Type", FORM),), BODY, scheme, f"localhost:{port}")
        assert (await sender.send(request, 30, leg)).body == SAID

    return send


def by_treq(client: HTTPClient) -> Send:
    """Send with treq over its pool."""

    async def send(scheme: str, port: int) -> None:
        """Send one message and hold its answer."""
        reply = await client.post(
            f"{scheme}://localhost:{port}/Messages.json", data=BODY, headers=Headers({b"Content-Type": [FORM]}), timeout=30
        )
        assert await treq.content(reply) == SAID

    return send


async def rate(send: Send, scheme: str, port: int) -> float:
    """Return the requests a second with a fixed number under way."""
    left = iter(range(REQUESTS))

    async def lane() -> None:
        """Send one after the other while any are left."""
        for _ in left:
            await send(scheme, port)

    begun = perf_counter()
    await gatherResults([Deferred.fromCoroutine(lane()) for _ in range(IN_FLIGHT)])
    return REQUESTS / (perf_counter() - begun)


def compare(reactor: Any) -> Deferred[None]:
    """Start the sink, let the two take turns, and print rates and ratio."""
    folder = TemporaryDirectory()
    provide(Path(folder.name), hosts=["localhost"], now=datetime.now(UTC))
    tls = ClientTls(Trust.file(Path(folder.name) / "trust.pem"))
    other = Popen([sys.executable, "-m", "benchmarks.sender", folder.name], stdout=PIPE, text=True)
    assert other.stdout is not None
    ports = [int(port) for port in other.stdout.readline().split()]

    def end(result: Failure | None) -> Failure | None:
        other.terminate()
        other.communicate()
        folder.cleanup()
        return result

    return Deferred.fromCoroutine(turns(reactor, tls, ports)).addBoth(end)


async def turns(reactor: Any, tls: ClientTls, ports: list[int]) -> None:
    """Measure each in turn, so that both see the same noise."""
    pool = HTTPConnectionPool(reactor, persistent=True)
    pool.maxPersistentPerHost = IN_FLIGHT
    sender = Sender(reactor, Network(reactor))
    ways = {"treq": by_treq(HTTPClient(Agent(reactor, contextFactory=tls, pool=pool))), "sender": by_sender(sender, tls)}
    for scheme, port in zip(("http", "https"), ports, strict=True):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, way in ways.items():
                rates[name].append(await rate(way, scheme, port))
        treqs, ours = median(rates["treq"]), median(rates["sender"])
        print(f"{scheme:6} treq {treqs:7.0f}/s   sender {ours:7.0f}/s   ratio {ours / treqs:.2f}   ({IN_FLIGHT} in flight)")
    await sender.close()
    await pool.closeCachedConnections()


def main(reactor: Any, *folder: str) -> Deferred[None]:
    """Compare, or be the sink."""
    return Deferred.fromCoroutine(sink(reactor, Path(folder[0]))) if folder else compare(reactor)


if __name__ == "__main__":
    react(main, sys.argv[1:])
