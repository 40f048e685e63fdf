"""The listener under TLS, where the end of a connection is another matter."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, cast

from twisted.internet import reactor as installed
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import TestCase

from cicsms.model.settings import Limits
from cicsms.web.listener import BrokerPort
from cicsms.web.paths import Endpoint, PathTable
from cicsms.web.tls import ServerContexts
from tests.live.test_listener import PATIENCE, read_all
from tests.web.handshake import chain, credentials
from tests.web.listener_kit import POST, TAKEN, read_replies

reactor = cast(Any, installed)


class Encrypted(TestCase):
    """One HTTPS port with tiny limits; clients are sockets in a thread."""

    timeout = 30

    def setUp(self) -> None:
        """Listen on a free port, with a chain of its own."""
        endpoint = Endpoint(frozenset({"POST"}), "acme", lambda request: TAKEN)
        limits = Limits(body=2048, request_seconds=0.5, idle_seconds=0.5)
        self.factory = BrokerPort(reactor, PathTable([("/mo", endpoint)]), limits, "https")
        contexts = ServerContexts(credentials(chain(host="localhost")))
        port = reactor.listenTCP(0, TLSMemoryBIOFactory(contexts, False, self.factory), interface="127.0.0.1")
        self.address = ("127.0.0.1", port.getHost().port)
        self.addCleanup(self.factory.drain)
        self.addCleanup(port.stopListening)

    async def play(self, client: Callable[[socket.socket], bytes], encrypted: bool = True) -> bytes:
        """Run a client in a thread; the chain is not its concern."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        def run() -> bytes:
            """Run the client."""
            with socket.create_connection(self.address, PATIENCE) as plain:
                if not encrypted:
                    return client(plain)
                with context.wrap_socket(plain) as wire:
                    return client(wire)

        return await deferToThread(run)

    async def test_kept(self) -> None:
        """Requests are answered on one connection, which is closed in order after the idle limit."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST + POST)
            return read_all(wire)

        self.assertEqual([reply.status for reply in read_replies(await self.play(client))], [200, 200])

    async def test_closed(self) -> None:
        """An answer that ends the connection arrives whole, with an end the client can tell from a cut."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST.replace(b"Host", b"Connection: close\r\nHost"))
            return read_all(wire)

        self.assertEqual([reply.body for reply in read_replies(await self.play(client))], [b"taken"])

    async def test_refused_while_it_writes(self) -> None:
        """A client that is still writing a body much too long reads 413, not a reset."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST.replace(b"Length: 2", b"Length: 300000"))
            for _ in range(3):
                wire.sendall(b"x" * 100000)
            return read_all(wire)

        self.assertEqual([reply.status for reply in read_replies(await self.play(client))], [413])

    async def test_slow(self) -> None:
        """Half a request hears 408."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST[:20])
            return read_all(wire)

        self.assertEqual([reply.status for reply in read_replies(await self.play(client))], [408])

    async def test_stalled_handshake(self) -> None:
        """A client that never begins the handshake is cut off."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            try:
                return read_all(wire)
            except ConnectionError:
                return b""

        self.assertEqual(await self.play(client, encrypted=False), b"")

    async def test_plain_http(self) -> None:
        """Plain HTTP on a TLS port ends at once: nothing of it is answered in the clear."""

        def client(wire: socket.socket) -> bytes:
            """Talk to it."""
            wire.sendall(POST)
            try:
                return read_all(wire)
            except ConnectionError:
                return b""

        self.assertNotIn(b"HTTP/1.1", await self.play(client, encrypted=False))
        self.assertEqual(self.factory.counters.requests, 0)

    async def test_refused_by_the_client(self) -> None:
        """A client that does not trust our chain is told in the log with its alert, and counted."""

        def client() -> None:
            """Talk to it."""
            context = ssl.create_default_context()
            with socket.create_connection(self.address, PATIENCE) as plain, contextlib.suppress(ssl.SSLError):
                context.wrap_socket(plain, server_hostname="localhost").close()

        with capturedLogs() as events:
            await deferToThread(client)
            while not self.factory.counters.refused:
                await deferLater(reactor, 0.01)
        self.assertEqual(dict(self.factory.counters.refused), {"the TLS handshake failed": 1})
        (said,) = [event for event in events if "why" in event]
        self.assertEqual((said["peer"], said["why"]), ("127.0.0.1", "tlsv1 alert unknown ca"))
