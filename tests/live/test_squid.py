"""The sender through a real squid: credentials, tunnels, TLS to the proxy and inside it, and every way it can say no."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from attrs import evolve
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from cicsms.certs.issue import Issued, issue
from cicsms.certs.recipe import recipe
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.sender import Leg, Network, NotSent, Proxy, Sender
from cicsms.web.tls import ClientTls, Trust
from tests.live.httpd import Echo, listen
from tests.live.squid import MISSING, Squid
from tests.web.handshake import chain, serve

LOGINS = {"me": "secret", "me2": "se:cr et%41", "bürö": "größe"}


def short_chain() -> Issued:
    """Make a certificate signed by the root itself: a squid built with GnuTLS, as Debian's is, sends no CA along."""
    sound = recipe()
    server = evolve(sound.certificates["server"], issuer="root")
    drawn = evolve(sound, certificates={**sound.certificates, "server": server}, sent=("server",))
    return issue(drawn, hosts=["localhost"], now=datetime.now(UTC))


class SquidTests(TestCase):
    """One squid, one broker."""

    timeout = 60
    skip = MISSING or None

    def setUp(self) -> Deferred[None]:  # type: ignore[override]
        """Start squid with a chain of its own, and a sender."""
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        self.theirs, self.brokers = short_chain(), chain(host="localhost")
        self.squid = Squid(self.theirs, LOGINS)
        await self.squid.start(reactor, self.addCleanup)
        self.sender = Sender(reactor, Network(reactor))
        self.addCleanup(self.sender.close)
        self.echo = Echo()

    async def port(self, *, secure: bool) -> int:
        """Serve the broker."""
        return await listen(reactor, self.echo, self.addCleanup, serve(self.brokers) if secure else None)

    def leg(self, login: str = "me", password: str = "secret", *, secure: bool = False, trust: Trust | None = None) -> Leg:
        """Go by squid, over TLS or in clear; the broker's anchors are for the broker alone."""
        tls = ClientTls(trust or Trust.of(self.theirs.trusted)) if secure else None
        proxy = Proxy("localhost", self.squid.secure if secure else self.squid.clear, login, password, tls)
        return Leg("acme", ClientTls(Trust.of(self.brokers.trusted)), proxy)

    async def post(self, port: int, leg: Leg, scheme: str) -> HttpReply:
        """Send a message with the broker's secret on it."""
        headers = ((b"Authorization", b"broker-secret"),)
        return await self.sender.send(HttpRequest("POST", b"/mt?x=1", headers, b"hi", scheme, f"localhost:{port}"), 10, leg)

    async def refused(self, port: int, leg: Leg, scheme: str) -> str:
        """Hold that nothing is sent, and return what is said."""
        try:
            reply = await self.post(port, leg, scheme)
        except NotSent as wrong:
            self.assertEqual(self.echo.got, [])
            return str(wrong)
        raise self.failureException(reply)

    async def test_clear(self) -> None:
        """A plain request is forwarded, in clear or over TLS; the proxy's credentials never reach the broker."""
        port = await self.port(secure=False)
        for secure in (False, True):
            reply = await self.post(port, self.leg(secure=secure), "http")
            self.assertEqual((reply.status, reply.body), (200, b"POST /mt?x=1 hi"))
        for _, _, headers in self.echo.got:
            self.assertNotIn(b"proxy-authorization", headers)
            self.assertEqual(headers[b"authorization"], b"broker-secret")

    async def test_tunnel(self) -> None:
        """An https request goes through CONNECT, in clear or inside TLS, and squid notes host and port, nothing else."""
        port = await self.port(secure=True)
        for secure in (False, True):
            leg = self.leg(secure=secure)
            for _ in range(2):
                self.assertEqual((await self.post(port, leg, "https")).body, b"POST /mt?x=1 hi")
        await self.sender.close()
        noted = "\n".join(self.squid.log())
        self.assertEqual(noted.count(f"CONNECT localhost:{port}"), 2)
        self.assertNotIn("/mt", noted)

    async def test_logins(self) -> None:
        """Colons, blanks, percent signs and letters of other languages in a login are told rightly."""
        port = await self.port(secure=True)
        for login, password in LOGINS.items():
            self.assertEqual((await self.post(port, self.leg(login, password), "https")).status, 200, login)

    async def test_wrong_login(self) -> None:
        """Wrong credentials, or none, are one clear error, for http and https, and are tried once."""
        for scheme in ("http", "https"):
            port = await self.port(secure=scheme == "https")
            for login, password in (("me", "wrong"), ("", ""), ("me", "")):
                said = await self.refused(port, self.leg(login, password), scheme)
                self.assertIn("it refuses our login and password, or wants some (407)", said)
        await self.sender.close()
        self.assertEqual(len(self.squid.log()), 6)

    async def test_no_way(self) -> None:
        """What squid forbids, and a broker it can't reach, are its refusals; nobody goes round it."""
        self.assertIn("(403)", await self.refused(1, self.leg(), "https"))
        self.assertIn("(503)", await self.refused(2, self.leg(), "https"))

    async def test_trust(self) -> None:
        """The proxy is not trusted with the broker's anchors, nor the broker with the proxy's."""
        port = await self.port(secure=True)
        said = await self.refused(port, self.leg(secure=True, trust=Trust.of(self.brokers.trusted)), "https")
        self.assertIn("The proxy localhost", said)
        swapped = Leg("acme", ClientTls(Trust.of(self.theirs.trusted)), self.leg().proxy)
        self.assertIn("was not reached: CA certificate 1", await self.refused(port, swapped, "https"))

    async def test_environment(self) -> None:
        """Proxies named in the environment count for nothing."""
        port = await self.port(secure=False)
        names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy")
        self.patch(os, "environ", {**os.environ, **dict.fromkeys(names, f"http://localhost:{self.squid.clear}")})
        self.assertEqual((await self.post(port, Leg(), "http")).status, 200)
        self.assertEqual(self.squid.log(), [])
