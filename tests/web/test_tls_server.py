"""Incoming TLS: contexts are checked before they listen, chosen by name, and swapped while running."""

from __future__ import annotations

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from twisted.internet.ssl import CertificateOptions, TLSVersion
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from cicsms.model.errors import Rejected
from cicsms.web.tls import Credentials, ServerContexts
from tests.web.handshake import HOST, chain, credentials, serve, shake, trusting


@implementer(IOpenSSLClientConnectionCreator)
class Client:
    """A client that checks nothing, with options of its own; keeps the connection it made."""

    def __init__(self, name: bytes = b"", ciphers: bytes = b"", **options: object) -> None:
        self._options = CertificateOptions(**options)  # type: ignore[arg-type]
        self._name = name
        self._ciphers = ciphers
        self.connection: SSL.Connection | None = None

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the connection."""
        if self._ciphers:
            self._options.getContext().set_cipher_list(self._ciphers)
        self.connection = self._options.clientConnectionForTLS(tlsProtocol)
        if self._name:
            self.connection.set_tlsext_host_name(self._name)
        return self.connection

    def serial(self) -> int:
        """Return the serial number of the certificate the server presented."""
        assert self.connection is not None
        certificate = self.connection.get_peer_certificate(as_cryptography=True)
        assert certificate is not None
        return certificate.serial_number


class ServerTests(SynchronousTestCase):
    """The server's side of a handshake."""

    def test_interface(self) -> None:
        """The contexts of a port are what ``wrapServerTLS`` wants."""
        verifyObject(IOpenSSLServerConnectionCreator, serve(chain()))

    def test_sends_the_chain(self) -> None:
        """The server certificate and the CA are sent, in that order, and nothing else."""
        made = chain()
        client = Client()
        shake(serve(made), client)
        assert client.connection is not None
        self.assertEqual(client.connection.get_peer_cert_chain(as_cryptography=True), list(made.sent))

    def test_rsa(self) -> None:
        """An RSA certificate serves as well."""
        made = chain(key="rsa-2048")
        self.assertTrue(shake(serve(made), trusting(made))[1].shaken)

    def test_tls_1_2(self) -> None:
        """TLS 1.2 is spoken, with forward secrecy."""
        there, _ = shake(serve(chain()), Client(lowerMaximumSecurityTo=TLSVersion.TLSv1_2))
        assert there.facts is not None
        self.assertEqual(there.facts.version, "TLSv1.2")
        self.assertTrue(there.facts.cipher.startswith("ECDHE-"))

    def test_old_versions(self) -> None:
        """TLS 1.1 is refused."""
        client = Client(insecurelyLowerMinimumTo=TLSVersion.TLSv1_0, lowerMaximumSecurityTo=TLSVersion.TLSv1_1)
        self.assertFalse(shake(serve(chain()), client)[0].shaken)

    def test_no_forward_secrecy(self) -> None:
        """A client that offers only key transport by RSA is refused."""
        client = Client(lowerMaximumSecurityTo=TLSVersion.TLSv1_2, ciphers=b"AES128-GCM-SHA256:AES256-SHA")
        self.assertFalse(shake(serve(chain(key="rsa-2048")), client)[0].shaken)

    def test_alpn(self) -> None:
        """HTTP/1.1 is agreed on where it is offered; a client that offers only something else is served without."""
        for offered, agreed in (([b"h2", b"http/1.1"], b"http/1.1"), ([b"h2"], b""), ([], b"")):
            client = Client(acceptableProtocols=offered)
            there, here = shake(serve(chain()), client)
            self.assertEqual((there.got, here.got), (b"hello", b"hello"))
            assert client.connection is not None
            self.assertEqual(client.connection.get_alpn_proto_negotiated(), agreed)

    def test_by_name(self) -> None:
        """The certificate follows the server name, whatever its case; unknown names and none get the default."""
        default, other = chain(), chain(host="other.example.test")
        contexts = ServerContexts(credentials(default), {"Other.Example.Test": credentials(other)})
        for name, made in ((b"oTHER.example.test", other), (b"third.test", default), (b"", default), (HOST.encode(), default)):
            client = Client(name)
            shake(contexts, client)
            self.assertEqual(client.serial(), made.leaf.serial_number)

    def test_reload(self) -> None:
        """New connections see the new certificates, by name too."""
        contexts = ServerContexts(credentials(chain()), {"a.test": credentials(chain(host="a.test"))})
        after, named = chain(), chain(host="a.test")
        contexts.reload(credentials(after), {"a.test": credentials(named)})
        for name, made in ((b"", after), (b"a.test", named)):
            client = Client(name)
            shake(contexts, client)
            self.assertEqual(client.serial(), made.leaf.serial_number)

    def test_bad_reload(self) -> None:
        """A pair that does not fit is refused, for the default and by name, all at once; the old one stays."""
        made = chain()
        contexts = serve(made)
        stranger = credentials(chain())
        bad = Credentials(stranger.certificate, credentials(made).key, (), "bad.pem")
        refused = self.assertRaises(Rejected, contexts.reload, bad, {"a.test": bad})
        self.assertEqual([finding.where for finding in refused.findings], ["bad.pem", "bad.pem"])
        client = Client()
        shake(contexts, client)
        self.assertEqual(client.serial(), made.leaf.serial_number)

    def test_weak_key(self) -> None:
        """A key OpenSSL finds too small is refused before anything listens, with the reason."""
        refused = self.assertRaises(Rejected, serve, chain("rsa-1024"))
        self.assertIn("too small", str(refused))
