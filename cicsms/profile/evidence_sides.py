"""The sides of each direction: what is asked of a profile for one piece of evidence, and how the answer is compared.

A step returns how things differ, empty when they agree; whatever the profile refuses to do it raises.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from difflib import unified_diff
from random import Random
from typing import Protocol

from attrs import evolve

from cicsms.model.message import Answer, Mo, Mt, Receipt
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.evidence_files import Direction, Item
from cicsms.profile.evidence_values import Message, T, build, plain
from cicsms.profile.evidence_wire import MalformedEvidence, difference, fill, parse_reply, parse_request, without_fields, written
from cicsms.profile.evidence_wrong import wrong
from cicsms.profile.polling import Polling
from cicsms.profile.values import Facts, NotReadable, Registration, Unverified


class Speaks(Protocol):
    """What is checked: anything that speaks as a compiled profile does."""

    @property
    def name(self) -> str:
        """The profile's name, ``broker/dialect``."""

    def fitted(self, options: Mapping[str, str]) -> Speaks:
        """The profile for an account with these options."""

    @property
    def polling(self) -> Polling | None:
        """How inbound messages are fetched, if they are."""

    def verify_mo(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> None:
        """Raise ``Unverified`` unless the broker sent it."""

    def read_mo(self, request: HttpRequest) -> tuple[Mo, ...]:
        """Read inbound messages."""

    def write_mo(self, mo: Mo, registration: Registration, facts: Facts, method: str = "") -> HttpRequest:
        """Write an inbound message as the broker does."""

    def mo_answer(self, outcome: str) -> HttpReply:
        """Answer an inbound message."""

    def verify_receipt(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> None:
        """Raise ``Unverified`` unless the broker sent it."""

    def read_receipts(self, request: HttpRequest) -> tuple[Receipt, ...]:
        """Read delivery reports."""

    def write_receipt(self, receipts: Sequence[Receipt], mt: Mt, registration: Registration, facts: Facts) -> HttpRequest:
        """Write delivery reports as the broker does."""

    def receipt_answer(self, outcome: str) -> HttpReply:
        """Answer a delivery report."""

    def write_mt(self, mt: Mt, registration: Registration, now: datetime | None = None) -> HttpRequest:
        """Write an outbound message."""

    def authentic(self, request: HttpRequest, registration: Registration) -> bool:
        """Tell whether an outbound message has the account's credentials."""

    def read_mt(self, request: HttpRequest, now: datetime | None = None) -> tuple[Mt, ...]:
        """Read an outbound message as the broker does."""

    def read_answer(self, reply: HttpReply, mt: Mt) -> tuple[Answer, ...]:
        """Read what the broker says to an outbound message."""

    def write_answer(self, answers: Sequence[Answer], mt: Mt, registration: Registration, facts: Facts) -> HttpReply:
        """Answer an outbound message as the broker does."""


Step = Callable[[Speaks, Item], str]


def registration(item: Item) -> Registration:
    """Return the account the evidence was made with."""
    try:
        return Registration(**dict(item.registration))
    except TypeError as wrong:
        raise MalformedEvidence(f"[registration]: {wrong}.") from wrong


def exchange(item: Item) -> tuple[HttpRequest | None, HttpReply | None]:
    """Return the published request and reply as values, the holes filled."""
    return _request(item) if item.request else None, _reply(item) if item.response else None


def canonical(item: Item) -> tuple[Message, ...]:
    """Return the canonical messages of the evidence."""
    return tuple(build(_KINDS[item.direction], message) for message in item.expect.get("messages", ()))


def _facts(item: Item) -> Facts:
    return Facts(item.now, Random(item.seed))  # noqa: S311  repeatable ids are the point


def _request(item: Item) -> HttpRequest:
    return parse_request(fill(item.request, item.holes), item.scheme, {})


def _reply(item: Item) -> HttpReply:
    return parse_reply(fill(item.response, item.holes), {})


def _expected(item: Item, kind: type[T]) -> tuple[T, ...]:
    return tuple(build(kind, message) for message in item.expect.get("messages", ()))


def _mt(item: Item) -> Mt:
    return build(Mt, item.message) if item.message else _expected(item, Mt)[0]


def _same(expected: Sequence[Message], read: Sequence[Message]) -> str:
    """Compare messages; what they hold is shown as JSON."""
    if tuple(expected) == tuple(read):
        return ""
    ours, theirs = (json.dumps([plain(one) for one in side], indent=1, ensure_ascii=False) for side in (read, expected))
    return "\n".join(unified_diff(theirs.split("\n"), ours.split("\n"), "expect.json", "ours", lineterm="", n=0)) or "differs"


def _same_request(item: Item, ours: HttpRequest) -> str:
    names = frozenset(item.unwritten)
    evidence = without_fields(parse_request(item.request, item.scheme, item.holes), names)
    return difference(written(evidence), written(without_fields(ours, names)), item.holes)


def _same_reply(item: Item, ours: HttpReply) -> str:
    return difference(written(parse_reply(item.response, item.holes)), written(ours), item.holes)


def _verify_mo(profile: Speaks, item: Item) -> str:
    return _verified(lambda account: profile.verify_mo(_request(item), account, item.now), item)


def _verify_receipt(profile: Speaks, item: Item) -> str:
    return _verified(lambda account: profile.verify_receipt(_request(item), account, item.now), item)


def _verified(verify: Callable[[Registration], None], item: Item) -> str:
    """Verify as told; what carries credentials must be refused where others are registered."""
    wanted, right = item.expect.get("verified", True) is True, registration(item)
    refusal = _refusal(verify, right)
    if not wanted:
        return "" if refusal else "accepted, though it should be refused"
    if refusal:
        return f"refused: {refusal}"
    return next(
        (f"a wrong {name} is let in" for name, other in wrong(_request(item), right, login=False) if not _refusal(verify, other)),
        "",
    )


def _refusal(verify: Callable[[Registration], None], account: Registration) -> str:
    try:
        verify(account)
    except Unverified as refusal:
        return str(refusal) or "refused"
    return ""


def _read_mo(profile: Speaks, item: Item) -> str:
    return _same(_expected(item, Mo), profile.read_mo(_request(item)))


def _write_mo(profile: Speaks, item: Item) -> str:
    method = _request(item).method
    return _same_request(item, profile.write_mo(_expected(item, Mo)[0], registration(item), _facts(item), method))


def _usual_mo(profile: Speaks, item: Item) -> str:
    """Write a message of which only the main things are said; the rest is the definition's."""
    mo, method = _expected(item, Mo)[0], _request(item).method
    said = Mo(mo.remote, mo.local, mo.text, mo.broker_id, date=mo.date, concat=mo.concat)
    return _same_request(item, profile.write_mo(said, registration(item), _facts(item), method))


def _answer_mo(profile: Speaks, item: Item) -> str:
    return _same_reply(item, profile.mo_answer("taken"))


def _read_receipts(profile: Speaks, item: Item) -> str:
    return _same(_expected(item, Receipt), profile.read_receipts(_request(item)))


def _write_receipts(profile: Speaks, item: Item) -> str:
    receipts = _expected(item, Receipt)
    return _same_request(item, profile.write_receipt(receipts, _mt(item), registration(item), _facts(item)))


def _usual_receipts(profile: Speaks, item: Item) -> str:
    """Write receipts of which the state is told, but not the broker's words for it."""
    receipts = [evolve(receipt, status="", code="", said="") for receipt in _expected(item, Receipt)]
    return _same_request(item, profile.write_receipt(receipts, _mt(item), registration(item), _facts(item)))


def _answer_receipt(profile: Speaks, item: Item) -> str:
    return _same_reply(item, profile.receipt_answer("taken"))


def _write_mt(profile: Speaks, item: Item) -> str:
    return _same_request(item, profile.write_mt(_mt(item), registration(item), item.now))


def _read_mt(profile: Speaks, item: Item) -> str:
    return _same(_expected(item, Mt), profile.read_mt(_request(item), item.now))


def _authentic(profile: Speaks, item: Item) -> str:
    request, right = _request(item), registration(item)
    if not profile.authentic(request, right):
        return "the credentials are not recognised"
    return next((f"a wrong {name} is let in" for name, other in wrong(request, right) if profile.authentic(request, other)), "")


def _read_answer(profile: Speaks, item: Item) -> str:
    return _same(_expected(item, Answer), profile.read_answer(_reply(item), _mt(item)))


def _write_answer(profile: Speaks, item: Item) -> str:
    answers = _expected(item, Answer)
    return _same_reply(item, profile.write_answer(answers, _mt(item), registration(item), _facts(item)))


def _usual_answer(profile: Speaks, item: Item) -> str:
    """Write answers of which the outcome is told, but not the broker's words for it."""
    answers = [Answer(answer.outcome, answer.broker_id, answer.recipient) for answer in _expected(item, Answer)]
    return _same_reply(item, profile.write_answer(answers, _mt(item), registration(item), _facts(item)))


def _polling(profile: Speaks) -> Polling:
    if profile.polling is None:
        raise NotReadable(f"{profile.name} does not poll.")
    return profile.polling


def _poll_authentic(profile: Speaks, item: Item) -> str:
    held = _polling(profile).authentic(_request(item), registration(item))
    return "" if held else "the credentials are not recognised"


def _poll_ask(profile: Speaks, item: Item) -> str:
    return _same_request(item, _polling(profile).ask(registration(item), item.poll.get("cursor"), item.now))


def _poll_place(profile: Speaks, item: Item) -> str:
    polling, request = _polling(profile), _request(item)
    if polling.asked(request) != "list":
        return "the request is not known as one for a list"
    wanted = (item.poll.get("cursor", polling.first), polling.size)
    return "" if polling.place(request) == wanted else f"asks for {polling.place(request)} instead of {wanted}"


def _poll_read(profile: Speaks, item: Item) -> str:
    read = _polling(profile).read(_reply(item), item.poll.get("cursor"))
    if read.next != item.poll.get("next"):
        return f"the next page is {read.next} instead of {item.poll.get('next')}"
    return _same(_expected(item, Mo), read.messages)


def _poll_write(profile: Speaks, item: Item) -> str:
    polling, messages = _polling(profile), _expected(item, Mo)
    place = (item.poll.get("cursor", polling.first), polling.size)
    total, following = item.poll.get("total", len(messages)), str(item.poll.get("next", ""))
    return _same_reply(item, polling.page(messages, total, place, registration(item), _facts(item), following))


def _poll_done(profile: Speaks, item: Item) -> str:
    request = _polling(profile).acknowledge(_expected(item, Mo)[0], registration(item), item.now)
    return "nothing is acknowledged" if request is None else _same_request(item, request)


def _poll_taken(profile: Speaks, item: Item) -> str:
    polling, request = _polling(profile), _request(item)
    if polling.asked(request) != "acknowledge":
        return "the request is not known as an acknowledgement"
    taken, wanted = polling.taken(request), _expected(item, Mo)[0].broker_id
    return "" if taken == wanted else f"acknowledges {taken} instead of {wanted}"


_KINDS: Mapping[Direction, type[Mo] | type[Mt] | type[Answer] | type[Receipt]] = {
    Direction.MO: Mo,
    Direction.MO_AUTH: Mo,
    Direction.RECEIPT: Receipt,
    Direction.MT_REQUEST: Mt,
    Direction.MT_SUCCESS: Answer,
    Direction.MT_ERROR: Answer,
    Direction.POLLING: Mo,
}
_ANSWERS: Mapping[str, Step] = {"read": _read_answer, "write": _write_answer, "usual": _usual_answer}

SIDES: Mapping[Direction, Mapping[str, Step]] = {
    Direction.MO: {"verify": _verify_mo, "read": _read_mo, "write": _write_mo, "usual": _usual_mo, "answer": _answer_mo},
    Direction.MO_AUTH: {"verify": _verify_mo, "read": _read_mo, "write": _write_mo},
    Direction.RECEIPT: {
        "verify": _verify_receipt,
        "read": _read_receipts,
        "write": _write_receipts,
        "usual": _usual_receipts,
        "answer": _answer_receipt,
    },
    Direction.MT_REQUEST: {"authentic": _authentic, "read": _read_mt, "write": _write_mt},
    Direction.MT_SUCCESS: _ANSWERS,
    Direction.MT_ERROR: _ANSWERS,
    Direction.POLLING: {
        "authentic": _poll_authentic,
        "ask": _poll_ask,
        "place": _poll_place,
        "read": _poll_read,
        "write": _poll_write,
        "done": _poll_done,
        "taken": _poll_taken,
    },
}
"""What is checked for each direction; polling only of profiles that speak it."""
