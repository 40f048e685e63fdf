"""Keeping outbound messages."""

from __future__ import annotations

from cicsms.model.message import Alphabet, Concat
from cicsms.model.state import State
from cicsms.store.entries import KeepMt, OutboundMessage, OutboundPart, Repeat
from cicsms.store.views import Direction
from tests.store.support import START, StoreCase


class KeepMtTests(StoreCase):
    """An outbound message is kept with its parts, once for each idempotency key."""

    def test_whole(self) -> None:
        """Everything its sender said of a message comes back, with its parts queued."""
        new_id = self.store.new_id
        message = OutboundMessage(
            new_id(),
            "acme",
            "one",
            "3175550123",
            "+13175550100",
            "two parts",
            Alphabet.UCS2,
            reference="order 7",
            origin="user:ann",
            message_class=0,
            priority=2,
            validity=3600,
            extra={"Tariff": "5"},
        )
        parts = tuple(
            OutboundPart(new_id(), "+13175550123", text, Alphabet.UCS2, Concat(9, 2, number))
            for number, text in enumerate(("two ", "parts"), 1)
        )
        self.keep(KeepMt(message, parts))
        record = self.record(message.id)
        kept = record.message
        self.assertEqual((kept.direction, kept.state, kept.parts), (Direction.OUT, State.QUEUED, 2))
        self.assertEqual((kept.remote, kept.local, kept.text), ("3175550123", "+13175550100", "two parts"))
        self.assertEqual((kept.reference, kept.origin, kept.alphabet), ("order 7", "user:ann", Alphabet.UCS2))
        self.assertEqual((kept.message_class, kept.priority, kept.validity), (0, 2, 3600))
        self.assertEqual((kept.extra, kept.created), ({"Tariff": "5"}, START))
        self.assertEqual([(part.id, part.text, part.concat) for part in record.parts], [(p.id, p.text, p.concat) for p in parts])
        self.assertEqual([(part.number, part.of, part.state) for part in record.parts], [(1, 2, "queued"), (2, 2, "queued")])

    def test_same_key_same_request(self) -> None:
        """A request that is repeated with its key gets the first message's id, and nothing more is kept."""
        first = self.outbound("a", key="k", digest="d")
        self.assertEqual(self.keep(first).repeat, Repeat.NEW)
        again = self.keep(self.outbound("a", key="k", digest="d"))
        self.assertEqual((again.id, again.repeat), (first.message.id, Repeat.SAME))
        self.assertEqual(len(self.claim()), 1)

    def test_same_key_other_request(self) -> None:
        """A key that comes with another request is a conflict, and nothing more is kept."""
        first = self.outbound("a", key="k", digest="d")
        self.keep(first)
        again = self.keep(self.outbound("b", key="k", digest="e"))
        self.assertEqual((again.id, again.repeat), (first.message.id, Repeat.CONFLICT))
        self.assertEqual(len(self.claim()), 1)

    def test_no_key(self) -> None:
        """Without a key the same request twice is two messages."""
        self.send("a")
        self.send("a")
        self.assertEqual(len(self.claim()), 2)

    def test_event(self) -> None:
        """A queued message is an event."""
        message = self.send("a").message
        (event,) = self.ask(self.store.queries.events())
        self.assertEqual((event.kind, event.message, event.state), ("queued", message.id, "queued"))
