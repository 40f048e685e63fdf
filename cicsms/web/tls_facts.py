"""What TLS agreed on for a connection, as the record of an exchange keeps it."""

from __future__ import annotations

from attrs import frozen
from OpenSSL.SSL import Connection
from twisted.protocols.tls import TLSMemoryBIOProtocol


@frozen
class TlsFacts:
    """Protocol version, cipher suite, and the server name the client asked for (empty if it named none)."""

    version: str
    cipher: str
    name: str = ""


def tls_facts(transport: object) -> TlsFacts | None:
    """Return the facts of the TLS connection a protocol speaks over; ``None`` in clear or before the handshake is done."""
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    connection: Connection | None = transport.getHandle()
    cipher = connection.get_cipher_name() if connection else None
    if not connection or not cipher:
        return None
    name = connection.get_servername() or b""
    return TlsFacts(connection.get_protocol_version_name(), cipher, name.decode("latin-1").lower())
