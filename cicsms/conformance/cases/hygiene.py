"""Group 1, after the run: secrets."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

from cicsms.conformance.case import Scope, case
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.verdict import Verdict, ok, require, skipped


@case(
    "1.08",
    "secret-hygiene",
    clause="Secrets never appear in repr, logs, reports, wire logs or pages",
    expect="After the whole run no secret is found in the API's output, the server's log or the journal, in any coding.",
    scope=Scope.AFTER,
)
async def secret_hygiene(peer: Peer) -> Verdict:
    """Search everything that was written for every secret, plain, percent-encoded and as Basic credentials."""
    if not peer.target.secrets:
        raise skipped("the target has no secret that is long enough to be searched for")
    places = await peer.server.everything()
    for broker in peer.target.brokers:
        for direction in ("inbound", "outbound"):
            for message in await peer.server.newest(broker.name, direction, limit=3):
                places[f"message {message.id}"] = await peer.server.raw_message(message.id)
    for file in (peer.target.server.log, peer.journal):
        if file is not None and file.exists():
            places[file.name] = file.read_bytes()
    codes = {code: secret for secret in peer.target.secrets for code in coded(secret)} | logins(peer)
    found = sorted({f"{codes[code][:6]}... in {place}" for place, data in places.items() for code in codes if code in data})
    require(not found, "no secret anywhere", f"{len(found)} found: {'; '.join(found[:5])}")
    return ok(f"{len(peer.target.secrets)} secrets searched for in {len(places)} places")


def coded(secret: str) -> set[bytes]:
    """Return a secret as it may stand in text."""
    return {secret.encode(), quote(secret, safe="").encode(), b64encode(secret.encode())}


def logins(peer: Peer) -> dict[bytes, str]:
    """Return every pair of login and password as HTTP Basic writes it."""
    accounts = [account for broker in peer.target.brokers for account in broker.accounts]
    pairs = {(account.login, account.password.get_secret_value()) for account in accounts}
    return {b64encode(f"{login}:{password}".encode()): "Basic credentials" for login, password in pairs if len(password) > 11}
