"""Twilio's own SDK against the profile: its validator judges our signatures, its client talks to our emulated API."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given, settings
from hypothesis import strategies as st
from requests import Session
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Alphabet, Answer, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.profile.values import Registration
from tests.profile.builders import profile
from tests.profile.sdk import FACTS, Played, accepted, texts

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = Registration(
    "AC" + "1" * 32, "", TOKEN, mo_url="https://sms.example.com/mo?a=1", receipt_url="https://sms.example.com/dlr"
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


class Signatures(SynchronousTestCase):
    """What the emulator signs."""

    @given(TEXTS)
    @settings(deadline=None, max_examples=50)
    def test_validator_accepts(self, text: str) -> None:
        """Twilio's validator accepts the signature of any inbound message, and none when a field is changed."""
        request = profile("twilio").write_mo(Mo("+15550001", "+15550002", text, "SM" + "2" * 32), ACCOUNT, FACTS)
        validator, signature = RequestValidator(TOKEN), texts(request)["X-Twilio-Signature"]
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        self.assertTrue(validator.validate(ACCOUNT.mo_url, fields, signature))
        self.assertFalse(validator.validate(ACCOUNT.mo_url, {**fields, "Body": text + "!"}, signature))

    def test_validator_accepts_receipts(self) -> None:
        """Twilio's validator accepts the signature of a delivery report."""
        receipt = Receipt(State.DELIVERED, "delivered", "SM" + "2" * 32, remote="+15550001", local="+15550002")
        request = profile("twilio").write_receipt(receipt, None, ACCOUNT, FACTS)
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        self.assertTrue(RequestValidator(TOKEN).validate(ACCOUNT.receipt_url, fields, texts(request)["X-Twilio-Signature"]))

    def test_signed_by_the_sdk(self) -> None:
        """A request that Twilio's SDK signed is accepted by our side."""
        request = profile("twilio").write_mo(Mo("+15550001", "+15550002", "ß", "SM" + "2" * 32), ACCOUNT, FACTS)
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        signature = RequestValidator(TOKEN).compute_signature(ACCOUNT.mo_url, fields)
        self.assertEqual(signature, texts(request)["X-Twilio-Signature"])


class Clients(SynchronousTestCase):
    """What Twilio's client sends, and what it understands."""

    def client(self, broker: Played, token: str = TOKEN) -> Client:
        """Return the SDK's client, with the played broker in the place of the network."""
        http = TwilioHttpClient()
        http.session = Session()
        http.session.mount("https://", broker)
        return Client(ACCOUNT.account, token, http_client=http)

    def test_accepted(self) -> None:
        """The client's message is read as what it was told, and it understands that it is queued."""
        broker = Played(profile("twilio"), ACCOUNT, accepted)
        sent = self.client(broker).messages.create(
            to="+15550001",
            from_="+15550002",
            body="Grüße, 世界",
            status_callback="https://sms.example.com/dlr",
            validity_period=60,
        )
        wanted = Mt("+15550002", ("+15550001",), "Grüße, 世界", "", "https://sms.example.com/dlr", Alphabet.UCS2, validity=60)
        self.assertEqual(broker.taken, [wanted])
        self.assertEqual((sent.sid, sent.status, sent.body, sent.num_segments), ("SM" + "0" * 32, "queued", "Grüße, 世界", "1"))
        self.assertEqual((sent.to, sent.from_, sent.error_code, sent.date_created), ("+15550001", "+15550002", None, FACTS.now))

    def test_errors(self) -> None:
        """The client understands the errors of each kind: code, text and status."""
        for outcome, status, code in (
            (Outcome.REFUSED, 400, 21211),
            (Outcome.STOPPED, 400, 21610),
            (Outcome.THROTTLED, 429, 20429),
            (Outcome.RETRY, 503, 503),
        ):
            broker = Played(profile("twilio"), ACCOUNT, lambda mt, outcome=outcome: Answer(outcome))  # type: ignore[misc]
            refused = self.assertRaises(TwilioRestException, self.client(broker).messages.create, to="1", from_="2", body="x")
            self.assertEqual((refused.status, refused.code), (status, code))
            self.assertTrue(refused.msg)

    def test_wrong_token(self) -> None:
        """The client understands that its credentials are refused."""
        broker = Played(profile("twilio"), ACCOUNT, accepted)
        refused = self.assertRaises(
            TwilioRestException, self.client(broker, "wrong").messages.create, to="1", from_="2", body="x"
        )
        self.assertEqual((refused.status, refused.code, broker.taken), (401, 20003, []))
