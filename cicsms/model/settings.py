"""The configuration document: all SMS settings of a site, typed; and the site file, which holds what differs by machine.

Field by field these models know their types, ranges and defaults. What concerns several fields or brokers at once
(two paths on one port, an unknown profile, ...) is ruled in ``cicsms.config``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

SYSTEM = "system"
"""What stands for the operating system's anchors in place of a file."""

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@+-]*$")]


def _url_path(value: str) -> str:
    """Hold that a path is one that can stand in a request line: visible ASCII from a slash on, neither query nor fragment."""
    if not value.startswith("/") or not all("!" <= c <= "~" and c not in "?#" for c in value):
        raise ValueError(
            "a path starts with '/' and holds no blank, '?', '#' or character outside ASCII; write for example /twilio/mo"
        )
    return value


def _base_url(value: str) -> str:
    """Hold that a base URL is http or https, names a host and a possible port and has no fragment or credentials."""
    try:
        parts = urlsplit(value)
        possible = parts.port is None or parts.port > 0
    except ValueError:
        possible = False
    if (
        not possible
        or not all("!" <= c <= "~" for c in value)
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.fragment
        or parts.username is not None
    ):
        raise ValueError("write an absolute http or https URL without credentials, for example https://api.acme.example")
    return value


def _host_and_port(value: str) -> str:
    """Hold that a proxy is named by host and port alone."""
    host, _, port = value.rpartition(":")
    if not _HOST.match(host) or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError("write host:port with a port from 1 to 65535, for example proxy.acme.example:3128; no http:// before it")
    return value


def _fingerprint(value: str) -> str:
    """Bring a SHA-256 fingerprint to its plain form."""
    plain = value.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise ValueError("write the SHA-256 of a certificate in hex, as openssl x509 -noout -fingerprint -sha256 shows it")
    return plain


