"""Plivo's own SDK against the profile: its validators judge our signatures, its client talks to our emulated API."""

from __future__ import annotations

from plivo import RestClient
from plivo.exceptions import AuthenticationError, ValidationError
from plivo.utils import validate_signature
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Alphabet, Answer, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.profile.values import Registration
from tests.profile.builders import profile
from tests.profile.sdk import FACTS, Played, texts

ID = "5b40a428-bfc7-4daf-9d06-726c558bf3b8"
ACCOUNT = Registration(
    "MA" + "X" * 18, "", "token", mo_url="https://sms.example.com/mo?a=1", receipt_url="https://sms.example.com/dlr"
)


def accepted(mt: Mt) -> Answer:
    """Accept a message."""
    return Answer(Outcome.ACCEPTED, ID, mt.recipient)


class Signatures(SynchronousTestCase):
    """What the emulator signs."""

    def test_validator_accepts(self) -> None:
        """Plivo's validator accepts the signatures of an inbound message and of a report; with another token it does not."""
        mo = profile("plivo").write_mo(Mo("15550001", "15550002", "Grüße", ID), ACCOUNT, FACTS)
        receipt = profile("plivo").write_receipt(Receipt(State.DELIVERED, "delivered", ID), None, ACCOUNT, FACTS)
        for request, url in ((mo, ACCOUNT.mo_url), (receipt, ACCOUNT.receipt_url)):
            lines = texts(request)
            nonce, signature = lines["X-Plivo-Signature-V2-Nonce"], lines["X-Plivo-Signature-V2"]
            self.assertTrue(validate_signature(url, nonce, signature, "token"))
            self.assertFalse(validate_signature(url, nonce, signature, "other"))


class Clients(SynchronousTestCase):
    """What Plivo's client sends, and what it understands."""

    def client(self, broker: Played, token: str = "token") -> RestClient:
        """Return the SDK's client, with the played broker in the place of the network."""
        client = RestClient(ACCOUNT.account, token)
        client.session.mount("https://", broker)
        return client

    def test_accepted(self) -> None:
        """The client's message is read as what it was told, and it understands that it is queued."""
        broker = Played(profile("plivo"), ACCOUNT, accepted)
        sent = self.client(broker).messages.create(
            src="15550002", dst="15550001", text="Grüße, 世界", url="https://sms.example.com/dlr"
        )
        taken = broker.taken[0]
        self.assertEqual((taken.sender, taken.recipients, taken.text), ("15550002", ("15550001",), "Grüße, 世界"))
        self.assertEqual((taken.callback, taken.alphabet), ("https://sms.example.com/dlr", Alphabet.UCS2))
        self.assertEqual((sent.message_uuid, sent.message), ([ID], "message(s) queued"))

    def test_several(self) -> None:
        """Several recipients of one request are read as several, and each has an id."""
        broker = Played(profile("plivo"), ACCOUNT, accepted)
        sent = self.client(broker).messages.create(src="15550002", dst="15550001<15550003", text="x")
        self.assertEqual(broker.taken[0].recipients, ("15550001", "15550003"))
        self.assertEqual(sent.message_uuid, [ID, ID])

    def test_refused(self) -> None:
        """The client understands that a message is refused, and why."""
        broker = Played(profile("plivo"), ACCOUNT, lambda mt: Answer(Outcome.REFUSED, said="dst is not valid"))
        refused = self.assertRaises(ValidationError, self.client(broker).messages.create, src="1", dst="2", text="x")
        self.assertIn("dst is not valid", str(refused))

    def test_wrong_token(self) -> None:
        """The client understands that its credentials are refused."""
        broker = Played(profile("plivo"), ACCOUNT, accepted)
        self.assertRaises(AuthenticationError, self.client(broker, "wrong").messages.create, src="1", dst="2", text="x")
        self.assertEqual(broker.taken, [])
