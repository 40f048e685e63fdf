"""The way to each broker: whom its TLS trusts, and through which proxy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cicsms.model.settings import Broker, ProxySettings
from cicsms.pipeline.lines import Line
from cicsms.web.proxy import Proxy
from cicsms.web.sender import Leg
from cicsms.web.tls import ClientTls, Trust


def legs(lines: Iterable[Line], trust: Path | None) -> dict[str, Leg]:
    """Return the leg of each broker; ``trust`` are the node's anchors where a broker names none of its own.

    Raises ``Rejected`` where a file of anchors can't be read.
    """
    brokers = {line.broker: line.settings for line in lines}
    return {name: _leg(broker, broker.trust or trust) for name, broker in brokers.items()}


def _leg(broker: Broker, trust: Path | None) -> Leg:
    """Make one leg."""
    tls = ClientTls(Trust.file(trust) if trust else Trust.system())
    return Leg(broker.name, tls, _proxy(broker.proxy, tls) if broker.proxy else None)


def _proxy(settings: ProxySettings, tls: ClientTls) -> Proxy:
    """Make the proxy of one broker."""
    host, _, port = settings.address.rpartition(":")
    secure = tls if settings.encryption == "ssl" else None
    return Proxy(host.strip("[]"), int(port), settings.login, settings.password.get_secret_value(), secure)
