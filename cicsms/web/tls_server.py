"""What our HTTPS ports present: contexts that were checked before listening, chosen by server name, and swapped while running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import Certificate, CertificateOptions, trustRootFromCertificates
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from cicsms.certs import pem
from cicsms.model.errors import Finding, Rejected
from cicsms.web.tls_ciphers import CIPHERS
from cicsms.web.tls_files import Credentials, refused_by_openssl

_PROTOCOL = b"http/1.1"


def server_options(
    credentials: Credentials, *, clients: Sequence[x509.Certificate] = (), by_name: Mapping[str, SSL.Context] | None = None
) -> CertificateOptions:
    """Make checked server options: TLS 1.2 or later, forward secrecy, no compression, no session resumption.

    ``clients`` are the anchors of client certificates, which are then required. ``by_name`` holds the contexts of other
    server names, in lower case. Raises ``Rejected`` where OpenSSL will not take the certificate or its key: it would do
    so at the first connection only.
    """
    arguments: dict[str, Any] = {
        "privateKey": credentials.key,
        "certificate": credentials.certificate,
        "extraCertChain": list(credentials.chain),
        "acceptableCiphers": CIPHERS,
    }
    if clients:
        arguments["trustRoot"] = trustRootFromCertificates([Certificate.loadPEM(pem.of_certificates([one])) for one in clients])
    if by_name:
        arguments["contextForServerName"] = _chooser(by_name)
    try:
        options = CertificateOptions(**arguments)
        context = options.getContext()
    except SSL.Error as refused:
        raise Rejected([refused_by_openssl(credentials, refused)]) from refused
    context.set_alpn_select_callback(_alpn)
    return options


@implementer(IOpenSSLServerConnectionCreator)
class ServerContexts:
    """The certificates of a port, for ``wrapServerTLS``: one by default, others by the name the client asks for.

    ``reload`` swaps them all for new connections; connections that are open keep what they began with.
    """

    def __init__(
        self, default: Credentials, by_name: Mapping[str, Credentials] | None = None, clients: Sequence[x509.Certificate] = ()
    ) -> None:
        self._options = _options(default, by_name or {}, clients)

    def reload(
        self, default: Credentials, by_name: Mapping[str, Credentials] | None = None, clients: Sequence[x509.Certificate] = ()
    ) -> None:
        """Present these from now on; raises ``Rejected``, and goes on with the old ones, where any of them is not fit."""
        self._options = _options(default, by_name or {}, clients)

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the OpenSSL connection of a client that has just connected."""
        return self._options.serverConnectionForTLS(tlsProtocol)


def _options(default: Credentials, by_name: Mapping[str, Credentials], clients: Sequence[x509.Certificate]) -> CertificateOptions:
    """Make the default options with the contexts of all other names behind them, gathering every refusal."""
    findings: list[Finding] = []
    contexts: dict[str, SSL.Context] = {}
    for name, credentials in by_name.items():
        try:
            contexts[name.lower()] = server_options(credentials, clients=clients).getContext()
        except Rejected as refused:
            findings += refused.findings
    try:
        options = server_options(default, clients=clients, by_name=contexts)
    except Rejected as refused:
        findings += refused.findings
    if findings:
        raise Rejected(findings)
    return options


def _chooser(by_name: Mapping[str, SSL.Context]) -> Any:
    """Choose a context by server name, which arrives in the client's spelling; ``None`` stays with the default."""
    return lambda name: by_name.get(name.decode("latin-1").lower()) if name else None


def _alpn(_: SSL.Connection, offered: list[bytes]) -> Any:
    """Take HTTP/1.1 where it is offered; otherwise go on without, for the many clients that offer what they can't mean."""
    return _PROTOCOL if _PROTOCOL in offered else SSL.NO_OVERLAPPING_PROTOCOLS
