"""Group 8: brokers that refuse, and brokers that are not there."""

from __future__ import annotations

from typing import Any

from cicsms.conformance.case import case
from cicsms.conformance.cases.mt import answered
from cicsms.conformance.golden import Golden
from cicsms.conformance.grade import Grade
from cicsms.conformance.peer.lab import TIMEOUT
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.verdict import Verdict, ok, require, skipped

FOR_GOOD = ("refused", "stopped")


@case(
    "8.01",
    "golden-4xx",
    clause="MT errors, evidence: what the broker published",
    expect="The published error fails the message with the broker's own code, and it is not tried again.",
    needs=("emulator", "mt"),
)
async def golden_4xx(peer: Peer) -> Verdict:
    """Let the emulator answer with the published error."""
    found = [golden for golden in peer.evidence("mt-error") if golden.item.response and golden.messages]
    found = [golden for golden in found if golden.messages[0].get("outcome") in FOR_GOOD and _dialable(golden)]
    if not found:
        raise skipped("there is no evidence of a lasting error")
    for golden in found:
        async with peer.alone(golden.broker.name):
            told, sent = await answered(peer, golden)
            require(told.message.state in ("failed", "rejected"), f"failed after {golden.item.name}", told.message.state)
            code = str(golden.messages[0].get("code", ""))
            require(told.message.code == code, f"the broker's code {code!r}", f"{told.message.code!r} {told.message.said}")
            await peer.pause(1.0)
            all_of_them = await peer.emulator.taken(golden.broker.name, sent[0].to) if sent else ()
            tries = [one for one in all_of_them if one.number >= sent[0].number]
            require(len(tries) == 1, "one try", f"{len(tries)} tries")
    grade = Grade.UNVERIFIED if all(golden.derived for golden in found) else Grade.OK
    return Verdict(grade, f"failed for good: {', '.join(golden.item.name for golden in found)}")


def _dialable(golden: Golden) -> bool:
    """Tell whether the API would take the recipient at all."""
    recipients: Any = golden.item.message.get("recipients") or ("1",)
    return str(recipients[0]).lstrip("+").isdigit()


@case(
    "8.05",
    "connect-timeout",
    clause="MT tab: Timeout, 60 s by default, covers connecting",
    expect="A gateway that never answers a connection attempt fails at the timeout, within 10 percent, as not sent.",
    needs=("lab", "mt"),
)
async def connect_timeout(peer: Peer) -> Verdict:
    """Send to a port whose queue is full, from a private server with a timeout of one second."""
    private = await peer.lab.bench()
    broker, account = private.broker(f"{peer.broker.name}-dead"), peer.account
    submitted = await private.api.submit(peer.composer.remote(), "nobody there", broker.name, account.id, account.local)
    require(submitted.accepted, "202", f"{submitted.status} {submitted.said}")
    told = await private.api.until(submitted.id, lambda told: bool(told.exchanges), peer.limit(TIMEOUT * 20))
    require(told.exchanges, "an exchange that failed", "none on record")
    first = told.exchanges[0]
    seconds = first.milliseconds / 1000
    require(first.error, "an error on record", "none")
    near = TIMEOUT * 0.9 <= seconds <= TIMEOUT * 1.1 + 0.1 + 20 * peer.patience
    require(near, f"{TIMEOUT:g} s within 10 percent", f"{seconds:.2f} s")
    require(told.message.state in ("queued", "sending", "failed"), "not sent: tried again or failed", told.message.state)
    return ok(f"failed after {seconds:.2f} s: {first.error}")
