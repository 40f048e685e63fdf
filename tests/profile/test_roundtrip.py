"""What one side writes, the other reads back: every bundled profile, every shape, texts of all scripts."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Alphabet, Answer, Concat, Mo, Outcome, Receipt
from cicsms.text.parts import smallest
from tests.profile.builders import NOW, TEXTS, bound, facts, mt, names, profile, registration, with_mo

NAMES = st.sampled_from(names())
QUICK = settings(max_examples=60, deadline=None)


class RoundTripTests(SynchronousTestCase):
    """The two directions of one table."""

    @QUICK
    @given(NAMES, TEXTS, st.sampled_from(["https://sms.example.com/dlr", "http://a.example/r?x=1&y=%2B", ""]))
    def test_mt(self, name: str, text: str, callback: str) -> None:
        """An MT arrives with its text, numbers, reference and receipt URL."""
        one = profile(name)
        sent = mt(one, text, callback=callback, alphabet=smallest(text))
        request = one.write_mt(sent, registration(), NOW)
        (read,) = one.read_mt(request, NOW)
        sender = sent.sender if "sender" in bound(name, "mt") else ""
        self.assertEqual((read.text, read.recipient.lstrip("+"), read.sender), (text, sent.recipient, sender))
        self.assertEqual(read.alphabet, sent.alphabet)
        if one.broker in ("twilio", "infobip", "kannel"):
            self.assertEqual(read.callback, callback)
        if one.receipt_key == "reference" and (callback or one.broker != "kannel"):
            self.assertEqual(read.reference, sent.reference)
        self.assertTrue(one.authentic(request, registration()))
        self.assertFalse(one.authentic(request, registration(password="other")))

    @QUICK
    @given(st.sampled_from(with_mo()), TEXTS, st.sampled_from([None, Alphabet.GSM7, Alphabet.UCS2]))
    def test_mo(self, name: str, text: str, alphabet: Alphabet | None) -> None:
        """An MO arrives with text, numbers and id, and proves to be the broker's."""
        one = profile(name)
        alphabet = Alphabet.UCS2 if alphabet and not text.isascii() else alphabet
        sent = Mo("15551230002", "12345", text, one.new_id(facts().random, "mo"), date=NOW.replace(second=0), alphabet=alphabet)
        request = one.write_mo(sent, registration(), facts())
        one.verify_mo(request, registration())
        (read,) = one.read_mo(request)
        found = (read.text, read.remote.lstrip("+"), read.local.lstrip("+"), read.broker_id)
        self.assertEqual(found, (text, "15551230002", "12345", sent.broker_id))
        if one.broker in ("infobip", "kannel", "mblox_xml"):
            self.assertEqual(read.date, sent.date)
        if alphabet and one.broker in ("kannel", "mblox_xml"):
            self.assertEqual(read.alphabet, alphabet)

    @QUICK
    @given(st.sampled_from([name for name in names() if profile(name).polling]), TEXTS, st.integers(0, 3), st.integers(0, 900))
    def test_polled(self, name: str, text: str, found: int, total: int) -> None:
        """A page arrives with its messages and says whether another follows; what is taken is known by its id."""
        polling = profile(name).polling
        assert polling is not None
        ask = polling.ask(registration(), now=NOW)
        self.assertEqual((polling.asked(ask), polling.authentic(ask, registration())), ("list", True))
        self.assertFalse(polling.authentic(ask, registration(password="other")))
        place = polling.place(ask)
        fresh = facts().random
        sent = [Mo("15551230002", "12345", text, profile(name).new_id(fresh, "mo"), date=NOW) for _ in range(found)]
        total = max(found, total)
        read = polling.read(polling.page(sent, total, place, registration(), facts()))
        self.assertEqual([(mo.text, mo.broker_id) for mo in read.messages], [(mo.text, mo.broker_id) for mo in sent])
        if bound(name, "polling") & {"pages", "total"} and profile(name).broker != "sinch":
            self.assertEqual(read.next is not None, bool(found) and total > polling.size)
        for mo in read.messages:
            done = polling.acknowledge(mo, registration(), NOW)
            if done is not None:
                self.assertEqual((polling.asked(done), polling.taken(done)), ("acknowledge", mo.broker_id))
                self.assertTrue(polling.authentic(done, registration()))

    def test_receipt(self) -> None:
        """Every state a broker can report arrives as that state, with its key."""
        for name in names():
            one = profile(name)
            sent = mt(one)
            for state in one.states:
                with self.subTest(profile=name, state=state):
                    receipt = Receipt(state, "", broker_id="id-1", reference=sent.reference)
                    request = one.write_receipt(receipt, sent, registration(), facts())
                    one.verify_receipt(request, registration())
                    (read,) = one.read_receipts(request)
                    self.assertEqual(read.state, state)
                    key = "broker_id" if one.receipt_key == "broker-id" else "reference"
                    self.assertEqual(getattr(read, key), getattr(receipt, key))

    @QUICK
    @given(NAMES, st.sampled_from([Outcome.ACCEPTED, Outcome.REFUSED, Outcome.RETRY, Outcome.AUTH_FAILED]))
    def test_answer(self, name: str, outcome: Outcome) -> None:
        """An answer is read as the outcome it was written for, with the id the broker gave."""
        one = profile(name)
        sent = mt(one)
        answer = Answer(outcome, "id-1" if outcome is Outcome.ACCEPTED else "")
        (read,) = one.read_answer(one.write_answer([answer], sent, registration(), facts()), sent)
        instead = {Outcome.THROTTLED} if outcome is Outcome.RETRY else set()
        self.assertIn(read.outcome, {outcome} | instead)
        if outcome is Outcome.ACCEPTED and one.receipt_key == "broker-id":
            self.assertEqual(read.broker_id, "id-1")
        self.assertEqual(read.recipient, sent.recipient)

    def test_error_replies(self) -> None:
        """The broker's own refusals mean what their kind says, or the nearest thing that broker can say."""
        wanted = {
            "auth": {Outcome.AUTH_FAILED},
            "refused": {Outcome.REFUSED},
            "throttled": {Outcome.THROTTLED, Outcome.RETRY},
            "busy": {Outcome.RETRY, Outcome.THROTTLED},
        }
        for name in names():
            one = profile(name)
            for kind, outcomes in wanted.items():
                with self.subTest(profile=name, kind=kind):
                    (read,) = one.read_answer(one.error_reply(kind, registration()), mt(one))
                    self.assertIn(read.outcome, outcomes)

    def test_parts(self) -> None:
        """A part keeps its place in the long message, with 8-bit and 16-bit references."""
        for name in ("kannel", "mblox_xml"):
            for reference in (7, 300):
                one = profile(name)
                part = Concat(reference, 3, 2)
                sent = mt(one, concat=part)
                self.assertEqual(one.read_mt(one.write_mt(sent, registration()))[0].concat, part)
                mo = Mo("15551230002", "12345", "x", "1", concat=part)
                self.assertEqual(one.read_mo(one.write_mo(mo, registration(), facts()))[0].concat, part)

    def test_batch(self) -> None:
        """Several receipts travel in one post where the broker lists them."""
        one = profile("infobip/v3")
        receipts = [Receipt(state, "", broker_id=f"id-{place}") for place, state in enumerate(sorted(one.states))]
        read = one.read_receipts(one.write_receipt(receipts, mt(one), registration(), facts()))
        self.assertEqual([(one.state, one.broker_id) for one in read], [(one.state, one.broker_id) for one in receipts])

    def test_several_recipients(self) -> None:
        """Each recipient gets the answer that names it, in whatever order they come; one left out is unknown."""
        one = profile("infobip/v3")
        sent = evolve(mt(one), recipients=("+15551230002", "+15551230003", "+15551230004"))
        answers = [Answer(Outcome.REFUSED, recipient="15551230003"), Answer(Outcome.ACCEPTED, "a", recipient="15551230002")]
        read = one.read_answer(one.write_answer(answers, sent, registration(), facts()), sent)
        self.assertEqual([one.outcome for one in read], [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN])
        self.assertEqual([one.recipient for one in read], list(sent.recipients))
