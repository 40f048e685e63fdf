"""The way to each broker: whom its TLS trusts, what we show it, and through which proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from cicsms.model.settings import SYSTEM, Broker, ProxySettings, TlsPair
from cicsms.pipeline.lines import Line
from cicsms.web.proxy import Proxy
from cicsms.web.sender import Leg
from cicsms.web.tls import ClientTls, Trust, read_certificates, read_credentials

Files = tuple[Path, Path, Path | None]
Policy = Callable[..., ClientTls]


def legs(lines: Iterable[Line], trust: Path | None) -> dict[str, Leg]:
    """Return the leg of each broker; ``trust`` are the node's anchors where a broker names none of its own.

    Raises ``Rejected`` where a file of anchors or a client certificate can't be read.
    """
    brokers = {line.broker: line.settings for line in lines}
    policy = cache(_policy)  # brokers that trust the same share it: the system's anchors take a while to read
    return {name: leg(broker, trust, policy) for name, broker in brokers.items()}


def leg(broker: Broker, trust: Path | None, policy: Policy | None = None) -> Leg:
    """Make the leg of one broker."""
    made = policy or _policy
    tls = made(broker.trust or trust, broker.pinned, _shown(broker.client))
    return Leg(broker.name, tls, _proxy(broker.proxy, made(broker.proxy.trust or trust)) if broker.proxy else None)


def _policy(trust: Path | None, pinned: bool = False, shown: Files | None = None) -> ClientTls:
    """Make the TLS policy of one leg."""
    identity = read_credentials(*shown) if shown else None
    if trust is None or str(trust) == SYSTEM:
        return ClientTls(Trust.system(), identity)
    certificates = read_certificates(trust)
    return ClientTls(Trust.pins(certificates) if pinned else Trust.of(certificates), identity)


def _shown(pair: TlsPair | None) -> Files | None:
    """Return the files of a client certificate: certificate, key, and what is sent along."""
    return (pair.certificate, pair.key, pair.chain) if pair is not None else None


def _proxy(settings: ProxySettings, tls: ClientTls) -> Proxy:
    """Make the proxy of one broker."""
    host, _, port = settings.address.rpartition(":")
    secure = tls if settings.encryption == "ssl" else None
    return Proxy(host.strip("[]"), int(port), settings.login, settings.password.get_secret_value(), secure)
