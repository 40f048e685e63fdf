"""Who really called, where reverse proxies stand between: forwarded headers, believed only from configured networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from attrs import frozen

Network = IPv4Network | IPv6Network
_REMEMBERED = 4096
"""Addresses whose standing is kept; more than any site has proxies, little enough to hold."""


@frozen
class Caller:
    """Who called, and by which scheme."""

    peer: str
    scheme: str


class Forwarders:
    """The networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto``, or ``Forwarded`` (RFC 7239), are believed."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        """Whether anybody is believed at all."""
        return bool(self._networks)

    def trusted(self, address: str) -> bool:
        """Tell whether ``address`` lies in a configured network; what is no address does not."""
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[address] = self._look(address)
        return known

    def _look(self, address: str) -> bool:
        """Compare an address with the networks; an IPv4 address in IPv6 clothes counts as IPv4."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        plain = getattr(found, "ipv4_mapped", None) or found
        return any(plain in network for network in self._networks)

    def caller(
        self,
        peer: str,
        scheme: str,
        forwarded_for: Sequence[bytes],
        forwarded_proto: Sequence[bytes],
        forwarded: Sequence[bytes] = (),
    ) -> Caller:
        """Resolve the caller behind the connection's ``peer`` from the values of the two headers, in wire order.

        The peer is the rightmost address that is not trusted; where all are, the leftmost. A hop that is no address ends the
        search: what stands left of it was not written by a proxy of ours. ``Forwarded`` is read where the others are absent.
        """
        if not self.trusted(peer):
            return Caller(peer, scheme)
        hops, protos = _items(forwarded_for), _items(forwarded_proto)
        if forwarded and not hops and not protos:
            hops, protos = _named(forwarded, "for"), _named(forwarded, "proto")
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                break
            peer = address
            if not self.trusted(address):
                break
        told = protos[-1:]
        return Caller(peer, told[0].lower() if told and told[0].lower() in ("http", "https") else scheme)


def _items(values: Sequence[bytes]) -> list[str]:
    """Split the values of a list header."""
    return [item.strip().decode("latin-1") for value in values for item in value.split(b",")]


def _named(values: Sequence[bytes], name: str) -> list[str]:
    """Read one parameter of each element of ``Forwarded``; an element without it counts where an address is asked for."""
    found: list[str] = []
    for element in _items(values):
        pairs = [pair.partition("=") for pair in element.split(";")]
        given = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
        if name in given or name == "for":
            found.append(given.get(name, ""))
    return found


def _address(hop: str) -> str | None:
    """Read an address as proxies write it: bare, with a port, or in brackets; ``None`` for anything else."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ip_address(hop))
    except ValueError:
        return None
