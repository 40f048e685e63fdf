"""Receipts: matched to their part, parked until it is known, never backwards."""

from __future__ import annotations

from cicsms.model.message import Mt, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpRequest
from cicsms.store.entries import ClaimParts, KeepMt, OutboundMessage, OutboundPart, PartOutcome, SettleParts
from cicsms.store.views import Direction
from tests.pipeline.support import ACCOUNT, HANDSET, PipelineCase

SID = "SM" + "0" * 31 + "7"


class ReceiptTests(PipelineCase):
    """Receipts at their door."""

    def sent(self) -> str:
        """Keep an outbound message and hand it to the broker, whose answer has not come yet; return the part."""
        message = OutboundMessage(self.store.new_id(), "twilio", ACCOUNT, HANDSET, "+15551230001", "hello")
        part = OutboundPart(self.store.new_id(), HANDSET, "hello")
        self.keep(KeepMt(message, (part,)))
        self.keep(ClaimParts("twilio", ACCOUNT, 1, "me"))
        return part.id

    def accepted(self, part: str) -> None:
        """Note that the broker accepted the part as ``SID``."""
        self.keep(SettleParts((PartOutcome(part, State.ACCEPTED, SID),)))

    def receipt(self, state: State, status: str) -> HttpRequest:
        """Write a receipt as Twilio would."""
        line = self.line("twilio")
        mt = Mt("+15551230001", (HANDSET,), "hello")
        return line.profile.write_receipt(Receipt(state, status, SID), mt, line.registration, self.facts)

    def state(self) -> str:
        """Return the state of the only message."""
        return self.kept(Direction.OUT)[0].state

    def test_moves_the_message(self) -> None:
        """A receipt moves the message it names, and is acknowledged."""
        self.accepted(self.sent())
        reply = self.answer(self.receipt(State.DELIVERED, "delivered"))
        self.assertEqual((reply.status, self.state()), (204, State.DELIVERED))

    def test_never_backwards(self) -> None:
        """A late *sent* after *delivered* is acknowledged and recorded, and changes nothing."""
        self.accepted(self.sent())
        for state, status in ((State.DELIVERED, "delivered"), (State.SENT, "sent")):
            self.assertEqual(self.answer(self.receipt(state, status)).status, 204)
        record = self.record(self.kept(Direction.OUT)[0].id)
        self.assertEqual(self.state(), State.DELIVERED)
        self.assertEqual([receipt.applied for receipt in record.receipts], [True, False])

    def test_early(self) -> None:
        """A receipt that is quicker than the broker's own answer is parked, and applied when the id becomes known."""
        part = self.sent()
        self.assertEqual(self.answer(self.receipt(State.DELIVERED, "delivered")).status, 204)
        self.assertEqual(len(self.ask(self.store.queries.parked())), 1)
        self.accepted(part)
        self.assertEqual(self.state(), State.DELIVERED)
        self.assertEqual(self.ask(self.store.queries.parked()), ())

    def test_unknown_id(self) -> None:
        """A receipt of nobody's message is acknowledged and parked, not dropped."""
        self.assertEqual(self.answer(self.receipt(State.DELIVERED, "delivered")).status, 204)
        (parked,) = self.ask(self.store.queries.parked())
        self.assertEqual(parked.receipt.broker_id, SID)


class NamedTests(PipelineCase):
    """A broker that knows our messages by a short number of ours."""

    def test_matched_by_the_name(self) -> None:
        """Its receipt finds the part by that number, and of two parts of one number the later."""
        account = {"id": "acme", "login": "acme", "password": "partner-password", "local_addresses": [{"address": "12345"}]}
        broker = {
            "name": "mblox",
            "profile": "mblox_xml",
            "accounts": [account],
            "mo": {"port": 8191, "path": "/mblox/mo", "receipt_path": "/mblox/receipts"},
        }
        self.setup = self.site(brokers=[broker])
        line = self.line("mblox")
        for text in ("earlier", "later"):
            message = OutboundMessage(self.store.new_id(), "mblox", "acme", HANDSET, "12345", text)
            self.keep(KeepMt(message, (OutboundPart(self.store.new_id(), HANDSET, text, broker_id="00001001"),)))
        self.keep(ClaimParts("mblox", "acme", 2, "me"))
        mt = Mt("12345", ("15551230002",), "later", reference="00001001")
        receipt = Receipt(State.DELIVERED, "Delivered", reference="00001001", remote="15551230002")
        self.answer(line.profile.write_receipt(receipt, mt, line.registration, self.facts))
        self.assertEqual([m.state for m in self.kept(Direction.OUT)], [State.SENDING, State.DELIVERED])
