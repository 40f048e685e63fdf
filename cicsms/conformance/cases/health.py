"""Group 13: health checks."""

from __future__ import annotations

from cicsms.conformance.case import case
from cicsms.conformance.peer.peer import Peer, heard_and_body
from cicsms.conformance.verdict import Verdict, ok, require

PROBES = 4


@case(
    "13.01",
    "probe",
    clause="Health test of a reverse proxy: a GET on the SMS URL, twice a second",
    expect="Every probe is answered as alive, and leaves no message.",
    needs=("mo",),
)
async def probe(peer: Peer) -> Verdict:
    """Probe the MO path twice a second as a reverse proxy does."""
    before = {message.id for message in await peer.server.newest(peer.broker.name)}
    raw = f"GET {peer.broker.mo_path} HTTP/1.1\r\nHost: {peer.authority}\r\nUser-Agent: probe\r\n\r\n".encode()
    for _ in range(PROBES):
        heard = await peer.wire.talk(raw)
        require(heard.good, "2xx to a probe", heard_and_body(heard))
        await peer.pause(0.5)
    stored = [one for one in await peer.server.newest(peer.broker.name) if one.id not in before and not one.text]
    require(not stored, "no message of a probe", f"{len(stored)} empty messages")
    return ok(f"{PROBES} probes answered {heard.status}, nothing stored")
