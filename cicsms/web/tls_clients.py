"""Mutual TLS: whose client certificates pass, known by an alternative name or a fingerprint, for a CA signs for others, too."""

from __future__ import annotations

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL, crypto
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from cicsms.web.tls_verify import CertificateRefused, reason, sentence


@frozen
class Clients:
    """Client certificates that pass: under these anchors, with one of these names (lower case) or SHA-256 fingerprints.

    With neither names nor fingerprints any certificate under the anchors passes. No ``ports`` means all.
    """

    anchors: tuple[x509.Certificate, ...]
    names: frozenset[str] = frozenset()
    fingerprints: frozenset[bytes] = frozenset()
    ports: frozenset[int] = frozenset()

    def concern(self, port: int) -> bool:
        """Tell whether a port demands a certificate."""
        return not self.ports or port in self.ports

    def fault(self, certificate: x509.Certificate) -> str:
        """Say why a certificate is none of those that pass; empty if it is one."""
        if not (self.names or self.fingerprints) or certificate.fingerprint(hashes.SHA256()) in self.fingerprints:
            return ""
        try:
            found = _alternative_names(certificate)
        except ValueError as wrong:
            return f"its extensions can't be read ({wrong})"
        if self.names & found:
            return ""
        return f"it is none of the known clients (its names: {', '.join(sorted(found)[:5]) or 'none'})"


def demand(connection: SSL.Connection, protocol: TLSMemoryBIOProtocol, clients: Clients) -> None:
    """Let a connection go on only with a client certificate that passes; a refusal ends it with the reason."""

    def verify(_: SSL.Connection, raw: crypto.X509, code: int, depth: int, passed: int) -> bool:
        certificate = raw.to_cryptography()
        why = "" if passed else reason(code)
        if not why and depth == 0:
            why = clients.fault(certificate)
        if why:
            said = sentence("The client certificate", certificate, depth, why)
            protocol.failVerification(Failure(CertificateRefused(said)))
        return not why

    connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)


def _alternative_names(certificate: x509.Certificate) -> frozenset[str]:
    """Return every alternative name that is text: DNS names, addresses, URIs, e-mail addresses."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    kinds = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier, x509.RFC822Name)
    return frozenset(str(name.value).lower() for name in found if isinstance(name, kinds))
