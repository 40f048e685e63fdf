"""What our HTTPS ports present: contexts that were checked before listening, chosen by server name, and swapped while running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import Certificate, CertificateOptions, trustRootFromCertificates
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from cicsms.certs import pem
from cicsms.model.errors import Finding, Rejected
from cicsms.web.tls_ciphers import CIPHERS
from cicsms.web.tls_clients import Clients, demand
from cicsms.web.tls_files import Credentials, refused_by_openssl

_PROTOCOL = b"http/1.1"


def server_options(
    credentials: Credentials, *, clients: Clients | None = None, by_name: Mapping[str, SSL.Context] | None = None
) -> CertificateOptions:
    """Make checked server options: TLS 1.2 or later, forward secrecy, no compression, no session resumption.

    ``clients`` are those whose certificates pass, and one is then required. ``by_name`` holds the contexts of other
    server names, in lower case. Raises ``Rejected`` where OpenSSL will not take the certificate or its key: it would do
    so at the first connection only.
    """
    arguments: dict[str, Any] = {
        "privateKey": credentials.key,
        "certificate": credentials.certificate,
        "extraCertChain": list(credentials.chain),
        "acceptableCiphers": CIPHERS,
    }
    if clients is not None:
        anchors = [Certificate.loadPEM(pem.of_certificates([one])) for one in clients.anchors]
        arguments["trustRoot"] = trustRootFromCertificates(anchors)
    if by_name:
        arguments["contextForServerName"] = _chooser(by_name)
    try:
        options = CertificateOptions(**arguments)
        context = options.getContext()
    except SSL.Error as refused:
        raise Rejected([refused_by_openssl(credentials, refused)]) from refused
    context.set_alpn_select_callback(_alpn)
    for one in clients.anchors if clients is not None else ():
        context.add_client_ca(one)
    return options


@implementer(IOpenSSLServerConnectionCreator)
class ServerContexts:
    """The certificates of a node's ports, for ``wrapServerTLS``: one by default, others by the name the client asks for.

    ``reload`` swaps them all for new connections; connections that are open keep what they began with. As a creator of
    connections itself it demands a certificate of every client where ``clients`` are given; ``at`` is for one port.
    """

    def __init__(
        self, default: Credentials, by_name: Mapping[str, Credentials] | None = None, clients: Clients | None = None
    ) -> None:
        self.reload(default, by_name, clients)

    def reload(
        self, default: Credentials, by_name: Mapping[str, Credentials] | None = None, clients: Clients | None = None
    ) -> None:
        """Present these from now on; raises ``Rejected``, and goes on with the old ones, where any of them is not fit."""
        open_to_all = _options(default, by_name or {}, None)
        self._mutual = _options(default, by_name or {}, clients) if clients is not None else open_to_all
        self._open_to_all = open_to_all
        self._clients = clients

    def at(self, port: int) -> IOpenSSLServerConnectionCreator:
        """Return what makes the connections of one port."""
        return _PortContexts(self, port)

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the OpenSSL connection of a client that has just connected."""
        connection = self._mutual.serverConnectionForTLS(tlsProtocol)
        if self._clients is not None:
            demand(connection, tlsProtocol, self._clients)
        return connection

    def connection(self, tlsProtocol: TLSMemoryBIOProtocol, port: int) -> SSL.Connection:
        """Make the OpenSSL connection of a client of a port."""
        if self._clients is not None and self._clients.concern(port):
            return self.serverConnectionForTLS(tlsProtocol)
        return self._open_to_all.serverConnectionForTLS(tlsProtocol)


@implementer(IOpenSSLServerConnectionCreator)
class _PortContexts:
    """The contexts as they stand for one port."""

    def __init__(self, contexts: ServerContexts, port: int) -> None:
        self._contexts = contexts
        self._port = port

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the OpenSSL connection of a client that has just connected."""
        return self._contexts.connection(tlsProtocol, self._port)


def _options(default: Credentials, by_name: Mapping[str, Credentials], clients: Clients | None) -> CertificateOptions:
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
    """Choose a context by server name, or by the wildcard above it; ``None`` stays with the default."""

    def choose(sent: bytes | None) -> SSL.Context | None:
        name = (sent or b"").decode("latin-1").lower()  # names arrive in the client's spelling
        return by_name.get(name) or by_name.get("*." + name.partition(".")[2])

    return choose


def _alpn(_: SSL.Connection, offered: list[bytes]) -> Any:
    """Take HTTP/1.1 where it is offered; otherwise go on without, for the many clients that offer what they can't mean."""
    return _PROTOCOL if _PROTOCOL in offered else SSL.NO_OVERLAPPING_PROTOCOLS
