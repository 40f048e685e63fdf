"""Group 4: whether it was the broker who called."""

from __future__ import annotations

from attrs import evolve

from cicsms.conformance.case import case
from cicsms.conformance.golden import Golden
from cicsms.conformance.grade import Grade
from cicsms.conformance.peer.compose import Credential, blank, wrong
from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.peer import Peer, heard_and_body
from cicsms.conformance.peer.serialise import plain
from cicsms.conformance.verdict import Verdict, ok, require, unimplemented
from cicsms.model.message import Mo
from cicsms.model.wire import HttpRequest

REFUSED = (401, 403)


@case(
    "4.01",
    "sig-vector",
    clause="The vendor's published signature samples, or the credentials of its documents",
    expect="The published sample is accepted; one character changed in URL, field, credential or secret is refused.",
    needs=("mo",),
)
async def sig_vector(peer: Peer) -> Verdict:
    """Send the published samples, then a genuine request with one thing changed at a time."""
    credential = _credential(peer)
    vectors = [golden for golden in peer.evidence("mo-auth") if golden.item.request]
    vectors = [golden for golden in vectors if await _vector(peer, golden)]
    seen = [await _changed(peer, what, request, mo) for what, request, mo in forgeries(peer, credential)]
    names = ", ".join(golden.item.name for golden in vectors)
    proved = any(not golden.derived for golden in vectors)
    return Verdict(Grade.OK if proved else Grade.UNVERIFIED, f"samples: {names or 'none'}; refused: {', '.join(seen)}")


def _credential(peer: Peer) -> Credential:
    credential = peer.composer.credential()
    if credential.absent:
        raise unimplemented("the broker proves nothing in its requests")
    return credential


async def _vector(peer: Peer, golden: Golden) -> bool:
    """Hold that a sample is verified, or refused, as it is published; ``False`` if its time is over."""
    heard = await peer.wire.talk(peer.golden_bytes(golden, golden.broker.mo_path))
    if heard.status in REFUSED and golden.item.expect.get("verified", True) and golden.over(peer.profile, peer.composer.now):
        peer.notes.append(f"{golden.item.name} was genuine on {golden.item.now:%Y-%m-%d} and is refused today")
        return False
    if golden.item.expect.get("verified", True):
        require(heard.status and heard.status not in REFUSED, f"{golden.item.name} verified", heard_and_body(heard))
        require(heard.good or not golden.messages, f"2xx to {golden.item.name}", heard_and_body(heard))
    else:
        require(heard.status in REFUSED, f"{golden.item.name} refused with 401 or 403", heard_and_body(heard))
    return True


def forgeries(peer: Peer, credential: Credential) -> list[tuple[str, HttpRequest, Mo]]:
    """Make requests that differ from a genuine one in one place each."""
    made = []
    mo = peer.composer.mo(f"forged {peer.composer.token()}")
    made.append(("another secret", peer.aimed(peer.composer.write(mo, secret=wrong)), mo))
    if credential.headers:
        mo = peer.composer.mo(f"forged {peer.composer.token()}")
        genuine = peer.aimed(peer.composer.write(mo))
        headers = tuple((name, _bent(value) if name.lower() in credential.headers else value) for name, value in genuine.headers)
        made.append(("credential", evolve(genuine, headers=headers), mo))
    if peer.composer.covers_text():
        mo = peer.composer.mo(f"forged {peer.composer.token()}")
        genuine = peer.aimed(peer.composer.write(mo))
        mark, other = b"forged", b"forgex"
        field = evolve(genuine, body=genuine.body.replace(mark, other), target=genuine.target.replace(mark, other))
        made.append(("field", field, mo))
    if peer.composer.covers_url("?a=1"):
        mo = peer.composer.mo(f"forged {peer.composer.token()}")
        genuine = peer.aimed(peer.composer.write(mo))
        joint = b"&" if genuine.query else b"?"
        made.append(("URL", evolve(genuine, target=genuine.target + joint + b"a=1"), mo))
    return made


def _bent(value: bytes) -> bytes:
    """Change one character in the middle: the last one of Base64 may carry no bits."""
    place = len(value) // 2
    return value[:place] + (b"A" if value[place : place + 1] != b"A" else b"B") + value[place + 1 :]


async def _changed(peer: Peer, what: str, request: HttpRequest, mo: Mo) -> str:
    heard = await peer.wire.talk(plain(request))
    await _refused(peer, what, heard, mo)
    return f"{what} ({heard.status})"


async def _refused(peer: Peer, what: str, heard: Heard, mo: Mo) -> None:
    require(heard.status in REFUSED, f"401 or 403 to a request with {what} changed", heard_and_body(heard))
    stored = await peer.arrived(mo)
    require(not stored, "no message stored", f"{len(stored)} stored")


@case(
    "4.02",
    "sig-missing",
    clause="A request that proves nothing is refused",
    expect="Without the credential, with an empty one and with two of them the request is refused and nothing is stored.",
    needs=("mo",),
)
async def sig_missing(peer: Peer) -> Verdict:
    """Leave the credential out, empty it, and send a second one beside it."""
    credential = _credential(peer)
    mo = peer.composer.mo(f"unproved {peer.composer.token()}")
    genuine = peer.aimed(peer.composer.write(mo))
    tried = [("the secret", peer.aimed(peer.composer.write(mo, secret=blank)))]
    if credential.headers:
        others = tuple(header for header in genuine.headers if header[0].lower() not in credential.headers)
        proofs = tuple(header for header in genuine.headers if header[0].lower() in credential.headers)
        emptied = tuple((name, b"") for name, _ in proofs)
        doubled = tuple((name, _bent(value)) for name, value in proofs)
        tried = [
            ("no credential", evolve(genuine, headers=others)),
            ("an empty credential", evolve(genuine, headers=others + emptied)),
            ("two credentials", evolve(genuine, headers=others + doubled + proofs)),
        ]
    for what, request in tried:
        await _refused(peer, what, await peer.wire.talk(plain(request)), mo)
    return ok(f"refused: {', '.join(what for what, _ in tried)}")
