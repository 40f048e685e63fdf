"""The questions one can ask."""

from __future__ import annotations

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.store.entries import KeepExchange, KeepFact, KeepRevision
from cicsms.store.exchange import ExchangeKind, reply_head, request_head
from cicsms.store.views import Direction, Message, Search
from tests.store.support import START, StoreCase


class SearchTests(StoreCase):
    """Messages are found, newest first, page by page."""

    def find(self, search: Search) -> list[str]:
        """Give the texts that are found."""
        return [message.text for message in self.ask(self.store.queries.messages(search)).messages]

    def test_newest_first(self) -> None:
        """Without conditions everything is listed, the newest first."""
        for text in ("a", "b", "c"):
            self.receive(self.inbound(text))
        self.assertEqual(self.find(Search()), ["c", "b", "a"])

    def test_pages(self) -> None:
        """Pages follow each other without gap or overlap, and the last one says so."""
        for number in range(7):
            self.receive(self.inbound(str(number)))
        texts, cursor = [], ""
        for _ in range(3):
            page = self.ask(self.store.queries.messages(Search(limit=3, cursor=cursor)))
            texts.append([message.text for message in page.messages])
            cursor = page.cursor
        self.assertEqual((texts, cursor), ([["6", "5", "4"], ["3", "2", "1"], ["0"]], ""))

    def test_full_last_page(self) -> None:
        """A last page that is full has no next one."""
        self.receive(self.inbound("a"), self.inbound("b"))
        self.assertEqual(self.ask(self.store.queries.messages(Search(limit=2))).cursor, "")

    def test_conditions(self) -> None:
        """Each condition narrows the list."""
        self.receive(self.inbound("in", broker="other"))
        self.keep(self.outbound("out", remote="+4420"))
        for search, expected in (
            (Search(direction=Direction.IN), ["in"]),
            (Search(direction=Direction.OUT), ["out"]),
            (Search(state="queued"), ["out"]),
            (Search(broker="other"), ["in"]),
            (Search(account="one"), ["out", "in"]),
            (Search(remote="+4420"), ["out"]),
            (Search(local="+13175550100"), ["out", "in"]),
            (Search(broker="other", state="queued"), []),
        ):
            with self.subTest(search=search):
                self.assertEqual(self.find(search), expected)

    def test_time(self) -> None:
        """Bounds in time are by arrival; the lower one is included."""
        for text in ("a", "b", "c"):
            self.receive(self.inbound(text))
            self.clock.advance(10)
        self.assertEqual(self.find(Search(after=START + 10)), ["c", "b"])
        self.assertEqual(self.find(Search(before=START + 10)), ["a"])
        self.assertEqual(self.find(Search(after=START + 5, before=START + 15)), ["b"])

    def test_text(self) -> None:
        """Text is found anywhere in a message, whatever its case, and signs of SQL patterns are plain signs."""
        for text in ("Sale: 50% off", "sale ended", "Ärger_x"):
            self.receive(self.inbound(text))
        self.assertEqual(self.find(Search(text="SALE")), ["sale ended", "Sale: 50% off"])
        self.assertEqual(self.find(Search(text="0%")), ["Sale: 50% off"])
        self.assertEqual(self.find(Search(text="Ärger_")), ["Ärger_x"])
        self.assertEqual(self.find(Search(text="_")), ["Ärger_x"])


class OtherQueriesTests(StoreCase):
    """Inboxes, exchanges, facts, revisions and events."""

    def test_inbox(self) -> None:
        """An inbox lists its own messages, oldest first, from a place on."""
        self.receive(self.inbound("a"), self.inbound("x", inbox="support"), self.inbound("b"))
        inbox = self.ask(self.store.queries.inbox("queue", "sales"))
        self.assertEqual([message.text for message in inbox], ["a", "b"])
        rest: tuple[Message, ...] = self.ask(self.store.queries.inbox("queue", "sales", after=inbox[0].id))
        self.assertEqual([message.text for message in rest], ["b"])

    def test_no_message(self) -> None:
        """A message that does not exist is none."""
        self.assertIsNone(self.ask(self.store.queries.message("0" * 32)))

    def test_exchange_linked_later(self) -> None:
        """An exchange may be kept for messages that exist; twice for one message is once."""
        message = self.inbound()
        self.receive(message)
        exchange = self.exchange(ExchangeKind.OTHER)
        self.keep(KeepExchange(exchange, (message.id, message.id)))
        self.assertEqual(self.record(message.id).exchanges[1], exchange)

    def test_heads(self) -> None:
        """An exchange shows request and reply as they were on the wire."""
        request = HttpRequest("POST", b"/mo?a=b", ((b"X-A", b"1"), (b"x-a", b"2")))
        self.assertEqual(request_head(request), b"POST /mo?a=b\r\nX-A: 1\r\nx-a: 2\r\n")
        self.assertEqual(reply_head(HttpReply(200, ((b"A", b"b"),))), b"A: b\r\n")

    def test_bodies_stay_out_of_repr(self) -> None:
        """What people write to each other never appears in a repr."""
        message = self.inbound("private words")
        exchange = self.exchange(body=b"private words")
        self.receive(message)
        for value in (message, exchange, self.record(message.id), self.outbound("private words"), Search(text="private words")):
            self.assertNotIn("private", repr(value))

    def test_facts(self) -> None:
        """The first value of a fact stays unless it is replaced."""
        self.assertIsNone(self.ask(self.store.queries.fact("token")))
        self.assertEqual(self.keep(KeepFact("token", "a")), "a")
        self.assertEqual(self.keep(KeepFact("token", "b")), "a")
        self.assertEqual(self.keep(KeepFact("token", "c", replace=True)), "c")
        self.assertEqual(self.ask(self.store.queries.fact("token")), "c")

    def test_revisions(self) -> None:
        """Revisions are numbered from one; the newest is given unless a number is asked for."""
        self.assertIsNone(self.ask(self.store.queries.revision()))
        self.assertEqual([self.keep(KeepRevision("ann", "why", text, "diff")) for text in ("one", "two")], [1, 2])
        newest, first = self.ask(self.store.queries.revision()), self.ask(self.store.queries.revision(1))
        assert newest is not None
        assert first is not None
        self.assertEqual((newest.number, newest.document, newest.who, newest.at), (2, "two", "ann", START))
        self.assertEqual((first.document, first.difference), ("one", "diff"))

    def test_events_in_order(self) -> None:
        """Events have rising numbers; a reader goes on behind the last one it has seen."""
        self.receive(self.inbound(), self.inbound())
        first = self.ask(self.store.queries.events(limit=1))
        rest = self.ask(self.store.queries.events(after=first[0].number))
        self.assertEqual([event.number for event in first + rest], [1, 2])
