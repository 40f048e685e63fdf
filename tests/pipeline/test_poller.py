"""Messages that are fetched: kept before they are taken off the list, page by page, again and again."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, fail

from cicsms.model.wire import HttpReply
from cicsms.pipeline.poller import STORE_PAUSE, Poller
from cicsms.store.entries import Entry, KeepMo
from cicsms.store.errors import StoreBusy
from cicsms.store.store import Store
from cicsms.web.sender import NotSent
from tests.pipeline.support import PipelineCase

INTERVAL = 30.0


def page(*ids: str, following: str = "") -> HttpReply:
    """Give a page of 46elks, with messages of these ids."""
    found = [
        {
            "id": one,
            "direction": "incoming",
            "from": "+15551230002",
            "to": "+15551230001",
            "message": f"text {one}",
            "created": CREATED,
        }
        for one in ids
    ]
    body = json.dumps({"data": found} | ({"next": following} if following else {})).encode()
    return HttpReply(200, ((b"Content-Type", b"application/json"),), body)


CREATED = "2026-11-22T17:59:30.000000"


class Reluctant:
    """A store that is too busy for messages once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.refused = 0

    def submit(self, entry: Entry[Any]) -> Deferred[Any]:
        """Pass an entry on, but for the first message."""
        if isinstance(entry, KeepMo) and not self.refused:
            self.refused += 1
            return fail(StoreBusy("Busy."))
        return self._store.submit(entry)


class PollerTests(PipelineCase):
    """One account of a broker that is asked every half minute."""

    def setUp(self) -> None:
        """Set up the account."""
        super().setUp()
        account = {"id": "elks", "login": "u1", "password": "elks-password", "local_addresses": [{"address": "+15551230001"}]}
        broker = {
            "name": "elks",
            "profile": "46elks",
            "accounts": [account],
            "mo": {"port": 8191, "path": "/elks/mo", "poll_interval": INTERVAL},
            "mt": {"gateway": "http://elks.example"},
        }
        self.setup = self.site(brokers=[broker])
        self.poller = self.make(self.store)

    def make(self, journal: Store | Reluctant) -> Poller:
        """Make the poller over a journal."""
        (line,) = self.setup.fetching
        way = self.setup.ways["elks"]
        return Poller(line, way, self.network.send, journal, self.store.queries.fact, self.recorder, self.clock)

    def texts(self) -> list[str]:
        """Return the texts kept, oldest first."""
        return [message.text for message in self.kept()]

    def test_fetches_page_by_page(self) -> None:
        """Every page is fetched, the next one by the broker's own cursor, and its messages are kept and routed."""
        self.network.script.extend([page("s1", "s2", following="2026-11-22T17:59:00.000000"), page("s3")])
        self.poller.startService()
        self.assertEqual(self.texts(), ["text s1", "text s2", "text s3"])
        self.assertNotIn(b"start=", self.network.sent[0].target)
        self.assertIn(b"start=2026-11-22T17", self.network.sent[1].target)
        self.assertEqual(self.kept()[0].inbox, "workgroup:all")

    def test_comes_back(self) -> None:
        """The next round comes after the interval; what was fetched before is known and not kept again."""
        self.network.script.extend([page("s1"), page("s1", "s2")])
        self.poller.startService()
        self.clock.advance(INTERVAL)
        self.assertEqual(self.texts(), ["text s1", "text s2"])

    def test_survives_failures(self) -> None:
        """A broker that can't be reached, or answers nonsense, is asked again in the next round."""
        self.network.script.extend([NotSent("Refused."), HttpReply(200, (), b"nonsense"), HttpReply(401), page("s1")])
        self.poller.startService()
        self.clock.pump([INTERVAL] * 3)
        self.assertEqual(self.texts(), ["text s1"])

    def test_busy_store(self) -> None:
        """A page that the store can't take yet is not dropped: many brokers give each message once only."""
        journal = Reluctant(self.store)
        self.poller = self.make(journal)
        self.network.script.append(page("s1"))
        self.poller.startService()
        self.assertEqual((self.texts(), journal.refused), ([], 1))
        self.clock.advance(STORE_PAUSE)
        self.assertEqual(self.texts(), ["text s1"])

    def test_fault_inside(self) -> None:
        """A fault of this program ends the round, is logged, and the next round comes."""
        self.network.script.extend([ZeroDivisionError("a bug"), page("s1")])
        self.poller.startService()
        self.clock.advance(INTERVAL)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.texts(), ["text s1"])

    def test_stop(self) -> None:
        """Stopping waits for the round under way, and begins no other."""
        self.poller.startService()
        stopped = self.poller.stopService()
        self.assertNoResult(stopped)
        self.network.waiting[0].callback(page("s1"))
        self.successResultOf(stopped)
        self.clock.advance(INTERVAL * 2)
        self.assertEqual((self.texts(), len(self.network.sent)), (["text s1"], 1))

    def test_nothing_to_fetch(self) -> None:
        """An account without an interval, or of a broker that is off, is not asked."""
        self.setup = self.site()
        self.assertEqual(self.setup.fetching, ())
        way, recall = self.setup.ways["twilio"], self.store.queries.fact
        with self.assertRaises(ValueError):
            Poller(self.line("twilio"), way, self.network.send, self.store, recall, self.recorder, self.clock)
