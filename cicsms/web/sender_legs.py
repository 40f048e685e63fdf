"""The legs of a configuration: each broker's trust and proxy, read from its settings."""

from __future__ import annotations

from pathlib import Path

from cicsms.model.settings import Broker, ProxySettings
from cicsms.web.proxy import Proxy
from cicsms.web.sender_leg import Leg
from cicsms.web.tls_client import ClientTls, Trust


def leg(broker: Broker, trust: Path | None = None) -> Leg:
    """Return how a broker is reached: under its own trust, else the site's (``trust``), else the system's.

    Make it once for a revision of the configuration and keep it: connections are shared by what uses the same leg. Raises
    ``Rejected`` where a trust file can't be read.
    """
    tls = policy(broker.trust or trust)
    return Leg(broker.name, tls, _proxy(broker.proxy, policy(trust)) if broker.proxy else None)


def policy(trust: Path | None) -> ClientTls:
    """Return the policy of a trust file, or of the system's anchors."""
    return ClientTls(Trust.system() if trust is None else Trust.file(trust))


def _proxy(settings: ProxySettings, tls: ClientTls) -> Proxy:
    """Read a proxy's settings; its own TLS is proved under the site's trust, not the broker's."""
    host, _, port = settings.address.rpartition(":")
    password = settings.password.get_secret_value()
    return Proxy(host.strip("[]"), int(port), settings.login, password, tls if settings.encryption == "ssl" else None)
