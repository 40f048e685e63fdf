"""The client's TLS policy under an Agent and treq, and certificates swapped while requests are under way."""

from __future__ import annotations

import treq
from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, HTTPConnectionPool, ResponseNeverReceived

from cicsms.web.tls import CertificateRefused, ClientTls, ServerContexts, Trust
from tests.live.httpd import Echo, listen
from tests.web.handshake import chain, credentials


class AgentTests(TestCase):
    """Real clients of others, with our policy."""

    timeout = 20

    def client(self, tls: ClientTls) -> HTTPClient:
        """Make a treq client over a kept-alive pool under a policy."""
        pool = HTTPConnectionPool(reactor, persistent=True)
        self.addCleanup(pool.closeCachedConnections)
        return HTTPClient(Agent(reactor, contextFactory=tls, pool=pool))

    async def test_treq(self) -> None:
        """Under treq it passes a sound chain, and fails on a faulty one with our reason among its own."""
        for fault in ("sound", "no-san"):
            made = chain(fault, host="localhost")
            port = await listen(reactor, Echo(), self.addCleanup, ServerContexts(credentials(made)))
            asked = self.client(ClientTls(Trust.of(made.trusted))).get(f"https://localhost:{port}/x")
            if fault == "sound":
                self.assertEqual(await treq.content(await asked), b"GET /x ")
            else:
                wrong = await self.assertFailure(asked, ResponseNeverReceived)
                self.assertIsInstance(wrong.reasons[0].value, CertificateRefused)

    async def test_reload(self) -> None:
        """A connection that is open outlives a swap of certificates; new ones see the new chain."""
        before, after = chain(host="localhost"), chain(host="localhost")
        contexts = ServerContexts(credentials(before))
        port = await listen(reactor, Echo(), self.addCleanup, contexts)
        old, new = (self.client(ClientTls(Trust.of(made.trusted))) for made in (before, after))
        await treq.content(await old.get(f"https://localhost:{port}/1"))
        contexts.reload(credentials(after))
        self.assertEqual(await treq.content(await old.get(f"https://localhost:{port}/2")), b"GET /2 ")
        self.assertEqual(await treq.content(await new.get(f"https://localhost:{port}/3")), b"GET /3 ")
