"""The sender over real sockets: in clear, under TLS, and through proxies."""

from __future__ import annotations

import socket

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.sender import Leg, Network, NoAnswer, NotSent, Proxy, Sender
from cicsms.web.tls import ClientTls, Trust
from tests.live.httpd import Echo, listen, serve_until_cleanup
from tests.live.proxyd import ProxyFactory, proxy
from tests.web.handshake import chain, serve


class Greeting(Protocol):
    """Talks first, and not HTTP."""

    def connectionMade(self) -> None:
        """Greet."""
        if self.transport is not None:
            self.transport.write(b"220 mail.example.test ready\r\n")


class LiveSenderTests(TestCase):
    """One sender, real peers on loopback."""

    timeout = 20

    def setUp(self) -> None:
        """Make a sender, a resource and a chain for loopback."""
        self.sender = Sender(reactor, Network(reactor))
        self.addCleanup(self.sender.close)
        self.echo = Echo()
        self.chain = chain(host="localhost")
        self.tls = ClientTls(Trust.of(self.chain.trusted))

    async def port(self, *, secure: bool = False) -> int:
        """Serve the resource."""
        return await listen(reactor, self.echo, self.addCleanup, serve(self.chain) if secure else None)

    async def ask(self, port: int, scheme: str = "http", leg: Leg | None = None, target: bytes = b"/a?b=%7e+") -> HttpReply:
        """Post to a port."""
        request = HttpRequest("POST", target, ((b"Authorization", b"broker-secret"),), b"hi", scheme, f"localhost:{port}")
        return await self.sender.send(request, 5, leg or Leg(tls=self.tls))

    async def refused(
        self, wanted: type[Exception], port: int, scheme: str = "http", leg: Leg | None = None, target: bytes = b"/"
    ) -> str:
        """Post, hold that it fails in the way expected, and return what is said."""
        request = HttpRequest("POST", target, (), b"x", scheme, f"localhost:{port}")
        return await self.failed(self.sender.send(request, 5, leg or Leg(tls=self.tls)), wanted)

    async def failed(self, sent: Deferred[HttpReply], wanted: type[Exception]) -> str:
        """Hold that a request fails in the way expected, and return what is said."""
        try:
            reply = await sent
        except wanted as wrong:
            return str(wrong)
        raise self.failureException(f"{reply} instead of {wanted}")

    async def test_clear(self) -> None:
        """In clear a request arrives as it is, and its answer comes back; headers are whole."""
        reply = await self.ask(await self.port())
        self.assertEqual((reply.status, reply.body), (200, b"POST /a?b=%7e+ hi"))
        self.assertTrue(self.echo.got[0][2][b"user-agent"].startswith(b"cicsms/"))

    async def test_tls(self) -> None:
        """Under TLS as well, and many requests share a handshake."""
        port = await self.port(secure=True)
        for _ in range(5):
            self.assertEqual((await self.ask(port, "https")).body, b"POST /a?b=%7e+ hi")

    async def test_untrusted(self) -> None:
        """A chain nobody trusts, or a wrong name, ends before the request leaves, with the reason."""
        port = await self.port(secure=True)
        said = await self.refused(NotSent, port, "https", Leg(tls=ClientTls(Trust.of(chain().trusted))))
        self.assertIn("CN=CIC CA", said)
        wrong = HttpRequest("POST", b"/", (), b"x", "https", f"127.0.0.1:{port}")
        failed = await self.failed(self.sender.send(wrong, 5, Leg(tls=self.tls)), NotSent)
        self.assertIn("it names localhost, not 127.0.0.1", failed)
        self.assertEqual(self.echo.got, [])

    async def test_not_there(self) -> None:
        """A closed port, a plain port where TLS is expected, and TLS where plain is expected are told apart."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.assertIn("refuses connections", await self.refused(NotSent, taken.getsockname()[1]))
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        greeting = await serve_until_cleanup(endpoint, Factory.forProtocol(Greeting), self.addCleanup)
        self.assertIn("TLS failed", await self.refused(NotSent, greeting, "https"))
        await self.refused(NoAnswer, greeting)
        await self.refused(NoAnswer, await self.port(secure=True))

    async def test_no_such_host(self) -> None:
        """A name that can be none, or is not known, ends before anything is sent."""
        for scheme in ("http", "https"):
            for host in ("a..b", "nosuch.invalid", "x" * 64 + ".test"):
                sent = self.sender.send(HttpRequest("POST", b"/", (), b"x", scheme, host), 5, Leg(tls=self.tls))
                await self.failed(sent, NotSent)

    async def test_no_answer(self) -> None:
        """A broken connection and silence after the request are no answers."""
        port = await self.port()
        await self.refused(NoAnswer, port, target=b"/cut")
        hanging = self.sender.send(HttpRequest("GET", b"/hang", authority=f"localhost:{port}"), 0.3)
        self.assertIn("0.3 s", await self.failed(hanging, NoAnswer))

    async def test_connect(self) -> None:
        """Through CONNECT the proxy sees the destination and its own credentials, and nothing of the request."""
        factory = ProxyFactory(reactor)
        through = await proxy(reactor, factory, self.addCleanup)
        leg = Leg(tls=self.tls, proxy=Proxy("localhost", through, "me", "secret"))
        port = await self.port(secure=True)
        for _ in range(2):
            self.assertEqual((await self.ask(port, "https", leg)).body, b"POST /a?b=%7e+ hi")
        self.assertEqual(len(factory.heads), 1)
        self.assertTrue(factory.heads[0].startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % port))
        self.assertNotIn(b"broker-secret", factory.heads[0] + factory.inner)

    async def test_tls_in_tls(self) -> None:
        """TLS to the proxy is checked against the proxy's name and trust, TLS through it against the destination's."""
        theirs = chain(host="localhost")
        factory = ProxyFactory(reactor)
        through = await proxy(reactor, factory, self.addCleanup, serve(theirs))
        port = await self.port(secure=True)
        right = Proxy("localhost", through, "me", "secret", ClientTls(Trust.of(theirs.trusted)))
        self.assertEqual((await self.ask(port, "https", Leg(tls=self.tls, proxy=right))).status, 200)
        wrong = Proxy("localhost", through, "me", "secret", self.tls)
        said = await self.refused(NotSent, port, "https", Leg(tls=self.tls, proxy=wrong))
        self.assertIn("The proxy localhost", said)
        self.assertIn("refused", said)
        stranger = ClientTls(Trust.of(theirs.trusted))
        self.assertIn("CN=CIC CA", await self.refused(NotSent, port, "https", Leg(tls=stranger, proxy=right)))

    async def test_forwarded_to_a_stranger(self) -> None:
        """A plain request to a proxy whose certificate is refused has not left: sending again is safe."""
        through = await proxy(reactor, ProxyFactory(reactor), self.addCleanup, serve(chain(host="localhost")))
        leg = Leg(proxy=Proxy("localhost", through, "me", "secret", self.tls))
        self.assertIn("refused", await self.refused(NotSent, 81, "http", leg))

    async def test_proxy_says_no(self) -> None:
        """Wrong credentials, a destination the proxy can't reach, and no proxy at all are one clear error each."""
        through = await proxy(reactor, ProxyFactory(reactor), self.addCleanup)
        port = await self.port(secure=True)
        leg = Leg(tls=self.tls, proxy=Proxy("localhost", through, "me", "wrong"))
        self.assertIn("(407)", await self.refused(NotSent, port, "https", leg))
        self.assertIn("(407)", await self.refused(NotSent, await self.port(), "http", leg))
        leg = Leg(tls=self.tls, proxy=Proxy("localhost", through, "me", "secret"))
        self.assertIn("(502)", await self.refused(NotSent, 1, "https", leg))
        nowhere = Leg(tls=self.tls, proxy=Proxy("localhost", 1))
        self.assertIn("The proxy localhost:1", await self.refused(NotSent, port, "https", nowhere))
        self.assertEqual(self.echo.got, [])

    async def test_silent_proxy(self) -> None:
        """A proxy that accepts and says nothing costs the time allowed, and the request was not sent."""
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        silent = await serve_until_cleanup(endpoint, Factory.forProtocol(Protocol), self.addCleanup)
        leg = Leg(tls=self.tls, proxy=Proxy("localhost", silent))
        sent = self.sender.send(HttpRequest("POST", b"/", (), b"x", "https", "localhost:1"), 0.3, leg)
        self.assertIn("0.3 s", await self.failed(sent, NotSent))

    async def test_forwarded(self) -> None:
        """A plain request goes to the proxy in its absolute form, in clear or by TLS."""
        for secure in (False, True):
            factory = ProxyFactory(reactor)
            through = await proxy(reactor, factory, self.addCleanup, serve(self.chain) if secure else None)
            leg = Leg(proxy=Proxy("localhost", through, "me", "secret", self.tls if secure else None))
            self.assertEqual((await self.ask(81, "http", leg)).body, b"forwarded")
            self.assertTrue(factory.heads[0].startswith(b"POST http://localhost:81/a?b=%7e+ HTTP/1.1\r\n"))
