"""Names that options give: the profile for any broker, made to speak as brokers do that it has never heard of."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.errors import Rejected
from cicsms.model.message import Alphabet, Mo, Mt, Outcome
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile import fitting
from cicsms.profile.check import check
from cicsms.profile.node import Node
from tests.profile.builders import facts, profile, registration

ODD = {
    "SenderField": "M-FROM", "RecipientField": "num", "TextField": "Msg.Text", "Numbers": "plus",
    "LoginField": "u", "PasswordField": "p",
    "AlphabetField": "enc", "GsmWord": "plain", "UnicodeWord": "uni", "FixedField": "route", "FixedValue": "7",
    "Charset": "utf-16-be",
    "AcceptedStatus": "200", "AcceptedText": "OK", "IdPath": "", "AnswerForm": "OK {broker-id}", "MoSenderField": "MSISDN",
    "MoTextField": "B", "MoIdField": "", "MoRecipientField": "", "ReplyBody": "-1", "MoMethods": "GET",
}  # fmt: skip


class FittingTests(SynchronousTestCase):
    """One definition, many brokers."""

    def test_request(self) -> None:
        """Parameters have the names, values and character set that the options say."""
        account = registration(options=ODD, gateway="http://sms.example", mt_path="/send")
        mt = Mt("15551230001", ("15551230002",), "π", alphabet=Alphabet.UCS2)
        fitted = profile("generic/get").fitted(ODD)
        request = fitted.write_mt(mt, account)
        wanted = b"/send?route=7&u=peer&p=s3cret&M-FROM=%2B15551230001&num=%2B15551230002&enc=uni&Msg.Text=%03%C0"
        self.assertEqual((request.method, request.target), ("GET", wanted))
        (read,) = fitted.read_mt(request)
        self.assertEqual((read.text, read.alphabet, read.recipient), ("π", Alphabet.UCS2, "+15551230002"))

    def test_answers(self) -> None:
        """An answer is taken for what it is by status and text; what is neither accepts nothing."""
        fitted = profile("generic/post").fitted(ODD)
        mt = Mt("1", ("2",), "hi")
        replies = ((200, b"OK 4711"), (200, b"NO credit"), (202, b"OK 1"), (401, b""), (429, b""), (503, b""))
        read = [fitted.read_answer(HttpReply(status, (), body), mt)[0] for status, body in replies]
        wanted = [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.REFUSED, Outcome.AUTH_FAILED, Outcome.THROTTLED, Outcome.RETRY]
        self.assertEqual([answer.outcome for answer in read], wanted)
        self.assertEqual((read[0].broker_id, read[1].said), ("4711", "NO credit"))

    def test_inbound(self) -> None:
        """An inbound message is read by its names and answered as the broker wants; a name left empty is not looked for."""
        fitted = profile("generic/post").fitted(ODD)
        (mo,) = fitted.read_mo(HttpRequest("GET", b"/in?MSISDN=491&B=ja&id=5&to=7"))
        self.assertEqual(mo, Mo("491", "", "ja"))
        self.assertEqual((fitted.mo_answer("taken").body, fitted.mo_methods), (b"-1", {"GET"}))

    def test_nested(self) -> None:
        """In JSON a name may be a path."""
        options = {"MoTextField": "data.body", "MoSenderField": "data.from[0].number"}
        request = HttpRequest(
            "POST", b"/in", (), b'{"data": {"body": "hi", "from": [{"number": "491"}]}, "id": 7, "to": "12345"}'
        )
        self.assertEqual(profile("generic/json").fitted(options).read_mo(request), (Mo("491", "12345", "hi", "7"),))

    def test_authentication(self) -> None:
        """The key may stand in a header, bare or behind a word, or as Basic credentials, and is then no parameter."""
        mt = Mt("1", ("2",), "hi")
        for options, line in (
            ({"Authentication": "header", "HeaderStart": "Bearer "}, (b"Authorization", b"Bearer s3cret")),
            ({"Authentication": "header", "HeaderName": "X-Key"}, (b"X-Key", b"s3cret")),
            ({"Authentication": "basic"}, (b"Authorization", b"Basic cGVlcjpzM2NyZXQ=")),
        ):
            fitted, account = profile("generic/json").fitted(options), registration(options=options)
            request = fitted.write_mt(mt, account)
            self.assertIn(line, request.headers)
            self.assertNotIn(b"password", request.body)
            self.assertTrue(fitted.authentic(request, account))
            self.assertFalse(fitted.authentic(evolve(request, headers=()), account))

    def test_webhook_header(self) -> None:
        """The secret of webhooks moves from the URL to a header."""
        options = {"WebhookHeader": "X-Hook", "WebhookSecret": "abc"}
        fitted, account = profile("generic/json").fitted(options), registration(options=options)
        request = fitted.write_mo(Mo("1", "2", "hi"), account, facts())
        self.assertEqual((request.query, request.header(b"x-hook")), (b"", b"abc"))
        fitted.verify_mo(request, account)

    def test_wrong_option(self) -> None:
        """An option that makes no sense is refused with the profile's name and what is wrong."""
        for options in (
            {"MoDateField": "d", "MoDateForm": "when"},
            {"IdPath": "id"},
            {"AcceptedStatus": "fine"},
            {"Charset": "x"},
        ):
            with self.assertRaises(Rejected) as refused:
                profile("generic/post").fitted(options)
            self.assertIn("generic/post", str(refused.exception))

    def test_others(self) -> None:
        """A definition with names of its own is the same for every account."""
        self.assertIs(profile("twilio").fitted({"AuthToken": "x"}), profile("twilio"))

    def test_undeclared(self) -> None:
        """A name by an option that nobody declared is a fault."""
        at = Node("at", {"name": "{option.Nothing}", "field": "remote"}, where="x.xml:3")
        broker = Node("broker", children=(Node("profile", children=(Node("mo", children=(Node("form", children=(at,)),)),)),))
        self.assertIn(("unknown-option", "x.xml:3"), [(fault.rule, fault.where) for fault in check(broker) if fault.where])

    def test_gone(self) -> None:
        """What has no place any more is gone, with the group that held it."""
        at = Node("at", {"name": "{option.A}", "field": "text"})
        self.assertEqual(fitting.fitted(Node("mo", children=(Node("form", children=(at,)),)), {"A": ""}).children, ())
