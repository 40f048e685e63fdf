"""What brokers post: verified, kept, acknowledged, in this order; and what is refused."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import Deferred, fail
from twisted.logger import capturedLogs

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.door import Door
from cicsms.store.entries import Entry, KeepMo
from cicsms.store.errors import StoreBusy
from tests.pipeline.support import HANDSET, PipelineCase


class Slow:
    """A journal that says when it is asked, and commits when it is told."""

    def __init__(self) -> None:
        self.entries: list[Entry[object]] = []
        self.commits: list[Deferred[object]] = []

    def submit(self, entry: Entry[object]) -> Deferred[object]:
        """Note the entry; the commit comes later."""
        self.entries.append(entry)
        self.commits.append(Deferred())
        return self.commits[-1]


class Full:
    """A journal that takes nothing."""

    def submit(self, entry: Entry[object]) -> Deferred[object]:
        """Refuse."""
        return fail(StoreBusy("Full.", retry_after=7))


class InboundTests(PipelineCase):
    """Inbound messages at their door."""

    def door(self, broker: str) -> Door[object]:
        """Return the door of a broker's inbound messages."""
        return self.setup.doors[broker][0]

    def test_keeps_and_acknowledges(self) -> None:
        """A signed message is answered as Twilio expects, and lies in the inbox of the default route."""
        reply = self.answer(self.mo("twilio"))
        self.assertEqual(reply.status, 200)
        (message,) = self.kept()
        self.assertEqual((message.remote, message.local, message.text), (HANDSET, "+15551230001", "hello"))
        self.assertEqual((message.destination, message.inbox), ("queue", "workgroup:all"))

    def test_commit_comes_before_the_answer(self) -> None:
        """No acknowledgement exists before the journal has committed."""
        journal = Slow()
        door = self.door("twilio")
        door.journal = journal
        reply = door.take(self.mo("twilio"))
        assert isinstance(reply, Deferred)
        self.assertNoResult(reply)
        self.assertIsInstance(journal.entries[0], KeepMo)
        journal.commits[0].callback(())
        self.assertEqual(self.successResultOf(reply).status, 200)

    def test_busy_store(self) -> None:
        """Where the journal is full the broker is asked to come again, with Retry-After, and nothing is acknowledged."""
        door = self.door("twilio")
        door.journal = Full()
        reply = door.take(self.mo("twilio"))
        assert isinstance(reply, Deferred)
        said = self.successResultOf(reply)
        self.assertEqual((said.status, said.header(b"retry-after")), (503, b"7"))
        self.assertEqual(door.tally.busy, 1)

    def test_repeated_message(self) -> None:
        """The same broker id three times is acknowledged three times and kept once; a new id with the same text is kept."""
        replies = [self.answer(self.mo("twilio")).status for _ in range(3)]
        self.answer(self.mo("twilio", broker_id="SM" + "0" * 31 + "2"))
        self.assertEqual((replies, len(self.kept())), ([200] * 3, 2))

    def test_without_an_id(self) -> None:
        """Where the broker gives no id, the same ends and text within three minutes are one message, later another one."""
        for _ in range(2):
            self.answer(self.mo("kannel", broker_id=""))
        self.assertEqual(len(self.kept()), 1)
        self.clock.advance(181)
        self.answer(self.mo("kannel", broker_id=""))
        self.assertEqual(len(self.kept()), 2)

    def test_pairs_by_local_address(self) -> None:
        """A message to the second account's number is the second account's, whichever account the signature proved."""
        self.answer(self.mo("twilio", local="+15551230009"))
        (message,) = self.kept()
        self.assertEqual((message.account, message.local), ("other", "+15551230009"))

    def test_pairs_without_the_plus(self) -> None:
        """A broker that writes our number without its plus sign means the same account."""
        self.answer(self.mo("twilio", local="15551230009"))
        (message,) = self.kept()
        self.assertEqual((message.account, message.local), ("other", "15551230009"))

    def test_without_local_address(self) -> None:
        """A message that names no number of ours gets the verified account's own."""
        self.answer(self.mo("kannel", local=""))
        self.assertEqual(self.kept()[0].local, "12345")

    def test_unknown_local_address(self) -> None:
        """A message to a number nobody configured is kept as it came, with the verified account."""
        self.answer(self.mo("twilio", "other", local="+19990000000"))
        (message,) = self.kept()
        self.assertEqual((message.account, message.local), ("other", "+19990000000"))

    def test_routes(self) -> None:
        """The first route that matches decides the inbox."""
        self.answer(self.mo("twilio", text="BUY one"))
        self.assertEqual(self.kept()[0].inbox, "workgroup:sales")

    def test_replayed(self) -> None:
        """What was signed more than five minutes ago is refused, though the signature is right."""
        keys = {
            "PublicKey": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
            "PrivateKey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        }
        account = {"id": "main", "options": keys, "local_addresses": [{"address": "+15551230001"}]}
        telnyx = {"name": "telnyx", "profile": "telnyx", "accounts": [account], "mo": {"port": 8191, "path": "/telnyx/mo"}}
        self.setup = self.site(brokers=[telnyx | {"public_url": "http://sms.example.com"}])
        self.assertEqual(self.answer(self.mo("telnyx", broker_id="1")).status, 200)
        late = self.mo("telnyx", broker_id="2")
        self.clock.advance(301)
        self.assertEqual(self.answer(late).status, 403)
        self.assertEqual(len(self.kept()), 1)

    def test_forged(self) -> None:
        """A forged signature is refused with 403, one log line and a record of the exchange; nothing is kept as a message."""
        forged = evolve(self.mo("twilio"), body=self.mo("twilio", text="forged").body)
        with capturedLogs() as logged:
            reply = self.answer(forged)
        self.assertEqual((reply.status, reply.body, self.kept()), (403, b"", []))
        self.assertEqual(len([event for event in logged if event["log_namespace"].endswith("Door")]), 1)
        self.assertEqual(self.door("twilio").tally.unverified, 1)

    def test_unreadable(self) -> None:
        """A request that is no message is refused as the profile says, and nothing is kept."""
        request = HttpRequest("GET", b"/kannel/mo?nonsense=1", authority="localhost")
        self.assertEqual(self.answer(request).status, 400)
        self.assertEqual((self.kept(), self.door("kannel").tally.unreadable), ([], 1))

    def test_probe(self) -> None:
        """A GET without a query, or with healthcheckignore alone, is answered and leaves nothing behind."""
        for target in (b"/twilio/mo", b"/kannel/mo?healthcheckignore=1"):
            self.assertEqual(
                self.answer(HttpRequest("GET", target)),
                HttpReply(200, ((b"Content-Type", b"text/plain; charset=utf-8"),), b"alive\n"),
            )
        self.assertEqual(self.store.figures.kept, 0)

    def test_probe_flag_on_a_message(self) -> None:
        """A genuine message that carries healthcheckignore=1 is kept."""
        request = self.mo("kannel")
        self.answer(evolve(request, target=request.target + b"&healthcheckignore=1"))
        self.assertEqual(len(self.kept()), 1)

    def test_other_method(self) -> None:
        """A query by GET where the broker only posts is refused with 405 and what is allowed."""
        door = self.door("twilio")
        door.methods = frozenset({"POST"})
        reply = door.take(HttpRequest("GET", b"/twilio/mo?Body=x"))
        assert isinstance(reply, HttpReply)
        self.assertEqual((reply.status, reply.header(b"allow")), (405, b"GET, HEAD, POST"))

    def test_exchange_without_secrets(self) -> None:
        """The kept exchange shows request and reply, and no secret of the account."""
        line = self.line("kannel")
        request = self.mo("kannel")
        self.answer(evolve(request, target=request.target + b"&x=" + line.registration.password.encode()))
        (exchange,) = self.record(self.kept()[0].id).exchanges
        self.assertIn(b"GET /kannel/mo?", exchange.request_head)
        self.assertNotIn(b"hush-hush", exchange.request_head)
        self.assertEqual(exchange.status, 200)
