"""The way to each broker: its own trust, its own client certificate, and a proxy that is not trusted with the broker's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import pem
from cicsms.certs.folder import provide
from cicsms.certs.issue import Issued
from cicsms.model.errors import Rejected
from cicsms.model.settings import Broker
from cicsms.pipeline.legs import leg
from cicsms.web.sender import Leg
from cicsms.web.tls import Clients, ServerContexts, read_certificates
from tests.web.handshake import HOST, chain, credentials, serve, shake


class LegTests(SynchronousTestCase):
    """Legs of brokers, by their handshakes with servers of known chains."""

    def setUp(self) -> None:
        """Make three chains: the node's trust, the broker's, and the proxy's."""
        self.ours, self.brokers, self.proxys = chain(), chain(), chain()
        self.trust = self.file(self.ours)

    def file(self, made: Issued) -> Path:
        """Write a chain's anchors."""
        path = Path(self.mktemp())
        path.write_bytes(pem.of_certificates(made.trusted))
        return path

    def leg(self, **settings: Any) -> Leg:
        """Make a broker's leg."""
        return leg(Broker(name="acme", profile="acme", **settings), self.trust)

    def trusts(self, found: IOpenSSLClientConnectionCreator) -> list[bool]:
        """Tell which of the three chains pass."""
        return [shake(serve(made), found)[1].shaken for made in (self.ours, self.brokers, self.proxys)]

    def creator(self, found: Leg) -> IOpenSSLClientConnectionCreator:
        """Connect as a leg does."""
        assert found.tls is not None
        return found.tls.creator(HOST)

    def test_trust(self) -> None:
        """A broker is trusted by the node's anchors, by its own file, or by the system's, never by two of them."""
        self.assertEqual(self.trusts(self.creator(self.leg())), [True, False, False])
        self.assertEqual(self.trusts(self.creator(self.leg(trust=self.file(self.brokers)))), [False, True, False])
        self.assertEqual(self.trusts(self.creator(self.leg(trust=Path("system")))), [False, False, False])

    def test_pinned(self) -> None:
        """With pinned certificates exactly these may serve."""
        path = Path(self.mktemp())
        path.write_bytes(pem.of_certificates([self.brokers.leaf]))
        self.assertEqual(self.trusts(self.creator(self.leg(trust=path, pinned=True))), [False, True, False])

    def test_proxy(self) -> None:
        """TLS to a proxy trusts the node's anchors or the proxy's own file; the broker's trust counts for nothing there."""
        proxy = {"address": "proxy.test:3128", "encryption": "ssl"}
        for own, expected in (({}, [True, False, False]), ({"trust": self.file(self.proxys)}, [False, False, True])):
            found = self.leg(trust=self.file(self.brokers), proxy={**proxy, **own})
            assert found.proxy is not None
            assert found.proxy.tls is not None
            self.assertEqual(self.trusts(found.proxy.tls.creator(HOST)), expected)
            self.assertEqual(self.trusts(self.creator(found)), [False, True, False])

    def test_client(self) -> None:
        """A broker's client certificate is shown to that broker, and to no proxy."""
        folder = Path(self.mktemp())
        provide(folder, hosts=["us.test"], now=datetime.now(UTC), fault="client-purpose")
        shown = {"certificate": folder / "server.pem", "key": folder / "server.key", "chain": folder / "chain.pem"}
        anchors = read_certificates(folder / "trust.pem")
        port = ServerContexts(credentials(self.ours), clients=Clients(anchors, names=frozenset({"us.test"})))
        found = self.leg(client=shown, proxy={"address": "proxy.test:3128", "encryption": "ssl"})
        self.assertTrue(shake(port, self.creator(found))[0].shaken)
        assert found.proxy is not None
        assert found.proxy.tls is not None
        self.assertFalse(shake(port, found.proxy.tls.creator(HOST))[0].shaken)
        self.assertRaises(Rejected, self.leg, client={**shown, "key": self.trust})
