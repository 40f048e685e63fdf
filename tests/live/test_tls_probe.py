"""The probe against live servers: sound, faulty, old, silent, and none at all; always named, always in time."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions, TLSVersion
from twisted.trial.unittest import TestCase

from cicsms.certs import pem
from cicsms.certs.issue import Issued
from cicsms.certs.probed import Asked, judged
from cicsms.certs.verdict import Verdict
from cicsms.web.proxy import Proxy
from cicsms.web.tls import Clients, ServerContexts
from cicsms.web.tls_probe import Probe, probe
from tests.live.httpd import Echo, listen, serve_until_cleanup
from tests.live.proxyd import ProxyFactory, proxy
from tests.web.handshake import chain, credentials, serve


class Talker(Protocol):
    """Says something that is no TLS, as soon as it is called."""

    said = b""

    def connectionMade(self) -> None:
        """Say it."""
        if self.transport is not None:
            self.transport.write(self.said)


class ProbeTests(TestCase):
    """One live server."""

    timeout = 60

    def setUp(self) -> None:
        """Make a chain for loopback."""
        self.chain = chain(host="localhost")

    def file(self, made: Issued) -> str:
        """Write a chain's anchors."""
        path = Path(self.mktemp())
        path.write_bytes(pem.of_certificates(made.trusted))
        return str(path)

    async def verdict(self, what: Probe, made: Issued | None = None, expected: Issued | None = None) -> Verdict:
        """Probe, and judge by the anchors of a chain."""
        asked = Asked(what.asked, [self.file(made or self.chain)], expected=expected.sent if expected else None)
        return judged(await probe(reactor, what), asked, datetime.now(UTC))

    async def serving(self, creator: IOpenSSLServerConnectionCreator) -> int:
        """Serve under TLS."""
        return await listen(reactor, Echo(), self.addCleanup, creator)

    async def silent(self, said: bytes = b"") -> int:
        """Serve something that is no TLS."""
        kind = type("Said", (Talker,), {"said": said})
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        return await serve_until_cleanup(endpoint, Factory.forProtocol(kind), self.addCleanup)

    async def test_sound(self) -> None:
        """A sound server has nothing against it; version, protocol, and clock are seen."""
        port = await self.serving(serve(self.chain))
        seen = await probe(reactor, Probe("localhost", port))
        named = next(one.named for one in seen.addresses if not one.named.trouble)
        self.assertEqual((named.version, named.alpn, named.chain), ("TLSv1.3", "http/1.1", self.chain.sent))
        assert named.date is not None
        verdict = await self.verdict(Probe("127.0.0.1", port, name="localhost"), expected=self.chain)
        self.assertEqual(verdict.codes(), set())

    async def test_faults(self) -> None:
        """The chain as served is judged as files are, and held against a file."""
        for fault, codes in (
            ("missing-intermediate", {"CHAIN-MISSING-INTERMEDIATE", "PROBE-CHAIN-DIFFERS"}),
            ("leaf-expired", {"LEAF-EXPIRED", "PROBE-CHAIN-DIFFERS"}),
        ):
            made = chain(fault, host="localhost")
            port = await self.serving(serve(made))
            verdict = await self.verdict(Probe("127.0.0.1", port, name="localhost"), made, self.chain)
            self.assertEqual(verdict.codes(), codes)
            self.assertEqual(verdict.path[0].certificate.file, "127.0.0.1")

    async def test_name(self) -> None:
        """A client that names no server and gets another certificate, or a wrong one, is told of."""
        other = chain(host="other.test")
        port = await self.serving(ServerContexts(credentials(other), {"localhost": credentials(self.chain)}))
        self.assertEqual((await self.verdict(Probe("127.0.0.1", port, name="localhost"))).codes(), {"PROBE-SNI-DIFFERS"})
        wrong = await self.verdict(Probe("127.0.0.1", port, name="third.test"), other)
        self.assertEqual(wrong.codes(), {"NAME-MISMATCH"})

    async def test_old(self) -> None:
        """A server of old versions only is told, and its chain judged all the same."""
        options = CertificateOptions(
            privateKey=self.chain.key,  # type: ignore[arg-type]
            certificate=self.chain.leaf,  # type: ignore[arg-type]
            extraCertChain=list(self.chain.sent[1:]),  # type: ignore[arg-type]
            insecurelyLowerMinimumTo=TLSVersion.TLSv1_0,
            lowerMaximumSecurityTo=TLSVersion.TLSv1_2,
        )
        options.getContext().set_cipher_list(b"ALL:@SECLEVEL=0")
        port = await self.serving(options)
        codes = (await self.verdict(Probe("127.0.0.1", port, name="localhost"))).codes()
        self.assertEqual(codes, {"PROBE-TLS-OLD", "PROBE-NO-TLS13"})

    async def test_client_certificate(self) -> None:
        """A server that demands a certificate is told with the CA it names; one that refuses ours as well."""
        ours, theirs = chain("client-purpose", host="us.test"), chain("client-purpose", host="us.test")
        port = await self.serving(ServerContexts(credentials(self.chain), clients=Clients(ours.trusted)))
        bare = await self.verdict(Probe("127.0.0.1", port, name="localhost"))
        self.assertEqual(bare.codes(), {"PROBE-CLIENT-CERT-WANTED"})
        self.assertIn("demands", bare.findings[0].sentence)
        self.assertIn("CN=Server Group", bare.findings[0].remedy)
        good = Probe("127.0.0.1", port, name="localhost", identity=credentials(ours))
        self.assertEqual((await self.verdict(good)).codes(), set())
        bad = Probe("127.0.0.1", port, name="localhost", identity=credentials(theirs))
        self.assertEqual((await self.verdict(bad)).codes(), {"PROBE-CLIENT-CERT-REFUSED"})

    async def test_not_tls(self) -> None:
        """What greets, what answers HTTP, and a closed port are told apart."""
        for said in (b"220 mail.example.test ready\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(range(256)) * 40):
            verdict = await self.verdict(Probe("127.0.0.1", await self.silent(said)))
            self.assertEqual(verdict.codes(), {"PROBE-NOT-TLS"}, said[:20])
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.assertEqual((await self.verdict(Probe("127.0.0.1", taken.getsockname()[1]))).codes(), {"PROBE-CONNECT"})
        self.assertEqual((await self.verdict(Probe("nosuch.invalid"))).codes(), {"PROBE-CONNECT"})

    async def test_silence(self) -> None:
        """A server that accepts and says nothing costs the time allowed, and not more."""
        begun = reactor.seconds()
        verdict = await self.verdict(Probe("127.0.0.1", await self.silent(), timeout=0.3))
        self.assertEqual(verdict.codes(), {"PROBE-HANDSHAKE"})
        self.assertIn("0.3 s", verdict.findings[0].sentence)
        self.assertLess(reactor.seconds() - begun, 2)

    async def test_huge(self) -> None:
        """A server that sends a chain of megabytes is cut off, and named."""
        made = Issued(self.chain.recipe, self.chain.made, "")
        heavy = credentials(made)
        port = await self.serving(ServerContexts(type(heavy)(heavy.certificate, heavy.key, heavy.chain * 400)))
        self.assertIn("PROBE-HANDSHAKE", (await self.verdict(Probe("127.0.0.1", port, name="localhost"))).codes())

    async def test_proxy(self) -> None:
        """By a proxy the same chain is seen; its refusal is told as its own."""
        port = await self.serving(serve(self.chain))
        through = await proxy(reactor, ProxyFactory(reactor), self.addCleanup)
        right = Probe("localhost", port, proxy=Proxy("127.0.0.1", through, "me", "secret"))
        self.assertEqual((await self.verdict(right)).codes(), set())
        wrong = Probe("localhost", port, proxy=Proxy("127.0.0.1", through, "me", "no"))
        verdict = await self.verdict(wrong)
        self.assertEqual(verdict.codes(), {"PROBE-PROXY-REFUSED"})
        self.assertIn("407", verdict.findings[0].sentence)

    async def test_plain(self) -> None:
        """Plain HTTP beside HTTPS is told with what it says; a closed port is silence."""
        port, open_port = await self.serving(serve(self.chain)), await listen(reactor, Echo(), self.addCleanup)
        verdict = await self.verdict(Probe("127.0.0.1", port, name="localhost", plain=open_port))
        self.assertEqual(verdict.codes(), {"PROBE-PLAIN-HTTP-OPEN"})
        self.assertIn("HTTP/1.1 200", verdict.findings[0].sentence)
        closed = await self.verdict(Probe("127.0.0.1", port, name="localhost", plain=1))
        self.assertEqual(closed.codes(), set())
