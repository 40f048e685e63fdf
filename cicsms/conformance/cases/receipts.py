"""Group 6: delivery reports."""

from __future__ import annotations

from cicsms.conformance.case import case
from cicsms.conformance.cases.mo import documented
from cicsms.conformance.golden import Golden
from cicsms.conformance.grade import Grade
from cicsms.conformance.peer.emulator_api import Taken
from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.peer import Peer, heard_and_body
from cicsms.conformance.peer.server_api import Reported, Told
from cicsms.conformance.verdict import Verdict, ok, require, skipped, unimplemented
from cicsms.model.errors import CicsmsError
from cicsms.model.message import Mt
from cicsms.model.state import State

NEEDS = ("emulator", "mt", "receipts")


@case(
    "6.01",
    "golden-dlr",
    clause="Receipts, evidence: what the broker published",
    expect="The published bytes get the documented acknowledgement, and the state they report is the mapped one.",
    needs=("emulator", "receipts"),
)
async def golden_dlr(peer: Peer) -> Verdict:
    """Issue the published id where there is one, then send the published receipt."""
    found = [golden for golden in peer.evidence("receipt") if golden.messages]
    if not found:
        raise skipped("there is no evidence of a receipt")
    found = [golden for golden in found if not golden.over(peer.profile, peer.composer.now)]
    if not found:
        raise skipped("the time of every published receipt is over")
    for golden in found:
        sent = await _issued(peer, golden)
        heard = await peer.wire.talk(peer.golden_bytes(golden, golden.broker.receipt_path))
        require(heard.good, f"2xx to {golden.item.name}", heard_and_body(heard))
        documented(golden, heard)
        kept = await peer.server.receipts(golden.broker.name)
        kept += (await peer.server.message(sent)).receipts if sent else ()
        for expected in golden.messages:
            require(any(_is(one, expected) for one in kept), f"{expected} of {golden.item.name}", f"kept: {kept[:3]}")
        if sent:
            told = await peer.server.message(sent)
            wanted = golden.messages[0]["state"]
            require(wanted == "unknown" or told.message.state == wanted, f"the message is {wanted}", told.message.state)
    grade = Grade.UNVERIFIED if all(golden.derived for golden in found) else Grade.OK
    return Verdict(grade, ", ".join(golden.item.name for golden in found))


async def _issued(peer: Peer, golden: Golden) -> str:
    """Send a message that gets the published id; nothing where receipts are keyed by our own reference, or come in batches."""
    expected = golden.messages[0]
    known = expected.get("broker_id")
    if not known or len(golden.messages) > 1:
        return ""
    to = expected.get("remote") or peer.composer.remote()
    await peer.emulator.answer(golden.broker.name, to, outcome="accepted", id=known)
    account = golden.broker.accounts[0]
    submitted = await peer.server.submit(to, "golden receipt", golden.broker.name, account.id, account.local)
    require(submitted.accepted, "202 to the message to be reported on", f"{submitted.status} {submitted.said}")
    told = await peer.server.until(submitted.id, lambda told: bool(told.message.broker_ids), peer.limit(10))
    require(known in told.message.broker_ids, f"the broker's id {known}", f"{told.message.state} {told.message.broker_ids}")
    return submitted.id


def _is(kept: Reported, expected: dict[str, object]) -> bool:
    """Tell whether a receipt is the expected one, in the fields that evidence names; which id it is called is the server's."""
    known = {expected[name] for name in ("broker_id", "reference") if name in expected}
    same = all(getattr(kept, name) == expected[name] for name in ("state", "status", "code") if name in expected)
    return same and bool(known & {kept.broker_id, kept.reference})


async def taken(peer: Peer, **answer: object) -> tuple[str, Taken]:
    """Send a message and return its id with what reached the broker."""
    to = peer.composer.remote()
    if answer:
        await peer.emulator.answer(peer.broker.name, to, **answer)
    submitted = await peer.send(to, f"report {peer.composer.token()}")
    require(submitted.accepted, "202 to the message to be reported on", f"{submitted.status} {submitted.said}")
    found = await peer.emulator.taken(peer.broker.name, to, wait=peer.limit(8))
    require(len(found) == 1, "one MT at the broker", f"{len(found)}")
    return submitted.id, found[0]