_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)\Z")
HostName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/*]+$")]
Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
UrlPath = Annotated[str, AfterValidator(_url_path)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]


class Document(BaseModel):
    """Base of every settings model: immutable, unknown keys refused, secrets never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Encryption(StrEnum):
    """How a broker is spoken to; the same for MO and MT."""

    NONE = "none"
    HTTPS = "https"

    @property
    def scheme(self) -> str:
        """The URL scheme that belongs to it."""
        return "https" if self is Encryption.HTTPS else "http"


class Parsing(StrEnum):
    """What is done with a text that is longer than one SMS."""

    LEAVE = "leave"
    SPLIT = "split"
    TRUNCATE = "truncate"


class LocalAddress(Document):
    """One of our numbers or short codes at a broker, and who may show it as sender."""

    address: Annotated[str, Field(min_length=1, max_length=64)]
    alias: str = ""
    workgroups: tuple[Name, ...] = ()
    users: tuple[Name, ...] = ()


class Account(Document):
    """A registration at a broker. The first local address stands in where the broker names none.

    ``options`` are named values the broker definition asks for (a signature secret, for instance); they override those
    of the broker's MT settings.
    """

    id: Name
    login: str = ""
    password: SecretStr = SecretStr("")
    local_addresses: tuple[LocalAddress, ...] = ()
    options: dict[str, SecretStr] = {}


class MoSettings(Document):
    """Where a broker delivers inbound messages and receipts: a port shared by brokers, and paths of its own.

    ``url`` and ``receipt_url`` are the whole URLs the broker was told to call, where a reverse proxy makes them differ from
    the broker's ``public_url`` followed by the path; signatures are computed over them.
    """

    enabled: bool = True
    port: Port
    path: UrlPath
    receipt_path: UrlPath | None = None
    url: BaseUrl | None = None
    receipt_url: BaseUrl | None = None
    poll_interval: Annotated[float, Field(ge=1, le=86400)] | None = None


class MtSettings(Document):
    """How outbound messages reach a broker; what is absent here comes from the broker definition.

    ``timeout`` is in seconds and covers the whole exchange, connecting included. ``rate`` is in messages per second and
    ``window`` in requests under way at once, per account.
    """

    enabled: bool = True
    gateway: BaseUrl | None = None
    path: UrlPath | None = None
    bulk_path: UrlPath | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] = 60
    internationalize: bool = False
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    parsing: Parsing = Parsing.SPLIT
    options: dict[str, str] = Field(default={}, repr=False)
    rate: Annotated[float, Field(gt=0)] | None = None
    window: Annotated[int, Field(ge=1, le=1000)] = 32
    unknown: Literal["hold", "resend", "fail"] = "hold"


class TlsPair(Document):
    """A certificate, its key, and the CA certificates sent along, as PEM files."""

    certificate: Path
    key: Path
    chain: Path | None = None


class ProxySettings(Document):
    """The HTTP proxy between us and a broker, with Basic credentials; ``ssl`` speaks TLS to the proxy itself.

    ``trust`` names a PEM file of anchors for that TLS; absent, the node's count, never those of the broker.
    """

    address: Annotated[str, AfterValidator(_host_and_port)]
    login: str = ""
    password: SecretStr = SecretStr("")
    encryption: Literal["none", "ssl"] = "none"
    trust: Path | None = None


class Broker(Document):
    """One broker as this site uses it: which definition and profile, which accounts, and the two directions.

    ``public_url`` is the base URL the broker calls us by (signatures are computed over it; it is never guessed from a
    request); absent, it is made of the encryption, ``localhost`` and the port. ``trust`` names a PEM file of anchors for this
    broker alone, or is ``system``; with ``pinned`` it holds the broker's own certificates, and no other may serve. ``client`` is
    the certificate we show to a broker that asks for one.
    """

    name: Name
    profile: Annotated[str, Field(pattern=r"^[a-z0-9_-]+(/[a-z0-9_.-]+)?$")]
    enabled: bool = True
    encryption: Encryption = Encryption.NONE
    public_url: BaseUrl | None = None
    accounts: tuple[Account, ...] = ()
    mo: MoSettings | None = None
    mt: MtSettings | None = None
    proxy: ProxySettings | None = None
    trust: Path | None = None
    pinned: bool = False
    client: TlsPair | None = None
    custom_attributes: dict[str, str] = {}


class ChatDestination(Document):
    """A web chat session."""

    kind: Literal["chat"]


class HandlerDestination(Document):
    """A program that is told of the message by a signed webhook."""

    kind: Literal["handler"]
    name: Name


class QueueDestination(Document):
    """A stored inbox: of a workgroup (by ACD) or of a user."""

    kind: Literal["queue"]
    workgroup: Name | None = None
    user: Name | None = None


class EmailDestination(Document):
    """The e-mail routing: where messages go that no route takes."""

    kind: Literal["email"]
    to: str = ""


Destination = Annotated[ChatDestination | HandlerDestination | QueueDestination | EmailDestination, Field(discriminator="kind")]


class InboundRoute(Document):
    """An ordered rule for inbound messages: what is compared, the RE2 pattern that must match the whole of it, where to."""

    type: Literal["ani", "body", "dnis"]
    pattern: str
    destination: Destination


class OutboundRoute(Document):
    """An ordered rule for outbound messages by dialled number; ``number`` may use ``$0`` to ``$9`` of the match."""

    pattern: str
    number: str = "$0"
    broker: Name
    account: Name
    classifications: tuple[Name, ...] = ()
    failover: bool = False


class Handler(Document):
    """A program behind a webhook, as handler destinations name it."""

    name: Name
    url: BaseUrl
    secret: SecretStr = SecretStr("")
    timeout: Annotated[float, Field(gt=0, le=600)] = 30


class Workgroup(Document):
    """A group of users that answers one queue, and the number classifications it may dial."""

    name: Name
    classifications: tuple[Name, ...] = ()


class User(Document):
    """A person who reads or sends messages, the workgroups and the number classifications that person has."""

    name: Name
    workgroups: tuple[Name, ...] = ()
    classifications: tuple[Name, ...] = ()


class Purge(Document):
    """How long data is kept, in days; more than one."""

    enabled: bool = True
    days: Annotated[int, Field(gt=1, le=36500)] = 90


class Features(Document):
    """Features that may be licensed off: SMS as a whole, and web services (the Chat destination)."""

    I3_FEATURE_SMS: bool = True
    I3_FEATURE_WEB_SERVICES: bool = True


class Parameters(Document):
    """Server parameters of conversations; times are in seconds."""

    EnableIdleTimeout: bool = True
    PartyIdleTime: Annotated[int, Field(ge=1)] = 600
    PartyIdleGraceTime: Annotated[int, Field(ge=0)] = 60
    SmsInteractionRecoveryEnabled: bool = True


class AutomaticReplies(Document):
    """Texts sent to a waiting handset; empty = none. ``{seconds}`` and ``{position}`` are filled in."""

    waiting_time: str = ""
    position_in_queue: str = ""


class Configuration(Document):
    """All SMS settings of a site, validated as a whole."""

    brokers: tuple[Broker, ...] = ()
    inbound_routes: tuple[InboundRoute, ...] = ()
    default_inbound_route: Destination | None = None
    outbound_routes: tuple[OutboundRoute, ...] = ()
    consolidate: bool = False
    handlers: tuple[Handler, ...] = ()
    workgroups: tuple[Workgroup, ...] = ()
    users: tuple[User, ...] = ()
    classifications: tuple[Name, ...] = ()
    purge: Purge = Purge()
    features: Features = Features()
    parameters: Parameters = Parameters()
    automatic_replies: AutomaticReplies = AutomaticReplies()
    custom_attributes: dict[str, str] = {}


class ApiSite(Document):
    """Where the API listens (a Twisted server endpoint string) and the bearer token; no token = one is made and kept."""

    endpoint: str = "tcp:8180:interface=127.0.0.1"
    token: SecretStr | None = None


class TlsNamed(TlsPair):
    """A further certificate of this node, for clients that ask for one of ``names``; absent, for the DNS names it holds."""

    names: tuple[HostName, ...] = ()


class TlsClients(Document):
    """Which client certificates HTTPS ports demand: signed under ``trust``, and known by an alternative name or a fingerprint.

    ``fingerprints`` are SHA-256, in hex, with or without colons. ``ports`` are those that demand one; absent, all HTTPS ports.
    """

    trust: Path
    names: tuple[str, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    ports: tuple[Port, ...] = ()


class TlsSite(TlsPair):
    """The PEM files of this node: what its HTTPS ports present, and ``trust``, the anchors of what it connects to.

    ``roots`` are those that callers trust, to judge our own chain by (absent: ``trust``, else the system's); ``names`` are the
    hosts they ask for, ``switchover`` those of the other server of a pair. ``accept`` lists codes of errors to go live with.
    ``others`` are certificates chosen by server name.
    """

    trust: Path | None = None
    roots: Path | None = None
    names: tuple[HostName, ...] = ()
    switchover: tuple[HostName, ...] = ()
    accept: tuple[str, ...] = ()
    others: tuple[TlsNamed, ...] = ()
    clients: TlsClients | None = None


class Limits(Document):
    """Bounds of the broker-facing ports: bytes, seconds, and counts."""

    body: Annotated[int, Field(ge=1024, le=64 * 2**20)] = 2**20
    header: Annotated[int, Field(ge=512, le=2**20)] = 16 * 2**10
    headers: Annotated[int, Field(ge=10, le=10000)] = 100
    target: Annotated[int, Field(ge=256, le=2**20)] = 16 * 2**10
    request_seconds: Annotated[float, Field(gt=0, le=600)] = 20
    idle_seconds: Annotated[float, Field(gt=0, le=3600)] = 75
    connections: Annotated[int, Field(ge=1, le=100000)] = 4000
    in_flight: Annotated[int, Field(ge=1, le=100000)] = 4000
    journal: Annotated[int, Field(ge=1, le=10**6)] = 10000


class Site(Document):
    """The node's own file; paths are relative to the folder it lies in.

    ``forwarders`` are the reverse proxies that are believed who called; on the ports of ``proxy_protocol`` they, and nobody
    else, connect, and say so by the PROXY protocol.
    """

    name: Name = "cicsms"
    state: Path = Path("state")
    database: SecretStr | None = None
    configuration: Path = Path("configuration.toml")
    profiles: tuple[Path, ...] = ()
    interface: str = "0.0.0.0"  # noqa: S104  brokers call from outside; an administrator narrows it
    forwarders: tuple[IPv4Network | IPv6Network, ...] = ()
    proxy_protocol: tuple[Port, ...] = ()
    api: ApiSite = ApiSite()
    tls: TlsSite | None = None
    limits: Limits = Limits()
