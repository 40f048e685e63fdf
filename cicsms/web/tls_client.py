"""How we connect by TLS: whom we trust, and one policy that makes every outgoing connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, CertificateOptions, platformTrust, trustRootFromCertificates
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from cicsms.certs import pem
from cicsms.model.errors import Rejected
from cicsms.web.tls_ciphers import CIPHERS
from cicsms.web.tls_files import Credentials, read_certificates, refused_by_openssl
from cicsms.web.tls_verify import Expected, HostCreator


@frozen
class Trust:
    """Whom to trust: the system's anchors (none given), given anchors, or exactly the given server certificates (pinned)."""

    anchors: tuple[x509.Certificate, ...] | None = None
    pinned: bool = False

    @classmethod
    def system(cls) -> Trust:
        """Trust what the operating system trusts."""
        return cls()

    @classmethod
    def of(cls, anchors: Iterable[x509.Certificate]) -> Trust:
        """Trust these root certificates and nothing else."""
        return cls(tuple(anchors))

    @classmethod
    def file(cls, path: Path) -> Trust:
        """Trust the root certificates of a PEM file and nothing else; raises ``Rejected`` where it holds none."""
        return cls(read_certificates(path))

    @classmethod
    def pins(cls, certificates: Iterable[x509.Certificate]) -> Trust:
        """Trust exactly these server certificates, whoever signed them; names and dates still count."""
        return cls(tuple(certificates), pinned=True)


@implementer(IPolicyForHTTPS)
class ClientTls:
    """The TLS policy of outgoing connections under one trust: a creator for each host, for ``wrapClientTLS`` or an Agent.

    ``identity`` is the client certificate, with the CA certificates a peer needs to see. Resumption is off: a resumed
    session would skip the check.
    """

    def __init__(self, trust: Trust, identity: Credentials | None = None) -> None:
        self._options = _options(trust, identity)
        self._pins = frozenset(one.fingerprint(hashes.SHA256()) for one in trust.anchors or ()) if trust.pinned else None

    def creator(self, host: str) -> IOpenSSLClientConnectionCreator:
        """Return what makes connections to ``host``, a DNS name or an IP address; ``ValueError`` where it is neither."""
        return HostCreator(self._options.clientConnectionForTLS, Expected.of(host), self._pins)

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """Return what makes connections to a host, as ``twisted.web.client.Agent`` asks for it."""
        return self.creator(hostname.decode("ascii"))


def _options(trust: Trust, identity: Credentials | None) -> CertificateOptions:
    """Make checked client options; pinned certificates become anchors of their own, whoever signed them."""
    arguments: dict[str, Any] = {"acceptableCiphers": CIPHERS}
    arguments["trustRoot"] = platformTrust() if trust.anchors is None else _root(trust.anchors)
    if identity is not None:
        arguments |= {
            "privateKey": identity.key,
            "certificate": identity.certificate,
            "extraCertChain": list(identity.chain),
        }
    try:
        options = CertificateOptions(**arguments)
        context = options.getContext()
    except SSL.Error as refused:
        if identity is None:
            raise
        raise Rejected([refused_by_openssl(identity, refused)]) from refused
    if trust.pinned:
        store = context.get_cert_store()
        if store is not None:
            store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    return options


def _root(anchors: Sequence[x509.Certificate]) -> Any:
    """Wrap anchors as Twisted wants them, one certificate each: it would read only the first of a bundle."""
    return trustRootFromCertificates([Certificate.loadPEM(pem.of_certificates([one])) for one in anchors])
