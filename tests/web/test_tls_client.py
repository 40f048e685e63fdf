"""Outgoing TLS refuses what it can't prove, and says which check failed on which certificate."""

from __future__ import annotations

from pathlib import Path

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface.verify import verifyObject

from cicsms.certs import pem
from cicsms.certs.issue import Issued
from cicsms.model.errors import Rejected
from cicsms.web.tls import CertificateRefused, Clients, ClientTls, ServerContexts, Trust
from tests.web.handshake import HOST, chain, credentials, named, serve, shake, trusting


class ClientTests(SynchronousTestCase):
    """The client's side of a handshake."""

    def refusal(self, server: ServerContexts, client: IOpenSSLClientConnectionCreator) -> str:
        """Shake hands, hold that nothing was sent, and return why the client refused."""
        there, here = shake(server, client)
        self.assertFalse(here.shaken)
        self.assertEqual(there.got, b"")
        assert here.lost is not None
        here.lost.trap(CertificateRefused)
        return str(here.lost.value)

    def test_accepts(self) -> None:
        """A sound chain under a given root is accepted, over TLS 1.3, and data flows both ways."""
        made = chain()
        there, here = shake(serve(made), trusting(made))
        self.assertEqual((there.got, here.got), (b"hello", b"hello"))
        assert there.facts is not None
        assert here.facts is not None
        self.assertEqual((there.facts.version, there.facts.name), ("TLSv1.3", HOST))
        self.assertEqual(there.facts.cipher, here.facts.cipher)

    def test_spelling(self) -> None:
        """Upper case and a trailing dot name the same host; the handshake carries it in lower case, without the dot."""
        made = chain()
        there, _ = shake(serve(made), trusting(made, "SMS.Example.Test."))
        self.assertTrue(there.shaken)
        assert there.facts is not None
        self.assertEqual(there.facts.name, HOST)

    def test_address(self) -> None:
        """An IP address is compared with the addresses of the certificate, and no server name is sent."""
        for host in ("127.0.0.1", "::1"):
            made = chain(host=host)
            there, here = shake(serve(made), trusting(made, host))
            self.assertTrue(here.shaken)
            assert there.facts is not None
            self.assertEqual(there.facts.name, "")

    def test_no_alternative_name(self) -> None:
        """A certificate of a trusted CA without alternative names is refused for every host."""
        made = chain("no-san")
        self.assertIn("subjectAltName", self.refusal(serve(made), trusting(made)))

    def test_mail_only(self) -> None:
        """A certificate with an e-mail address as its only name is refused."""
        made = named(["sms@example.test"])
        self.assertIn("subjectAltName", self.refusal(serve(made), trusting(made)))

    def test_malformed_name(self) -> None:
        """A certificate with a malformed name is refused, even where a good one stands beside it."""
        for names in (["a.*.example"], ["a.*.example", HOST], ["*"], [""]):
            made = named(names)
            self.assertIn("can't be used", self.refusal(serve(made), trusting(made)))

    def test_other_host(self) -> None:
        """The refusal names the names the certificate has, and the host that was asked for."""
        made = chain("name-mismatch")
        said = self.refusal(serve(made), trusting(made))
        self.assertIn("it names other.example.test, not sms.example.test", said)
        self.assertIn(f"{made.leaf.serial_number:x}", said)

    def test_wildcard_depth(self) -> None:
        """A wildcard covers one label only."""
        made = chain("wildcard-depth")
        self.assertIn("it names *.sms.example.test", self.refusal(serve(made), trusting(made, made.asked)))

    def test_chains(self) -> None:
        """Each broken chain is refused with the check that failed and the certificate it failed on."""
        for name, said in {
            "leaf-expired": "server certificate of sms.example.test was refused: it has expired",
            "ca-expired": "CA certificate 1 above the server certificate of sms.example.test was refused: it has expired (",
            "leaf-not-yet-valid": "it is not valid yet",
            "missing-intermediate": "its issuer is neither sent along nor trusted",
            "ca-reissued": "its issuer is neither sent along nor trusted",
            "untrusted-root": "its issuer is neither sent along nor trusted (subject CN=CIC CA",
            "self-signed": "it is self-signed and not trusted",
            "client-purpose": "its extended key usage does not allow a server",
            "ca-not-ca": "it is used as a CA and is not one",
            "name-constraints": "a CA above it does not allow its name",
        }.items():
            made = chain(name)
            self.assertIn(said, self.refusal(serve(made), trusting(made)), name)

    def test_root_sent_is_not_trusted(self) -> None:
        """A root that comes with the chain is no anchor."""
        made = chain("root-sent")
        self.assertIn("the root above it is not trusted", self.refusal(serve(made), trusting(chain())))

    def test_system_trust(self) -> None:
        """A private chain is nothing the system trusts."""
        self.assertIn("issuer", self.refusal(serve(chain()), ClientTls(Trust.system()).creator(HOST)))

    def test_agent(self) -> None:
        """The policy fits an Agent, and makes the same creators for it."""
        made = chain()
        policy = ClientTls(Trust.of(made.trusted))
        verifyObject(IPolicyForHTTPS, policy)
        self.assertTrue(shake(serve(made), policy.creatorForNetloc(HOST.encode(), 443))[1].shaken)
        self.assertIn("it names", self.refusal(serve(made), policy.creatorForNetloc(b"other.test", 443)))

    def test_what_twisted_would_do(self) -> None:
        """Twisted's own creator passes a certificate without alternative names; the day it refuses, ours may go."""
        made = chain("no-san")
        roots = trustRootFromCertificates([Certificate.loadPEM(pem.of_certificates(made.trusted))])
        there, _ = shake(serve(made), optionsForClientTLS(HOST, trustRoot=roots))
        self.assertEqual(there.got, b"hello")
        self.flushLoggedErrors()

    def test_no_host(self) -> None:
        """A host that can be none is a ValueError, before any connection."""
        for host in ("", "a..b", "x" * 64 + ".test"):
            with self.assertRaises(ValueError):
                ClientTls(Trust.system()).creator(host)


