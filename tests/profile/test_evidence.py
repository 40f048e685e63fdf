"""The evidence checker itself, held against a profile that has learnt one piece of evidence by heart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from attrs import define, evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Answer, Mo, Mt, Receipt
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile import evidence
from cicsms.profile.evidence import Direction, Item, Kind
from cicsms.profile.evidence_sides import canonical, exchange
from cicsms.profile.values import Facts, NotReadable, Registration, Unverified

BUNDLED = tuple(item for broker in evidence.brokers() for item in evidence.load(broker))
WRITTEN = tuple(item for item in BUNDLED if item.direction is not Direction.POLLING and "write" not in item.one_sided)


@define
class Parrot:
    """A profile that says one piece of evidence, and nothing else, whatever it is asked."""

    item: Item
    name: str = "parrot"
    polling: None = None

    def fitted(self, options: Mapping[str, str]) -> Parrot:
        """Be the same for every account."""
        return self

    def verify_mo(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> None:
        """Accept what the evidence accepts, as a signature over URL and body would."""
        known = self._request()
        right = self.item.expect.get("verified", True) and registration == evidence.registration(self.item)
        if not right or (known.target, known.body) != (request.target, request.body):
            raise Unverified("no")

    def verify_receipt(self, request: HttpRequest, registration: Registration, now: datetime | None = None) -> None:
        """Accept what the evidence accepts, as a signature over URL and body would."""
        self.verify_mo(request, registration)

    def read_mo(self, request: HttpRequest) -> tuple[Mo, ...]:
        """Say the canonical messages."""
        return canonical(self.item)  # type: ignore[return-value]

    def read_receipts(self, request: HttpRequest) -> tuple[Receipt, ...]:
        """Say the canonical receipts."""
        return canonical(self.item)  # type: ignore[return-value]

    def read_mt(self, request: HttpRequest, now: datetime | None = None) -> tuple[Mt, ...]:
        """Say the canonical messages."""
        return canonical(self.item)  # type: ignore[return-value]

    def read_answer(self, reply: HttpReply, mt: Mt) -> tuple[Answer, ...]:
        """Say the canonical answers."""
        return canonical(self.item)  # type: ignore[return-value]

    def write_mo(self, mo: Mo, registration: Registration, facts: Facts, method: str = "") -> HttpRequest:
        """Say the request."""
        return self._request()

    def write_receipt(self, receipts: Sequence[Receipt], mt: Mt, registration: Registration, facts: Facts) -> HttpRequest:
        """Say the request."""
        return self._request()

    def write_mt(self, mt: Mt, registration: Registration, now: datetime | None = None) -> HttpRequest:
        """Say the request."""
        return self._request()

    def authentic(self, request: HttpRequest, registration: Registration) -> bool:
        """Trust the account of the evidence."""
        return registration == evidence.registration(self.item)

    def mo_answer(self, outcome: str) -> HttpReply:
        """Say the reply."""
        return self._reply()

    def receipt_answer(self, outcome: str) -> HttpReply:
        """Say the reply."""
        return self._reply()

    def write_answer(self, answers: Sequence[Answer], mt: Mt, registration: Registration, facts: Facts) -> HttpReply:
        """Say the reply."""
        return self._reply()

    def _request(self) -> HttpRequest:
        request, _ = exchange(self.item)
        if request is None:
            raise NotReadable("no request")
        return request

    def _reply(self) -> HttpReply:
        _, reply = exchange(self.item)
        if reply is None:
            raise NotReadable("no reply")
        return reply


def flips(raw: bytes, seed: str, count: int) -> list[bytes]:
    """Return ``count`` copies of ``raw``, one bit of one byte of each flipped; the port of Host is not compared."""
    random = Random(seed)
    port = re.search(rb"\r\nHost: [^:\r]*(:[0-9]+)?", raw)
    uncompared = range(*port.span(1)) if port and port[1] else range(0)
    compared = [at for at in range(len(raw)) if at not in uncompared]
    places = random.sample(compared, min(count, len(compared)))
    return [raw[:at] + bytes((raw[at] ^ (1 << random.randrange(8)),)) + raw[at + 1 :] for at in places]


class Check(SynchronousTestCase):
    """The verdict on a profile."""

    def test_agrees_with_what_says_the_same(self) -> None:
        """A profile that gives back the evidence passes every side of every bundled folder."""
        for item in BUNDLED:
            for result in evidence.check(Parrot(item), item):
                self.assertTrue(result.ok, f"{item.name} {result.side}: {result.said} {result.difference}")

    def test_one_flipped_byte_turns_a_check_red(self) -> None:
        """Wherever one bit of request.http or response.http flips, a check is red for a profile that was right before."""
        for item in WRITTEN:
            for name in ("request", "response"):
                for flipped in flips(getattr(item, name), f"{item.profile}{item.name}{name}", 5):
                    changed = evolve(item, request=flipped) if name == "request" else evolve(item, response=flipped)
                    results = evidence.check(Parrot(item), changed)
                    self.assertFalse(all(result.ok for result in results), f"{item.profile} {item.name}: {flipped!r}")

    def test_shows_a_wrong_reader(self) -> None:
        """A reader that gets another text fails with the field that differs, and the writer's side is judged apart."""
        item = evidence.load("twilio")[0]
        wrong = evolve(item, expect={"messages": [{**item.expect["messages"][0], "text": "Hallo"}]})
        results = {result.side: result for result in evidence.check(Parrot(wrong), item)}
        self.assertFalse(results["read"].ok)
        self.assertIn('+  "text": "Hallo"', results["read"].difference)
        self.assertTrue(results["write"].ok)

    def test_reports_a_refusal_as_a_failure(self) -> None:
        """A profile that refuses the evidence fails with its own sentence, and nothing is raised."""
        item = evidence.load("twilio")[0]
        results = {result.side: result for result in evidence.check(Parrot(evolve(item, request=b"")), item)}
        self.assertEqual((results["write"].ok, results["write"].said), (False, "NotReadable: no request"))

    def test_tells_verified_from_refused(self) -> None:
        """Refusing what is genuine and accepting what is not both fail."""
        genuine, forged = (
            next(item for item in evidence.load("twilio") if item.name == name)
            for name in ("03-mo-auth-unicode", "07-mo-auth-refused")
        )
        credulous = evolve(forged, expect={"verified": True})
        for profile, item in ((forged, genuine), (credulous, forged)):
            results = {result.side: result for result in evidence.check(Parrot(profile), item)}
            self.assertFalse(results["verify"].ok)

    def test_pins_the_answer_where_it_was_published(self) -> None:
        """An item with a reply holds our acknowledgement to it, byte for byte; one without pins none."""
        item = next(item for item in evidence.load("twilio") if item.direction is Direction.RECEIPT)
        self.assertNotIn("answer", {result.side for result in evidence.check(Parrot(item), item)})
        replied = evolve(item, response=b"HTTP/1.1 204 No Content\r\n\r\n")
        other = evolve(item, response=b"HTTP/1.1 200 OK\r\n\r\n")
        for profile, ok in ((replied, True), (other, False)):
            results = {result.side: result.ok for result in evidence.check(Parrot(profile), replied)}
            self.assertEqual(results["answer"], ok)

    def test_shows_what_was_set_aside(self) -> None:
        """Every hole, unwritten field and unchecked side is told with the result."""
        item = next(item for item in evidence.load("infobip") if item.holes)
        self.assertTrue(any("bulk-id" in aside for result in evidence.check(Parrot(item), item) for aside in result.set_aside))


class Levels(SynchronousTestCase):
    """How much of a profile is proved."""

    def test_counts_directions_with_the_best_kind_of_each(self) -> None:
        """E1 beats E2 beats E3, and what is derived from the profile proves nothing."""
        item = evidence.load("twilio")[0]
        kinds = [evolve(item, source=evolve(item.source, kind=kind)) for kind in (Kind.E3, Kind.E1, Kind.E2)]
        self.assertEqual(evidence.level(kinds).kinds, {Direction.MO: Kind.E1})
        derived = evolve(item, source=evolve(item.source, kind=Kind.E0))
        self.assertEqual((str(evidence.level(kinds)), str(evidence.level([derived]))), ("1/7", "0/7"))
