"""Group 12: many brokers on one port."""

from __future__ import annotations

from typing import Any

from cicsms.conformance.case import Scope, case
from cicsms.conformance.cases.identity import checked, tables
from cicsms.conformance.peer.peer import Peer, heard_and_body
from cicsms.conformance.target import BrokerTarget
from cicsms.conformance.verdict import Verdict, ok, require, skipped


@case(
    "12.01",
    "two-brokers",
    clause="MO tab: an incoming port is shared, the path is the broker's own",
    expect="A message on one broker's path is that broker's alone; on another's path it never becomes a message of the first.",
    needs=("mo",),
)
async def two_brokers(peer: Peer) -> Verdict:
    """Deliver on the own path, then send the same kind of request to another broker's path on the same port."""
    other = _neighbour(peer)
    mo = peer.composer.mo(f"own {peer.composer.token()}")
    await peer.kept_exactly(mo, await peer.deliver(mo))
    anywhere = await peer.arrived(mo, anywhere=True)
    require(
        [one.broker for one in anywhere] == [peer.broker.name], f"{peer.broker.name} alone", str([o.broker for o in anywhere])
    )
    crossed = peer.composer.mo(f"crossed {peer.composer.token()}")
    heard = await peer.push(peer.composer.write(crossed), other.mo_path)
    require(0 < heard.status < 500, f"an answer to a message on the path of {other.name}", heard_and_body(heard))
    own = await peer.arrived(crossed)
    require(not own, f"no message of {peer.broker.name} from the path of {other.name}", f"{len(own)} messages")
    return ok(f"{peer.broker.name} and {other.name} on port {peer.broker.port}: each its own ({heard.status} to the crossed one)")


def _neighbour(peer: Peer) -> BrokerTarget:
    """Return another broker of the same port, of another profile where there is one."""
    same = [
        one for one in peer.target.brokers if one.port == peer.broker.port and one.name != peer.broker.name and not one.golden
    ]
    if not same:
        raise skipped("the target has one broker on this port")
    return same[0]


@case(
    "12.02",
    "duplicate-path",
    clause="MO tab: incoming and receipt paths are unique among all brokers of a port",
    expect="One path for two purposes, or http and https on one port, is refused at load and both owners are named.",
    scope=Scope.SITE,
)
async def duplicate_path(peer: Peer) -> Verdict:
    """Check three configurations with a clash each."""
    first, second = tables(peer)
    clashes: dict[str, dict[str, Any]] = {
        "same MO path": {"mo": second["mo"] | {"path": first["mo"]["path"]}},
        "MO path is another's receipt path": {"mo": second["mo"] | {"path": first["mo"]["receipt_path"]}},
        "http and https on one port": {
            "encryption": "https",
            "mt": second["mt"] | {"gateway": second["mt"]["gateway"].replace("http:", "https:")},
        },
    }
    for turn, (word, change) in enumerate(clashes.items()):
        ran = await checked(peer, f"path-{turn}", [first, second | change])
        require(ran.code == 1, f"exit 1 with {word}", ran.short)
        named = all(table["name"] in ran.output for table in (first, second))
        require(named, f"both brokers named with {word}", ran.short)
    return ok(f"refused: {'; '.join(clashes)}")