async def report(peer: Peer, sent: Taken, state: State, status: str = "") -> Heard:
    """Send a receipt on a message as the broker would."""
    mt = Mt(peer.account.local, (sent.to,), sent.text, reference=sent.reference, callback=sent.callback)
    receipt = peer.composer.report(
        state, status, broker_id=sent.id, reference=sent.reference, remote=sent.to, local=peer.account.local
    )
    try:
        request = peer.composer.receipt(receipt, mt)
    except CicsmsError as refused:
        raise unimplemented(f"the profile has no receipt of this kind: {refused}") from refused
    heard = await peer.push(request, peer.broker.receipt_path)
    require(heard.good, f"2xx to the receipt {state}", heard_and_body(heard))
    return heard


async def _answered(peer: Peer, id: str) -> Told:  # noqa: A002
    told = await peer.server.until(id, lambda told: told.message.state not in ("queued", "sending"), peer.limit(10))
    require(told.message.state == "accepted", "accepted by the broker", told.message.state)
    return told


@case(
    "6.02",
    "order",
    clause="States move forward only; brokers do not keep the order",
    expect="Sent then delivered, and delivered then sent, both end delivered, and both receipts are kept.",
    needs=NEEDS,
)
async def order(peer: Peer) -> Verdict:
    """Report on two messages, on the second in the wrong order."""
    for states, applied in (((State.SENT, State.DELIVERED), [True, True]), ((State.DELIVERED, State.SENT), [True, False])):
        id_, sent = await taken(peer)
        await _answered(peer, id_)
        for state in states:
            await report(peer, sent, state)
        told = await peer.server.message(id_)
        require(told.message.state == "delivered", f"delivered after {states}", told.message.state)
        require(len(told.receipts) == 2, "both receipts kept", f"{len(told.receipts)} receipts")
        seen = sorted((one.applied for one in told.receipts), reverse=True)
        require(seen == applied, f"applied: {applied}", f"applied: {seen}")
    return ok("delivered both times; the late receipt is kept and not applied")


@case(
    "6.03",
    "early",
    clause="A receipt may be faster than the answer to its MT",
    expect="A receipt that comes before the MT's answer is acknowledged, held, and applied once the id is known.",
    needs=NEEDS,
)
async def early(peer: Peer) -> Verdict:
    """Let the emulator hold its answer back, and report meanwhile."""
    known = peer.profile.new_id(peer.composer.random)
    id_, sent = await taken(peer, outcome="accepted", id=known, delay=1.0)
    await report(
        peer, Taken(sent.number, sent.request, b"", sent.to, sent.text, known, sent.reference, sent.callback), State.DELIVERED
    )
    told = await peer.server.until(id_, lambda told: told.message.state == "delivered", peer.limit(10))
    require(told.message.state == "delivered", "delivered once the answer has come", told.message.state)
    return ok("acknowledged early, applied when the answer came")


@case(
    "6.04",
    "unknown-id",
    clause="A receipt that matches nothing is parked, never dropped or punished",
    expect="A receipt for an id that was never issued is answered 2xx and kept apart.",
    needs=NEEDS,
)
async def unknown_id(peer: Peer) -> Verdict:
    """Report on a message nobody sent, in the form of one that somebody did."""
    id_, sent = await taken(peer)
    await _answered(peer, id_)
    known = peer.profile.new_id(peer.composer.random)
    other = _like(peer, sent.reference)
    stranger = Taken(0, b"", b"", peer.composer.remote(), "", known, other, sent.callback.replace(sent.reference or "\0", other))
    await report(peer, stranger, State.DELIVERED)
    parked = await peer.server.receipts(peer.broker.name, parked=True)
    mine = [one for one in parked if {known, other or known} & {one.broker_id, one.reference}]
    require(len(mine) == 1, "one parked receipt", f"{len(mine)} parked")
    told = await peer.server.message(id_)
    require(told.message.state == "accepted", "the other message untouched", told.message.state)
    return ok("acknowledged and parked")


def _like(peer: Peer, reference: str) -> str:
    """Make another reference of the same form."""
    digits, letters = "123456789", "abcdef"
    choose = peer.composer.random.choice
    return "".join(choose(digits) if c.isdigit() else choose(letters) if c in letters else c for c in reference)
