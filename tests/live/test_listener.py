"""The listener over real sockets: what StringTransport can't show."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, cast

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from cicsms.model.settings import Limits
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.listener import BrokerPort
from cicsms.web.paths import Endpoint, PathTable
from tests.web.listener_kit import POST, TAKEN, Reply, read_replies

reactor = cast(Any, installed)
PATIENCE = 5.0


class Sockets(TestCase):
    """One port with tiny limits; clients are plain sockets in a thread."""

    timeout = 30

    def setUp(self) -> None:
        """Listen on a free port."""
        endpoint = Endpoint(frozenset({"POST"}), "acme", self.answer)
        limits = Limits(body=2048, request_seconds=0.4, idle_seconds=0.4, connections=20)
        self.seen: list[HttpRequest] = []
        self.arrived: Deferred[None] = Deferred()
        self.delay = 0.0
        self.reply = TAKEN
        self.factory = BrokerPort(reactor, PathTable([("/mo", endpoint)]), limits)
        port = reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self.address = ("127.0.0.1", port.getHost().port)
        self.addCleanup(self.factory.drain)
        self.addCleanup(port.stopListening)

    def answer(self, request: HttpRequest) -> Deferred[HttpReply]:
        """Answer after a while."""
        self.seen.append(request)
        if not self.arrived.called:
            self.arrived.callback(None)
        return deferLater(reactor, self.delay, lambda: self.reply)

    async def play(self, client: Callable[[socket.socket], bytes]) -> list[Reply]:
        """Run a client in a thread; give the answers it read."""

        def run() -> bytes:
            """Run the client."""
            with socket.create_connection(self.address, PATIENCE) as wire:
                return client(wire)

        return read_replies(await deferToThread(run))

    async def test_post(self) -> None:
        """A POST over a real socket is answered, and the idle connection is closed after its limit."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST)
            return read_all(wire)

        self.assertEqual([reply.body for reply in await self.play(client)], [b"taken"])

    async def test_slow_headers(self) -> None:
        """A slow writer hears 408 at the total limit, however busily it writes."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.settimeout(0.02)
            for byte in POST[:-3] * 3:
                wire.sendall(bytes([byte]))
                try:
                    return wire.recv(4096) + read_all(wire)
                except TimeoutError:
                    continue
            return b""

        self.assertEqual([reply.status for reply in await self.play(client)], [408])
        self.assertEqual(self.seen, [])

    async def test_half_closed(self) -> None:
        """A client that shuts its side down right after the request still reads its answer."""
        self.delay = 0.05

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST)
            wire.shutdown(socket.SHUT_WR)
            return read_all(wire)

        self.assertEqual([reply.status for reply in await self.play(client)], [200])

    async def test_refused_while_it_writes(self) -> None:
        """A client that is still writing a body much too long reads 413, not a reset."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST.replace(b"Length: 2", b"Length: 3000000"))
            for _ in range(30):
                wire.sendall(b"x" * 100000)
            return read_all(wire)

        self.assertEqual([reply.status for reply in await self.play(client)], [413])

    async def test_tls_hello(self) -> None:
        """A TLS hello on a plain port hears 400 and the end."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + bytes(240))
            return read_all(wire)

        self.assertEqual([reply.status for reply in await self.play(client)], [400])

    async def test_slow_reader(self) -> None:
        """A client that asks and never reads is cut off; the server holds no more than a transport's worth for it."""
        self.reply = HttpReply(200, (), b"x" * 1_000_000)

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.settimeout(PATIENCE)
            try:
                while True:
                    wire.sendall(POST * 100)
            except ConnectionError:
                return b""

        await self.play(client)
        self.assertLessEqual(len(self.seen), 40)

    async def test_pipelined(self) -> None:
        """Two hundred requests in one write are answered in order, more than are taken at a time."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST * 200)
            return read_all(wire)

        self.assertEqual([reply.status for reply in await self.play(client)], [200] * 200)

    async def test_drained(self) -> None:
        """A drained port answers what is in flight, and then has no connection left."""
        self.delay = 0.1

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST)
            return read_all(wire)

        playing = Deferred.fromCoroutine(self.play(client))
        await self.arrived
        await self.factory.drain()
        self.assertEqual([reply.headers["connection"] for reply in await playing], ["close"])


def read_all(wire: socket.socket) -> bytes:
    """Read until the server closes; a reset is an error of the test."""
    wire.settimeout(PATIENCE)
    pieces = []
    while piece := wire.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)
