"""The queue in the store: claims, outcomes, and what a crash leaves."""

from __future__ import annotations

from cicsms.model.state import State
from cicsms.store.entries import PartOutcome, RecoverParts, SettleParts
from tests.store.support import START, StoreCase


class ClaimTests(StoreCase):
    """Due parts are handed out in order, each once."""

    def test_order(self) -> None:
        """Higher priority first, then the older message, then the earlier part."""
        old = self.send("a1", "a2").message.id
        urgent = self.outbound("b", priority=2)
        self.keep(urgent)
        young = self.send("c").message.id
        claimed = [(part.message, part.text) for part in self.claim()]
        self.assertEqual(claimed, [(urgent.message.id, "b"), (old, "a1"), (old, "a2"), (young, "c")])

    def test_limit(self) -> None:
        """No more than asked for are claimed, and none twice."""
        self.send("a", "b", "c")
        self.assertEqual([part.text for part in self.claim(2)], ["a", "b"])
        self.assertEqual([part.text for part in self.claim(2)], ["c"])
        self.assertEqual(self.claim(2), ())

    def test_one_account(self) -> None:
        """An account is handed its own parts only."""
        self.keep(self.outbound("a", account="two"))
        self.assertEqual(self.claim(account="one"), ())
        self.assertEqual(len(self.claim(account="two")), 1)
        self.assertEqual(self.ask(self.store.queries.queues()), frozenset())

    def test_claimed_part_is_whole(self) -> None:
        """A claimed part carries what a profile needs to write it."""
        entry = self.send("a", "b")
        part = self.claim()[1]
        self.assertEqual((part.id, part.message), (entry.parts[1].id, entry.message.id))
        self.assertEqual((part.remote, part.local, part.number, part.of), ("+13175550123", "+13175550100", 2, 2))
        self.assertEqual((part.attempts, part.created), (1, START))

    def test_claim_is_durable(self) -> None:
        """What was claimed is *sending* in the store before the claim is answered, message included."""
        message = self.send("a").message.id
        self.claim()
        record = self.record(message)
        self.assertEqual((record.message.state, record.parts[0].state), ("sending", "sending"))

    def test_due(self) -> None:
        """A part that was put back is not handed out before its time, and counts its attempts."""
        self.send("a")
        (part,) = self.claim()
        self.settle(PartOutcome(part.id, State.QUEUED, code="503", said="busy", due=START + 30))
        self.assertEqual(self.claim(), ())
        self.assertEqual(self.ask(self.store.queries.next_due("acme", "one")), START + 30)
        self.clock.advance(30)
        self.assertEqual([again.attempts for again in self.claim()], [2])


class SettleTests(StoreCase):
    """Outcomes move parts and their messages."""

    def test_accepted(self) -> None:
        """An accepted part keeps the broker's id; the exchange belongs to its message."""
        message = self.send("a").message.id
        self.settle(PartOutcome(self.claim()[0].id, State.ACCEPTED, "B1"))
        record = self.record(message)
        self.assertEqual((record.message.state, record.parts[0].state, record.parts[0].broker_id), ("accepted", "accepted", "B1"))
        self.assertEqual(len(record.exchanges), 1)

    def test_refused(self) -> None:
        """A refusal is final, with the broker's code and words on part and message."""
        message = self.send("a").message.id
        self.settle(PartOutcome(self.claim()[0].id, State.REJECTED, code="21211", said="invalid number"))
        record = self.record(message)
        for kept in (record.message, record.parts[0]):
            self.assertEqual((kept.state, kept.code, kept.said), ("rejected", "21211", "invalid number"))

    def test_message_of_parts(self) -> None:
        """A long message has the state that its parts have together."""
        message = self.send("a", "b").message.id
        one, two = self.claim()
        self.settle(PartOutcome(one.id, State.ACCEPTED, "B1"))
        self.assertEqual(self.record(message).message.state, "sending")
        self.settle(PartOutcome(two.id, State.ACCEPTED, "B2"))
        self.assertEqual(self.record(message).message.state, "accepted")

    def test_final_stays(self) -> None:
        """No outcome moves a part that has come to its end."""
        message = self.send("a").message.id
        (part,) = self.claim()
        self.settle(PartOutcome(part.id, State.REJECTED))
        for state in (State.QUEUED, State.UNKNOWN, State.ACCEPTED, State.FAILED):
            self.settle(PartOutcome(part.id, state))
        self.assertEqual(self.record(message).parts[0].state, "rejected")

    def test_late_answer_of_an_unknown_part(self) -> None:
        """An answer that is read after all moves a part on from *unknown*."""
        message = self.send("a").message.id
        (part,) = self.claim()
        self.settle(PartOutcome(part.id, State.UNKNOWN))
        self.settle(PartOutcome(part.id, State.ACCEPTED, "B1"))
        self.assertEqual(self.record(message).message.state, "accepted")

    def test_states_afterwards(self) -> None:
        """The results are the states the parts are in, and *unknown* for a part that does not exist."""
        self.send("a")
        (part,) = self.claim()
        outcomes = (PartOutcome(part.id, State.ACCEPTED), PartOutcome("nobody", State.ACCEPTED))
        self.assertEqual(self.keep(SettleParts(outcomes)), (State.ACCEPTED, State.UNKNOWN))

    def test_events(self) -> None:
        """Each move of a part is an event."""
        message = self.send("a").message.id
        self.settle(PartOutcome(self.claim()[0].id, State.ACCEPTED))
        last = self.ask(self.store.queries.events(after=1))[-1]
        self.assertEqual((last.kind, last.message, last.state), ("state", message, "accepted"))


class RecoverTests(StoreCase):
    """What was being sent when its sender ended is unknown; what was not is still queued."""

    def test_own_parts(self) -> None:
        """A process that starts again makes unknown what it was sending, and never claims it again."""
        message = self.send("a", "b").message.id
        self.claim(1)
        self.assertEqual(self.keep(RecoverParts("me")), 1)
        self.assertEqual([part.state for part in self.record(message).parts], ["unknown", "queued"])
        self.assertEqual([part.text for part in self.claim()], ["b"])

    def test_other_owner_within_its_lease(self) -> None:
        """Another process keeps what it is sending until its lease ends."""
        self.send("a")
        self.claim(owner="other", lease=60)
        self.assertEqual(self.keep(RecoverParts("me")), 0)
        self.clock.advance(61)
        self.assertEqual(self.keep(RecoverParts("me")), 1)

    def test_counts(self) -> None:
        """The counts tell what is queued, being sent and unknown, by account."""
        self.send("a", "b", "c")
        (part, _) = self.claim(2)
        self.settle(PartOutcome(part.id, State.UNKNOWN))
        counts = self.ask(self.store.queries.counts())
        states = {state: many for (_, _, state), many in counts.parts.items()}
        self.assertEqual(states, {State.QUEUED: 1, State.SENDING: 1, State.UNKNOWN: 1})
