"""Keeping receipts."""

from __future__ import annotations

from datetime import UTC, datetime

from cicsms.model.message import Receipt
from cicsms.model.state import State
from cicsms.store.entries import Fate, KeepReceipts, KeptReceipt, PartOutcome
from cicsms.store.exchange import ExchangeKind
from tests.store.support import StoreCase


class KeepReceiptsTests(StoreCase):
    """Every receipt is recorded; those that match move their part, forward only."""

    def report(self, *receipts: Receipt, account: str = "one", broker: str = "acme") -> tuple[KeptReceipt, ...]:
        """Keep receipts as one request brings them."""
        return self.keep(KeepReceipts(broker, account, receipts, self.exchange(ExchangeKind.RECEIPT)))

    def accepted(self, broker_id: str = "B1", remote: str = "+13175550123") -> str:
        """Bring a message as far as accepted; give its id."""
        entry = self.send("a", remote=remote)
        self.settle(PartOutcome(self.claim()[0].id, State.ACCEPTED, broker_id))
        return entry.message.id

    def test_by_broker_id(self) -> None:
        """A receipt finds its part by the broker's id, and the message follows."""
        message = self.accepted()
        (kept,) = self.report(Receipt(State.DELIVERED, "delivered", "B1"))
        record = self.record(message)
        self.assertEqual(kept, KeptReceipt(Fate.APPLIED, record.parts[0].id, message))
        self.assertEqual((record.message.state, len(record.exchanges)), ("delivered", 2))

    def test_by_reference(self) -> None:
        """A receipt that carries our own reference finds its part before the broker's answer is read."""
        entry = self.send("a")
        (part,) = self.claim()
        (kept,) = self.report(Receipt(State.DELIVERED, "1", "B7", part.id))
        self.assertEqual((kept.fate, kept.part), (Fate.APPLIED, part.id))
        self.settle(PartOutcome(part.id, State.ACCEPTED, "B1"))
        record = self.record(entry.message.id)
        self.assertEqual((record.message.state, record.parts[0].broker_id), ("delivered", "B7"))

    def test_whole(self) -> None:
        """Everything a receipt said comes back."""
        message = self.accepted()
        receipt = Receipt(
            State.FAILED,
            "undelivered",
            "B1",
            "",
            "+13175550123",
            "+13175550100",
            "30003",
            "unreachable",
            datetime(2026, 1, 2, tzinfo=UTC),
            final=True,
        )
        self.report(receipt)
        record = self.record(message)
        self.assertEqual([(kept.receipt, kept.applied) for kept in record.receipts], [(receipt, True)])
        self.assertEqual((record.message.code, record.message.said), ("30003", "unreachable"))

    def test_forward_only(self) -> None:
        """A receipt that says less than is known, or the same again, is recorded as late."""
        message = self.accepted()
        self.report(Receipt(State.DELIVERED, "delivered", "B1"))
        for state in (State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN):
            self.assertEqual(self.report(Receipt(state, "later", "B1"))[0].fate, Fate.LATE)
        record = self.record(message)
        self.assertEqual((record.message.state, [kept.applied for kept in record.receipts]), ("delivered", [True] + 4 * [False]))

    def test_several_in_one_request(self) -> None:
        """Receipts of one request apply in its order."""
        message = self.accepted()
        fates = [kept.fate for kept in self.report(*(Receipt(State(s), s, "B1") for s in ("sent", "delivered", "sent")))]
        self.assertEqual(fates, [Fate.APPLIED, Fate.APPLIED, Fate.LATE])
        self.assertEqual(self.record(message).message.state, "delivered")

    def test_early(self) -> None:
        """A receipt that is quicker than the answer is parked, and applies when the broker's id becomes known."""
        entry = self.send("a")
        (part,) = self.claim()
        self.assertEqual(self.report(Receipt(State.DELIVERED, "delivered", "B1"))[0], KeptReceipt(Fate.PARKED))
        self.assertEqual(self.ask(self.store.queries.counts()).parked, {"acme": 1})
        self.settle(PartOutcome(part.id, State.ACCEPTED, "B1"))
        record = self.record(entry.message.id)
        self.assertEqual((record.message.state, record.receipts[0].applied), ("delivered", True))
        self.assertEqual(self.ask(self.store.queries.parked()), ())

    def test_early_ones_apply_in_order(self) -> None:
        """Parked receipts apply in the order in which they came."""
        entry = self.send("a")
        (part,) = self.claim()
        self.report(Receipt(State.SENT, "sent", "B1"))
        self.report(Receipt(State.DELIVERED, "delivered", "B1"))
        self.settle(PartOutcome(part.id, State.ACCEPTED, "B1"))
        self.assertEqual([kept.applied for kept in self.record(entry.message.id).receipts], [True, True])

    def test_early_across_a_restart(self) -> None:
        """A parked receipt waits in the store, not in the process."""
        entry = self.send("a")
        (part,) = self.claim()
        self.report(Receipt(State.DELIVERED, "delivered", "B1"))
        self.successResultOf(self.store.close())
        self.store = self.open()
        self.settle(PartOutcome(part.id, State.ACCEPTED, "B1"))
        self.assertEqual(self.record(entry.message.id).message.state, "delivered")

    def test_resolves_unknown(self) -> None:
        """A receipt by our reference ends the doubt about a part whose answer never came."""
        entry = self.send("a")
        (part,) = self.claim()
        self.settle(PartOutcome(part.id, State.UNKNOWN))
        self.report(Receipt(State.DELIVERED, "delivered", "", part.id))
        self.assertEqual(self.record(entry.message.id).message.state, "delivered")

    def test_other_line(self) -> None:
        """An id or reference counts only for the broker and account that gave or got it."""
        message = self.accepted()
        part = self.record(message).parts[0].id
        for broker, account in (("other", "one"), ("acme", "two")):
            for receipt in (Receipt(State.FAILED, "x", "B1"), Receipt(State.FAILED, "x", "", part)):
                self.assertEqual(self.report(receipt, account=account, broker=broker)[0].fate, Fate.PARKED)
        self.assertEqual(self.record(message).message.state, "accepted")

    def test_any_account(self) -> None:
        """Where the request does not tell the account, any of the broker's will do."""
        self.accepted()
        self.assertEqual(self.report(Receipt(State.DELIVERED, "x", "B1"), account="")[0].fate, Fate.APPLIED)

    def test_one_id_for_many_recipients(self) -> None:
        """Where a broker gives several recipients one id, the number decides."""
        first = self.accepted("B1", "+13175550001")
        second = self.accepted("B1", "+13175550002")
        self.report(Receipt(State.DELIVERED, "x", "B1", remote="13175550001"))
        self.assertEqual((self.record(first).message.state, self.record(second).message.state), ("delivered", "accepted"))

    def test_id_used_again(self) -> None:
        """Where a broker uses an id again, the newest part is meant."""
        old, new = self.accepted(), self.accepted()
        self.report(Receipt(State.DELIVERED, "x", "B1"))
        self.assertEqual((self.record(old).message.state, self.record(new).message.state), ("accepted", "delivered"))

    def test_without_any_key(self) -> None:
        """A receipt with neither id nor reference is parked, and never matches a part without an id."""
        message = self.send("a").message.id
        self.claim()
        self.assertEqual(self.report(Receipt(State.DELIVERED, "x"))[0].fate, Fate.PARKED)
        self.assertEqual(self.record(message).message.state, "sending")
