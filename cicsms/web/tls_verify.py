"""The check of a server's certificate while the handshake runs: refuses whatever it can't prove, and says what failed.

Twisted 26's own check lets three kinds of certificate pass for any host name (measured): one without alternative names,
one with an e-mail address only, and one with a malformed name. Its verify callback catches ``VerificationError``,
where service-identity raises ``CertificateError``. The callback here accepts only when every check has returned.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.hazmat import DNS_ID, IPAddress_ID, ServiceID, verify_service_identity
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.model.errors import CicsmsError

Verify = Callable[[SSL.Connection, crypto.X509, int, int, int], bool]

# The codes of OpenSSL's x509_vfy.h that a peer's mistake can cause, in words.
_SAID = {
    2: "its issuer is not among the certificates sent and not trusted",
    7: "its signature is wrong",
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed and not trusted",
    19: "the root above it is not trusted",
    20: "its issuer is neither sent along nor trusted",
    21: "its issuer is neither sent along nor trusted",
    22: "the chain is too long",
    24: "it is used as a CA and is not one",
    25: "it stands deeper below a CA than that CA allows",
    26: "its extended key usage does not allow a server",
    27: "it is not trusted for this purpose",
    28: "it is marked as rejected for this purpose",
    32: "its key usage does not allow signing certificates",
    34: "it has a critical extension that is not understood",
    47: "a CA above it does not allow its name",
    48: "a CA above it excludes its name",
    66: "its key is too weak",
    67: "the key of the CA is too weak",
    68: "it is signed with a weak digest",
    79: "it is used as a CA and is not one",
}


class CertificateRefused(CicsmsError):
    """A peer's certificate did not pass; the text says which check failed on which certificate."""


@frozen
class Expected:
    """The name a server must prove: as text, as sent in the handshake (empty for an address), and as it is compared."""

    text: str
    sent: bytes
    identity: ServiceID

    @classmethod
    def of(cls, host: str) -> Expected:
        """Make it of a DNS name (international ones become A-labels) or an IP address; ``ValueError`` where it is neither."""
        try:
            return cls(host, b"", IPAddress_ID(str(ip_address(host))))
        except ValueError:
            name = host.rstrip(".").encode("idna").decode("ascii").lower()
            return cls(host, name.encode("ascii"), DNS_ID(name))


@implementer(IOpenSSLClientConnectionCreator)
class HostCreator:
    """Makes the OpenSSL connections to one host; with ``pins`` (SHA-256 of certificates) only those may serve it."""

    def __init__(
        self, create: Callable[[TLSMemoryBIOProtocol], SSL.Connection], expected: Expected, pins: frozenset[bytes] | None
    ) -> None:
        self._create = create
        self._expected = expected
        self._pins = pins

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection that goes on only if the peer's chain and name are proved."""
        connection = self._create(tlsProtocol)
        if self._expected.sent:
            connection.set_tlsext_host_name(self._expected.sent)
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._callback(tlsProtocol))
        return connection

    def _callback(self, protocol: TLSMemoryBIOProtocol) -> Verify:
        """Make the callback OpenSSL asks for each certificate, from the anchor down to the server's (depth 0).

        An exception that is not caught refuses, too: pyOpenSSL takes it for a no.
        """

        def verify(_: SSL.Connection, raw: crypto.X509, code: int, depth: int, passed: int) -> bool:
            certificate = raw.to_cryptography()
            why = "" if passed else reason(code)
            if not why and depth == 0:
                why = self._name_fault(certificate) or self._pin_fault(certificate)
            if why:
                said = sentence(f"The server certificate of {self._expected.text}", certificate, depth, why)
                protocol.failVerification(Failure(CertificateRefused(said)))
            return not why

        return verify

    def _name_fault(self, certificate: x509.Certificate) -> str:
        """Say why the certificate does not prove the expected name; empty if it does."""
        try:
            verify_service_identity(extract_patterns(certificate), [self._expected.identity], [])
        except VerificationError:
            return f"it names {_names(certificate)}, not {self._expected.text}"
        except CertificateError as wrong:
            return f"its alternative names can't be used ({str(wrong).rstrip('.')})"
        except ValueError as wrong:
            return f"its extensions can't be read ({wrong})"
        return ""

    def _pin_fault(self, certificate: x509.Certificate) -> str:
        """Say that the certificate is none of the pinned ones; empty if it is, or nothing is pinned."""
        if self._pins is None or certificate.fingerprint(hashes.SHA256()) in self._pins:
            return ""
        return "it is not the pinned certificate"


def _names(certificate: x509.Certificate) -> str:
    """List the names of a certificate whose names were readable."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = [str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress)]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") if names else "no host"


def reason(code: int) -> str:
    """Say in words what one of OpenSSL's checks found."""
    return _SAID.get(code, f"OpenSSL's check {code} failed")


def sentence(whose: str, certificate: x509.Certificate, depth: int, why: str) -> str:
    """Say which certificate of a chain was refused, and why; ``whose`` names the one at its beginning."""
    who = whose if depth == 0 else f"CA certificate {depth} above t{whose[1:]}"
    return f"{who} was refused: {why} ({described(certificate)})."


def described(certificate: x509.Certificate) -> str:
    """Name a certificate by subject, serial number and end."""
    try:
        subject = certificate.subject.rfc4514_string() or "no subject"
    except ValueError:
        subject = "unreadable subject"
    return f"subject {subject}, serial {certificate.serial_number:x}, valid until {certificate.not_valid_after_utc:%Y-%m-%d}"
