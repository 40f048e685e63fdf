"""What a probe saw of a live host, as values: one handshake after the other, address by address."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen
from cryptography import x509


class Trouble(StrEnum):
    """Where a handshake came to grief; ``NONE`` where it did not."""

    NONE = ""
    CONNECT = "connect"
    PROXY = "proxy"
    NOT_TLS = "not TLS"
    HANDSHAKE = "handshake"
    SILENCE = "silence"
    CLIENT = "client certificate"


@frozen
class Handshake:
    """One handshake: what was sent, what was agreed on, and what went wrong, in words.

    ``asked`` tells that the server asked for a client certificate, ``wanted`` of which CAs. ``date`` is the server's clock,
    from a reply to HEAD.
    """

    trouble: Trouble = Trouble.NONE
    said: str = ""
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    version: str = ""
    cipher: str = ""
    alpn: str = ""
    asked: bool = False
    wanted: tuple[str, ...] = ()
    date: datetime | None = None


@frozen
class Address:
    """One address of a host: with the server's name in the handshake, without it, and with old versions of TLS only.

    A handshake that was not tried is ``None``.
    """

    address: str
    named: Handshake
    unnamed: Handshake | None = None
    old: Handshake | None = None


@frozen
class Served:
    """A host as it was seen. ``shown`` tells that we had a client certificate; ``plain`` is what answered in clear, if it did."""

    host: str
    port: int
    addresses: tuple[Address, ...]
    at: datetime
    shown: bool = False
    plain: str = ""
    trouble: str = ""
