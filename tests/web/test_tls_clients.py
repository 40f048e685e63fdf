"""Mutual TLS: a client passes by name or fingerprint, and only on the ports that demand it."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs.issue import Issued
from cicsms.web.tls import CertificateRefused, Clients, ClientTls, ServerContexts, Trust
from tests.web.handshake import HOST, Side, chain, credentials, shake


class ClientsTests(SynchronousTestCase):
    """One server, a client with a certificate."""

    def setUp(self) -> None:
        """Make both sides' chains."""
        self.server = chain()
        self.client = chain("client-purpose", host="broker.example.test")

    def serve(self, **known: frozenset[str] | frozenset[bytes] | frozenset[int]) -> ServerContexts:
        """Serve those clients."""
        return ServerContexts(credentials(self.server), clients=Clients(self.client.trusted, **known))  # type: ignore[arg-type]

    def knock(self, port: IOpenSSLServerConnectionCreator, client: Issued | None) -> Side:
        """Connect; return the server's side."""
        tls = ClientTls(Trust.of(self.server.trusted), credentials(client) if client else None)
        return shake(port, tls.creator(HOST))[0]

    def test_by_name(self) -> None:
        """A client is known by its alternative name; another one of the same CA is refused, with the reason."""
        self.assertEqual(self.knock(self.serve(names=frozenset({"broker.example.test"})), self.client).got, b"hello")
        there = self.knock(self.serve(names=frozenset({"other.example.test"})), self.client)
        self.assertFalse(there.shaken)
        assert there.lost is not None
        there.lost.trap(CertificateRefused)
        self.assertIn("none of the known clients (its names: broker.example.test)", str(there.lost.value))

    def test_by_fingerprint(self) -> None:
        """A client is known by its fingerprint."""
        mark = self.client.leaf.fingerprint(hashes.SHA256())
        self.assertTrue(self.knock(self.serve(fingerprints=frozenset({mark})), self.client).shaken)
        self.assertFalse(self.knock(self.serve(fingerprints=frozenset({b"\0" * 32})), self.client).shaken)

    def test_other_trust(self) -> None:
        """A certificate of another CA is refused whatever it names; so is none."""
        known = self.serve(names=frozenset({"broker.example.test"}))
        self.assertFalse(self.knock(known, chain("client-purpose", host="broker.example.test")).shaken)
        self.assertFalse(self.knock(known, None).shaken)

    def test_ports(self) -> None:
        """Only the ports named demand a certificate, after a reload as well."""
        contexts = self.serve(names=frozenset({"broker.example.test"}), ports=frozenset({8443}))
        for _ in range(2):
            self.assertFalse(self.knock(contexts.at(8443), None).shaken)
            self.assertTrue(self.knock(contexts.at(8443), self.client).shaken)
            self.assertTrue(self.knock(contexts.at(9443), None).shaken)
            contexts.reload(credentials(self.server), clients=Clients(self.client.trusted, ports=frozenset({8443})))