class PinTests(SynchronousTestCase):
    """Trust in exactly one certificate."""

    def shaken(self, made: Issued, trust: Trust, host: str = HOST) -> bool:
        """Tell whether a client of this trust accepts the chain."""
        return shake(serve(made), ClientTls(trust).creator(host))[1].shaken

    def test_pinned(self) -> None:
        """The pinned certificate passes without its chain being known, self-signed or not; another of the same CA does not."""
        made = chain()
        self.assertTrue(self.shaken(made, Trust.pins([made.leaf])))
        self.assertFalse(self.shaken(chain(), Trust.pins([made.leaf])))
        self.assertFalse(self.shaken(made, Trust.pins([made.sent[1]])))
        alone = chain("self-signed")
        self.assertTrue(self.shaken(alone, Trust.pins([alone.leaf])))

    def test_names_and_dates_count(self) -> None:
        """A pinned certificate is still refused for another host, and when it has expired."""
        made = chain()
        self.assertFalse(self.shaken(made, Trust.pins([made.leaf]), "other.test"))
        old = chain("leaf-expired")
        self.assertFalse(self.shaken(old, Trust.pins([old.leaf])))

    def test_file(self) -> None:
        """Anchors come from a PEM file, every one of a bundle; a file without any is refused."""
        made = chain()
        path = Path(self.mktemp())
        path.write_bytes(pem.of_certificates([*chain().trusted, *made.trusted]))
        self.assertTrue(self.shaken(made, Trust.file(path)))
        path.write_bytes(b"")
        with self.assertRaises(Rejected):
            Trust.file(path)


class IdentityTests(SynchronousTestCase):
    """Client certificates."""

    def test_mutual(self) -> None:
        """With client anchors a client that shows a certificate of them is served, one without is not."""
        made = chain()
        port = ServerContexts(credentials(made), clients=Clients(made.trusted))
        there, _ = shake(port, ClientTls(Trust.of(made.trusted), credentials(made)).creator(HOST))
        self.assertFalse(there.shaken)  # its purpose is serverAuth only
        ours = chain("client-purpose")
        port = ServerContexts(credentials(made), clients=Clients(ours.trusted))
        there, _ = shake(port, ClientTls(Trust.of(made.trusted), credentials(ours)).creator(HOST))
        self.assertEqual(there.got, b"hello")
        there, _ = shake(port, ClientTls(Trust.of(made.trusted)).creator(HOST))
        self.assertFalse(there.shaken)

    def test_unfit(self) -> None:
        """An identity that OpenSSL refuses is refused when the policy is made."""
        with self.assertRaises(Rejected):
            ClientTls(Trust.system(), credentials(chain("rsa-1024")))
        self.assertTrue(SSL.TLS_METHOD)
