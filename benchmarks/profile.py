"""A profile beside functions written by hand for one broker: bytes to message, and message to request.

    python -m benchmarks.profile

Processor time, the best of many turns taken in turn (A B A B); the functions by hand do what the Twilio profile does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from urllib.parse import parse_qs, quote_plus, urlsplit

from cicsms.model.message import Mo, Mt
from cicsms.model.wire import HttpRequest, basic_credentials
from cicsms.profile import Catalogue, Facts, Profile, Registration

TURNS = 15
CALLS = 1000
REGISTRATION = Registration(
    "AC00000000000000000000000000000000",
    "AC00000000000000000000000000000000",
    "a-token",
    gateway="https://api.twilio.com",
    mo_url="http://sms.example.com/twilio",
    receipt_url="http://sms.example.com/receipts",
    local="+15550100001",
)
MO = Mo("+15551234567", "+15550100001", "Hello world, how are you?", "SM00000000000000000000000000000001")
MT = Mt("+15550100001", ("+15551234567",), "Hello world, how are you?", callback="http://sms.example.com/receipts")


def read_by_hand(request: HttpRequest) -> Mo:
    """Read Twilio's webhook with the standard library."""
    form = parse_qs(request.body.decode(), keep_blank_values=True)
    return Mo(
        form["From"][0], form["To"][0], form["Body"][0], form["MessageSid"][0], parts=int(form.get("NumSegments", ["1"])[0])
    )


def write_by_hand(mt: Mt) -> HttpRequest:
    """Write Twilio's request with the standard library."""
    fields = (("To", mt.recipient), ("From", mt.sender), ("Body", mt.text), ("StatusCallback", mt.callback))
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in fields).encode()
    url = urlsplit(REGISTRATION.gateway)
    target = f"/2010-04-01/Accounts/{REGISTRATION.account}/Messages.json".encode()
    headers = (
        (b"Authorization", basic_credentials(REGISTRATION.login, REGISTRATION.password)),
        (b"Content-Type", b"application/x-www-form-urlencoded"),
    )
    return HttpRequest("POST", target, headers, body, url.scheme, url.netloc)


def microseconds(call: Callable[[], object]) -> float:
    """Give the processor time of one call over one turn."""
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS * 1e6


def compare(name: str, ours: Callable[[], object], by_hand: Callable[[], object]) -> None:
    """Print both and their ratio."""
    turns = [(microseconds(ours), microseconds(by_hand)) for _ in range(TURNS)]
    best, hand = (min(turn[side] for turn in turns) for side in (0, 1))
    print(f"{name:24}{best:7.1f} us   by hand {hand:7.1f} us   ratio {best / hand:.2f}")


def main() -> None:
    """Compare, then say how long the catalogue takes."""
    began = time.process_time()
    catalogue = Catalogue.load()
    read = time.process_time() - began
    profiles: list[Profile] = [catalogue.profile(name) for name in catalogue.names()]
    whole = time.process_time() - began
    print(f"catalogue: {read * 1000:.0f} ms to read, {whole * 1000:.0f} ms with all {len(profiles)} compiled")
    twilio = catalogue.profile("twilio")
    webhook = twilio.write_mo(MO, REGISTRATION, Facts(datetime(2026, 1, 1, tzinfo=UTC), Random(1)))
    compare("read a form MO", lambda: twilio.read_mo(webhook), lambda: read_by_hand(webhook))
    compare("write an MT request", lambda: twilio.write_mt(MT, REGISTRATION), lambda: write_by_hand(MT))


if __name__ == "__main__":
    main()
