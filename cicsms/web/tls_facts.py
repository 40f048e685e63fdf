"""What TLS agreed on for a connection, as the record of an exchange keeps it."""

from __future__ import annotations

from attrs import frozen
from OpenSSL import SSL
from OpenSSL.SSL import Connection
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from cicsms.web.tls_verify import CertificateRefused, described


@frozen
class TlsFacts:
    """Protocol version, cipher suite, the server name the client asked for, and the other side's certificate in words.

    Name and certificate are empty where there is none.
    """

    version: str
    cipher: str
    name: str = ""
    peer: str = ""

    def __str__(self) -> str:
        """Give them as the record of an exchange shows them."""
        name = f"; server name {self.name}" if self.name else ""
        return f"{self.version} {self.cipher}{name}" + (f"; peer: {self.peer}" if self.peer else "")


def handshake_fault(reason: Failure) -> str:
    """Say what ended a connection, where it was TLS: the alert the other side sent, or what we refused; else empty."""
    wrong = reason.value
    if isinstance(wrong, CertificateRefused):
        return str(wrong).rstrip(".")
    if not isinstance(wrong, SSL.Error) or not wrong.args or not isinstance(wrong.args[0], list):
        return ""
    return "; ".join(str(one[-1]) for one in wrong.args[0])


def tls_facts(transport: object) -> TlsFacts | None:
    """Return the facts of the TLS connection a protocol speaks over; ``None`` in clear or before the handshake is done."""
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    connection: Connection | None = transport.getHandle()
    cipher = connection.get_cipher_name() if connection else None
    if not connection or not cipher:
        return None
    name = connection.get_servername() or b""
    certificate = connection.get_peer_certificate(as_cryptography=True)
    peer = described(certificate) if certificate is not None else ""
    return TlsFacts(connection.get_protocol_version_name(), cipher, name.decode("latin-1").lower(), peer)
