"""Fetching by the highest id seen, and by a text that the broker gives for the next page."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mo
from cicsms.model.wire import HttpReply
from cicsms.profile.polling import Polling
from cicsms.profile.values import NotReadable
from tests.profile.builders import NOW, facts, profile, registration

MO = Mo("+15551230002", "+15551230001", "hi", "7", NOW)


def polling(name: str) -> Polling:
    """Return how a profile fetches."""
    found = profile(name).polling
    assert found is not None
    return found


class HighestIdTests(SynchronousTestCase):
    """Africa's Talking and BulkSMS give what is newer than an id."""

    def test_pages(self) -> None:
        """The next page starts at the highest id of this one, whatever their order; after an empty one there is none."""
        for name in ("africastalking", "bulksms"):
            one = polling(name)
            self.assertTrue(one.kept)
            messages = [evolve(MO, broker_id=own) for own in ("7", "12", "9")]
            read = one.read(one.page(messages, 3, (0, one.size), registration(), facts()), 0)
            self.assertEqual(([mo.broker_id for mo in read.messages], read.next), (["7", "12", "9"], 12))
            self.assertIsNone(one.read(one.page([], 0, (12, one.size), registration(), facts()), 12).next)

    def test_asked(self) -> None:
        """The broker's side knows the request, its place and its credentials."""
        for name in ("africastalking", "bulksms"):
            one = polling(name)
            for cursor in (None, 12):
                request = one.ask(registration(), cursor)
                self.assertEqual((one.asked(request), one.place(request)), ("list", (cursor or 0, one.size)))
                self.assertTrue(one.authentic(request, registration()))
                self.assertFalse(one.authentic(request, registration(password="other")))


class TokenTests(SynchronousTestCase):
    """46elks names the next page, and lists sent messages among received ones."""

    def test_pages(self) -> None:
        """The text is sent back as it came; the first page is asked for without one, and the last one names none."""
        one = polling("46elks")
        self.assertFalse(one.kept)
        first = one.ask(registration())
        self.assertEqual((first.query, one.place(first)), (b"limit=100&to=%2B15551230001", ("", 100)))
        read = one.read(one.page([MO], 1, ("", 100), registration(), facts(), "2024-01-02T03:04:05.6"))
        self.assertEqual((read.messages, read.next), ((MO,), "2024-01-02T03:04:05.6"))
        self.assertEqual(one.place(one.ask(registration(), read.next)), ("2024-01-02T03:04:05.6", 100))
        self.assertIsNone(one.read(one.page([MO], 1, ("", 100), registration(), facts())).next)

    def test_skips(self) -> None:
        """What we sent is passed over; a received message that lacks something is an error, not passed over."""
        one = polling("46elks")
        body = one.page([MO], 1, ("", 100), registration(), facts()).body
        sent = body.replace(b"incoming", b"outgoing")
        self.assertEqual(one.read(HttpReply(200, (), sent)).messages, ())
        self.assertRaises(NotReadable, one.read, HttpReply(200, (), body.replace(b'"message"', b'"massage"')))
