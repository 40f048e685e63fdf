"""The one TLS policy of both directions: what listens, what connects, and the facts of a connection."""

from cicsms.web.tls_client import ClientTls, Trust
from cicsms.web.tls_clients import Clients
from cicsms.web.tls_facts import TlsFacts, tls_facts
from cicsms.web.tls_files import Credentials, read_certificates, read_credentials
from cicsms.web.tls_identity import Identity, read_identity
from cicsms.web.tls_server import ServerContexts, server_options
from cicsms.web.tls_verify import CertificateRefused

__all__ = [
    "CertificateRefused",
    "ClientTls",
    "Clients",
    "Credentials",
    "Identity",
    "ServerContexts",
    "TlsFacts",
    "Trust",
    "read_certificates",
    "read_credentials",
    "read_identity",
    "server_options",
    "tls_facts",
]
