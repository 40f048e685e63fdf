"""Keeping inbound messages."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import evolve

from cicsms.model.message import Alphabet, Concat, Mo
from cicsms.store.entries import InboundMo, KeepMo
from cicsms.store.views import Direction
from tests.store.support import START, StoreCase


class KeepMoTests(StoreCase):
    """Each inbound message is kept once, whole."""

    def test_whole(self) -> None:
        """Everything a broker said of a message comes back."""
        mo = Mo(
            "+13175550123",
            "+13175550100",
            "Zoë 😀",
            broker_id="SM1",
            date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            parts=2,
            concat=Concat(7, 2, 1),
            alphabet=Alphabet.UCS2,
            mcc="310",
            mnc="004",
            extra={"keyword": "JOIN"},
        )
        id = self.store.new_id()  # noqa: A001
        self.keep(KeepMo((InboundMo(id, mo, "acme", "one", "queue", "sales"),), self.exchange()))
        message = self.record(id).message
        self.assertEqual((message.direction, message.broker, message.account), (Direction.IN, "acme", "one"))
        self.assertEqual((message.remote, message.local, message.text), (mo.remote, mo.local, mo.text))
        self.assertEqual((message.broker_id, message.date), ("SM1", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()))
        self.assertEqual((message.parts, message.concat, message.alphabet), (2, mo.concat, Alphabet.UCS2))
        self.assertEqual((message.mcc, message.mnc, message.extra), ("310", "004", {"keyword": "JOIN"}))
        self.assertEqual((message.destination, message.inbox, message.state), ("queue", "sales", "kept"))
        self.assertEqual((message.created, message.updated), (START, START))

    def test_exchange_is_kept_with_it(self) -> None:
        """The exchange that brought a message belongs to it, to the octet."""
        exchange = self.exchange(body=b"\x00\xff binary")
        message = self.inbound()
        self.keep(KeepMo((message,), exchange))
        self.assertEqual(self.record(message.id).exchanges, (exchange,))

    def test_several_in_one_request(self) -> None:
        """Messages of one request share its exchange."""
        one, two = self.inbound("one"), self.inbound("two")
        kept = self.receive(one, two)
        self.assertEqual([result.id for result in kept], [one.id, two.id])
        self.assertEqual(self.record(one.id).exchanges, self.record(two.id).exchanges)

    def test_duplicate(self) -> None:
        """The same key again is a duplicate: the first message's id, no second message, but its exchange is kept."""
        first = self.inbound(key="SM1")
        self.receive(first)
        (again,) = self.receive(self.inbound(key="SM1"))
        self.assertEqual((again.id, again.duplicate), (first.id, True))
        self.assertEqual(len(self.ask(self.store.queries.inbox("queue", "sales"))), 1)
        self.assertEqual(len(self.record(first.id).exchanges), 2)

    def test_duplicate_in_one_request(self) -> None:
        """A message twice in one request is kept once."""
        first = self.inbound(key="SM1")
        kept = self.receive(first, self.inbound(key="SM1"))
        self.assertEqual([(one.id, one.duplicate) for one in kept], [(first.id, False), (first.id, True)])

    def test_duplicate_after_restart(self) -> None:
        """Keys are remembered by the store, not by the process."""
        first = self.inbound(key="SM1")
        self.receive(first)
        self.successResultOf(self.store.close())
        self.store = self.open()
        self.assertEqual(self.receive(self.inbound(key="SM1"))[0].id, first.id)

    def test_key_is_of_one_line(self) -> None:
        """The same id at another broker or account is another message."""
        self.receive(self.inbound(key="SM1"))
        self.assertFalse(self.receive(self.inbound(key="SM1", broker="other"))[0].duplicate)
        self.assertFalse(self.receive(evolve(self.inbound(key="SM1"), account="two"))[0].duplicate)

    def test_key_expires(self) -> None:
        """After its window a key stands for a new message."""
        self.receive(self.inbound(key="SM1"))
        self.clock.advance(61)
        second = self.inbound(key="SM1")
        self.assertFalse(self.receive(second)[0].duplicate)
        self.assertEqual(self.receive(self.inbound(key="SM1"))[0].id, second.id)

    def test_no_key(self) -> None:
        """Without a key nothing is a duplicate."""
        self.assertFalse(self.receive(self.inbound("same"))[0].duplicate)
        self.assertFalse(self.receive(self.inbound("same"))[0].duplicate)

    def test_text_no_database_takes(self) -> None:
        """NUL and lone surrogates never keep a message out, nor a key from being known."""
        message = self.inbound("a\0\ud800b", key="k\0\ud800")
        self.receive(message)
        self.assertEqual(self.record(message.id).message.text, "a\u2400\ufffdb")
        self.assertTrue(self.receive(self.inbound(key="k\0\ud800"))[0].duplicate)

    def test_event(self) -> None:
        """A new message is an event; a duplicate is none."""
        message = self.inbound(key="SM1")
        self.receive(message)
        self.receive(self.inbound(key="SM1"))
        events = self.ask(self.store.queries.events())
        self.assertEqual([(event.kind, event.message, event.at) for event in events], [("received", message.id, START)])

    def test_many(self) -> None:
        """A request of a thousand messages is kept whole and in order."""
        many = tuple(self.inbound(str(number)) for number in range(1000))
        self.receive(*many)
        stored = self.ask(self.store.queries.inbox("queue", "sales", limit=2000))
        self.assertEqual([message.id for message in stored], [message.id for message in many])
