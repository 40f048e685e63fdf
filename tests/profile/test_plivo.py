"""Plivo: many recipients a request, of which the bad ones are listed apart, and callbacks of two signature versions."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Answer, Outcome, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply
from cicsms.profile.values import Unverified
from tests.profile.builders import facts, mt, profile, registration

THREE = ("15551230002", "+12", "15551230004")


class RecipientTests(SynchronousTestCase):
    """An answer lists ids for the accepted recipients only."""

    def setUp(self) -> None:
        """Take a message to three recipients."""
        self.one = profile("plivo")
        self.sent = evolve(mt(self.one), recipients=THREE)

    def read(self, body: bytes, status: int = 202) -> list[tuple[Outcome, str, str]]:
        """Return outcome, id and recipient of each answer."""
        answers = self.one.read_answer(HttpReply(status, (), body), self.sent)
        return [(answer.outcome, answer.broker_id, answer.recipient) for answer in answers]

    def test_invalid_numbers_shift_nobodys_id(self) -> None:
        """The ids belong to the recipients that are left when those named as invalid are taken out."""
        read = self.read(b'{"message_uuid":["a","c"],"invalid_number":["12"]}')
        ours = [(Outcome.ACCEPTED, "a", THREE[0]), (Outcome.REFUSED, "", THREE[1]), (Outcome.ACCEPTED, "c", THREE[2])]
        self.assertEqual(read, ours)

    def test_missing_id(self) -> None:
        """A recipient that has neither an id nor a refusal is open."""
        self.assertEqual([outcome for outcome, *_ in self.read(b'{"message_uuid":["a"]}')], ["accepted", "unknown", "unknown"])
        self.assertEqual([outcome for outcome, *_ in self.read(b'{"message_uuid":[]}')], ["unknown"] * 3)

    def test_nobody_is_left(self) -> None:
        """Numbers that are all invalid are all refused."""
        body = b'{"message_uuid":[],"invalid_number":["15551230002","12","15551230004"]}'
        self.assertEqual([outcome for outcome, *_ in self.read(body)], ["refused"] * 3)

    def test_written_and_read(self) -> None:
        """What the broker's side lists is read as what it was told to say; a whole refusal is an error of its own."""
        answers = [Answer(Outcome.ACCEPTED, "a"), Answer(Outcome.REFUSED), Answer(Outcome.ACCEPTED, "c")]
        reply = self.one.write_answer(answers, self.sent, registration(), facts())
        self.assertIn(b'"message_uuid":["a","c"],"invalid_number":["12"]', reply.body)
        self.assertEqual(self.one.read_answer(reply, self.sent)[1].outcome, Outcome.REFUSED)
        reply = self.one.write_answer([Answer(Outcome.REFUSED)] * 3, self.sent, registration(), facts())
        self.assertEqual(reply.status, 400)


class CallbackTests(SynchronousTestCase):
    """Receipts name a part and its parent."""

    def test_parent_counts(self) -> None:
        """A part's report is matched by the id that the answer gave."""
        one = profile("plivo")
        request = one.write_receipt(Receipt(State.DELIVERED, "", "parent"), mt(one), registration(), facts())
        part = evolve(request, body=request.body.replace(b"MessageUUID=parent", b"MessageUUID=part", 1))
        (receipt,) = one.read_receipts(part)
        self.assertEqual(receipt.broker_id, "parent")

    def test_token_of_the_account(self) -> None:
        """A callback that another token signed is refused, unless it is the main account's."""
        one = profile("plivo")
        request = one.write_receipt(Receipt(State.SENT, "", "id"), mt(one), registration(password="main"), facts())
        self.assertRaises(Unverified, one.verify_receipt, request, registration())
        one.verify_receipt(request, registration(options={"MainAuthToken": "main"}))
