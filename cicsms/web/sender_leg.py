"""The leg to a destination: under which trust, and through which proxy."""

from __future__ import annotations

from functools import cache

from attrs import field, frozen
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint

from cicsms.web.proxy import ConnectEndpoint, Proxy
from cicsms.web.sender_errors import NotWritable
from cicsms.web.tls_client import ClientTls, Trust


@frozen
class Leg:
    """How a destination is reached. Requests share connections where their legs are equal.

    ``name`` keeps pools apart (the broker's name, for instance); without ``tls`` https trusts the system's anchors.
    """

    name: str = ""
    tls: ClientTls | None = field(default=None, repr=False)
    proxy: Proxy | None = None

    def encrypted(self, scheme: str) -> bool:
        """Tell whether a handshake comes first: with the destination, or with the proxy that forwards to it."""
        return scheme == "https" or (self.proxy is not None and self.proxy.tls is not None)


DIRECT = Leg()


class Network:
    """Makes endpoints of legs, over the sockets of a reactor."""

    def __init__(self, reactor: object) -> None:
        self._reactor = reactor

    def endpoint(self, scheme: str, host: str, port: int, leg: Leg) -> IStreamClientEndpoint:
        """Return the way to a destination: through the leg's proxy if it has one, and under TLS for https."""
        plain = self._plain(scheme, host, port, leg.proxy)
        if scheme != "https":
            return plain
        try:
            creator = (leg.tls or _system()).creator(host)
        except ValueError as wrong:
            raise NotWritable(f"{host!r} is no name a certificate can prove: {wrong}.") from wrong
        return wrapClientTLS(creator, plain, clock=self._reactor)  # type: ignore[arg-type]

    def _plain(self, scheme: str, host: str, port: int, proxy: Proxy | None) -> IStreamClientEndpoint:
        """Return the way to a destination below its TLS; a proxy is never left out."""
        if proxy is None:
            direct: IStreamClientEndpoint = HostnameEndpoint(self._reactor, host, port)
            return direct
        return ConnectEndpoint(self._reactor, proxy, host, port) if scheme == "https" else proxy.endpoint(self._reactor)


@cache
def _system() -> ClientTls:
    """Return the policy that trusts the system's anchors, made once."""
    return ClientTls(Trust.system())
