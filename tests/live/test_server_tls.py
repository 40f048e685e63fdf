"""The server process and its certificates: refused before it listens, chosen by name, swapped under traffic, and reported."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import treq
from cryptography import x509
from treq.client import HTTPClient
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, HTTPConnectionPool, ResponseNeverReceived
from twisted.web.http_headers import Headers

from cicsms.certs.folder import provide
from cicsms.web.tls import ClientTls, Credentials, Trust, read_credentials
from tests.live.servers import HERE, NETWORK, TOKEN, Api, free_ports, server

CONFIGURATION = """
[[brokers]]
name = "kannel"
profile = "kannel"
encryption = "https"
accounts = [{{ id = "main", local_addresses = [{{ address = "12345" }}] }}]
mo = {{ port = {mo}, path = "/kannel/mo" }}
"""


class CertificateTests(TestCase):
    """One server with an HTTPS port."""

    timeout = 120

    def setUp(self) -> None:
        """Lay it, not started yet."""
        self.mo, api = free_ports(2)
        self.api = Api(api)
        self.folder = Path(self.mktemp()).absolute()
        self.certs = self.folder / "certs"
        self.server = server(self.folder / "server", CONFIGURATION.format(mo=self.mo), api)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.server.kill()))

    def issue(self, name: str = "certs", fault: str = "sound", host: str = "localhost") -> Path:
        """Issue a chain into a folder of its own."""
        folder = self.folder / name
        provide(folder, hosts=[host], now=datetime.now(UTC), fault=fault)
        return folder

    def site(self, more: str = "") -> None:
        """Name the certificates in the site file."""
        with (self.folder / "server" / "site.toml").open("a") as site:
            site.write(f'[tls]\ncertificate = "{self.certs}/fullchain.pem"\nkey = "{self.certs}/server.key"\n{more}\n')

    async def serial(self, name: str) -> int:
        """Return the serial number of the certificate served to a client that asks for a name (empty: none)."""
        return x509.load_der_x509_certificate(await deferToThread(served, self.mo, name)).serial_number

    async def refusal(self) -> str:
        """Hold that the command ends with 1, and return what it said."""
        words = self.server.command
        out, err, code = await getProcessOutputAndValue(words[0], words[1:], path=str(self.folder / "server"), reactor=NETWORK)
        said = bytes(out + err).decode()
        self.assertEqual(code, 1, said)
        self.assertNotIn("Traceback", said)
        return said

    async def test_refused(self) -> None:
        """A chain with an error is refused at the start, with code, certificate and remedy."""
        self.issue(fault="missing-intermediate")
        self.site()
        said = await self.refusal()
        for word in ("CHAIN-MISSING-INTERMEDIATE", "CN=localhost", "accept ="):
            self.assertIn(word, said)

    async def test_accepted(self) -> None:
        """With its code accepted the chain is served; log, API and metrics tell of it, and of the days that are left."""
        self.issue(fault="self-signed")
        self.site('accept = ["LEAF-SELF-SIGNED"]')
        await self.server.start()
        _, health = await self.api.call("GET", "/api/v1/health")
        (certificate,) = health["certificates"]
        self.assertEqual((certificate["name"], certificate["findings"]), ("default", ["LEAF-SELF-SIGNED"]))
        self.assertAlmostEqual(certificate["days"], 365, delta=1)
        token = Headers({"Authorization": [f"Bearer {TOKEN}"]})
        reply = await treq.get(f"{self.api.url}/metrics", headers=token, persistent=False)
        self.assertRegex(await treq.text_content(reply), r'cicsms_certificate_days\{name="default"\} 36[45]\.')
        self.assertIn("LEAF-SELF-SIGNED", self.server.said())

    async def test_names(self) -> None:
        """Two names on one port get their own certificates; an unknown one, and none, the default."""
        self.issue()
        second = self.issue("second", host="b.example.test")
        more = f'others = [{{ certificate = "{second}/fullchain.pem", key = "{second}/server.key" }}]'
        self.site(f'names = ["localhost"]\n{more}')
        await self.server.start()
        serials = [await self.serial(name) for name in ("localhost", "B.Example.Test", "c.test", "")]
        self.assertEqual((serials[0], serials[2], len(set(serials))), (serials[3], serials[3], 2))

    async def test_reload_under_traffic(self) -> None:
        """Certificates are renewed five times while requests run, on kept and new connections: none is dropped."""
        self.issue()
        self.site(f'trust = "{self.certs}/trust.pem"')
        await self.server.start()
        trust = Trust.file(self.certs / "trust.pem")
        seen = {await self.serial("localhost")}
        self.ended = False
        clients = [self.client(trust, persistent=kept) for kept in (True, True, False, False)]
        asking = gatherResults([Deferred.fromCoroutine(self.ask_on(client)) for client in clients])
        for turn in range(5):
            self.renew(days=100 + turn)
            self.assertEqual((await self.api.call("POST", "/api/v1/reload"))[0], 204)
            seen.add(await self.serial("localhost"))
            await deferLater(NETWORK, 0.1)
        self.ended = True
        answered: Sequence[int] = await asking
        self.assertGreater(min(answered), 5)
        self.assertEqual(len(seen), 6)

    async def test_mutual(self) -> None:
        """A port that demands a certificate serves the client that is named, and refuses one without, with a word in the log."""
        self.issue()
        ours = self.issue("ours", fault="client-purpose", host="broker.example.test")
        self.site(f'names = ["localhost"]\nclients = {{ trust = "{ours}/trust.pem", names = ["broker.example.test"] }}')
        await self.server.start()
        trust = Trust.file(self.certs / "trust.pem")
        known = read_credentials(ours / "fullchain.pem", ours / "server.key")
        url = f"https://localhost:{self.mo}/kannel/mo"
        reply = await self.client(trust, persistent=False, identity=known).get(url)
        self.assertEqual((reply.code, await treq.content(reply)), (200, b"alive\n"))
        await self.assertFailure(self.client(trust, persistent=False).get(url), ResponseNeverReceived)
        while "TLS handshake with 127.0.0.1 failed: peer did not return a certificate" not in self.server.said():
            await deferLater(NETWORK, 0.05)

    async def test_bad_reload(self) -> None:
        """A pair that does not fit is refused with its faults, and the old one goes on serving."""
        self.issue()
        self.site(f'trust = "{self.certs}/trust.pem"')
        await self.server.start()
        before = await self.serial("localhost")
        stranger = self.issue("stranger")
        (self.certs / "server.key").write_bytes((stranger / "server.key").read_bytes())
        status, said = await self.api.call("POST", "/api/v1/reload")
        self.assertEqual((status, said["errors"][0]["rule"]), (422, "tls-key-mismatch"))
        self.assertEqual(await self.serial("localhost"), before)

    def renew(self, days: float) -> None:
        """Renew the server certificate under the same root."""
        (self.certs / "server.pem").unlink()
        provide(self.certs, hosts=["localhost"], now=datetime.now(UTC), days=days)

    def client(self, trust: Trust, *, persistent: bool, identity: Credentials | None = None) -> HTTPClient:
        """Make a client that keeps its connections, or does not, and shows a certificate, or none."""
        pool = HTTPConnectionPool(NETWORK, persistent=persistent)
        pool.retryAutomatically = False
        self.addCleanup(pool.closeCachedConnections)
        return HTTPClient(Agent(NETWORK, contextFactory=ClientTls(trust, identity), pool=pool))

    async def ask_on(self, client: HTTPClient) -> int:
        """Ask until told to end; return how often an answer came. A request that fails, fails the test."""
        count = 0
        while not self.ended:
            reply = await client.get(f"https://localhost:{self.mo}/kannel/mo")
            self.assertEqual((reply.code, await treq.content(reply)), (200, b"alive\n"))
            count += 1
        return count


def served(port: int, name: str) -> bytes:
    """Return the certificate a port serves to a client that asks for a name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((HERE, port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name or None) as wire,
    ):
        return wire.getpeercert(True) or b""
