"""Example exchanges of a profile, made by the compiled profile itself: what it sends, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from random import Random

from cicsms.model.message import Answer, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.profile import Profile
from cicsms.profile.values import Facts, Registration

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_TEXT = "Hello, world"


def registration(profile: Profile, keyed: bool = True) -> Registration:
    """Return an account in which every value tells its own name."""
    options = {
        name: option.values[0] if option.values else f"the-{name}"
        for name, option in profile.options.items()
        if keyed and (option.required or option.secret) and not option.default
    }
    return Registration(
        account="the-account",
        login="the-login",
        password="the-password",  # noqa: S106  no password at all
        options=options,
        mo_url="https://sms.example.com" + (profile.mo_path or "/mo"),
        receipt_url="https://sms.example.com" + (profile.receipt_path or "/receipts"),
        local="+15550001111",
    )


def examples(profile: Profile) -> Iterator[tuple[str, str]]:
    """Give titles and the exchanges under them, as text; webhooks without what only options can sign."""
    account, bare = registration(profile), registration(profile, keyed=False)
    facts = Facts(NOW, Random(1))  # noqa: S311  the same ids each time are the point
    mt = Mt("+15550001111", ("+15552223333",), _TEXT, reference="0123456789abcdef0123456789abcdef", callback=account.receipt_url)
    broker_id = profile.new_id(Random(2))  # noqa: S311
    if profile.mt_method:
        yield "An outbound message", shown(profile.write_mt(mt, account, NOW))
        accepted = Answer(Outcome.ACCEPTED, broker_id, mt.recipient, parts=1)
        yield "The broker takes it", shown(profile.write_answer([accepted], mt, account, facts))
        yield (
            "The broker refuses it",
            shown(profile.write_answer([Answer(Outcome.REFUSED, recipient=mt.recipient)], mt, account, facts)),
        )
    if profile.mo_methods:
        mo = Mo("+15552223333", "+15550001111", _TEXT, profile.new_id(Random(3), "mo"), date=NOW)  # noqa: S311
        yield "An inbound message", shown(profile.write_mo(mo, bare, facts))
        yield "We took it", shown(profile.mo_answer("taken"))
    if profile.receipt_methods and State.DELIVERED in profile.states:
        receipt = Receipt(State.DELIVERED, "", broker_id, mt.reference, mt.recipient, mt.sender, date=NOW)
        yield "A delivery report", shown(profile.write_receipt(receipt, mt, bare, facts))
        yield "We took it", shown(profile.receipt_answer("taken"))


def shown(message: HttpRequest | HttpReply) -> str:
    """Write a message as it goes over the wire, less the headers that every message has."""
    if isinstance(message, HttpRequest):
        start = f"{message.method} {message.target.decode('ascii', 'replace')} HTTP/1.1\nHost: {message.authority}"
    else:
        start = f"HTTP/1.1 {message.status} {_phrase(message.status)}".rstrip()
    lines = [f"{name.decode()}: {value.decode('utf-8', 'replace')}" for name, value in message.headers]
    return "\n".join([start, *lines, *(["", message.body.decode("utf-8", "replace")] if message.body else [])])


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
