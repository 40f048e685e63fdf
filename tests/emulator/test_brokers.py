"""The played brokers: what an MT meets."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.ledger import Query
from cicsms.emulator.orders import AnswerOrder
from cicsms.emulator.raw import read_reply
from cicsms.model.message import Outcome
from cicsms.model.state import State
from cicsms.model.wire import HttpRequest
from tests.emulator.fakes import Played, form_of, mt_request


class AnswerTests(SynchronousTestCase):
    """What a broker says by itself."""

    def setUp(self) -> None:
        """Play two brokers."""
        self.played = Played()

    def said(self, request: HttpRequest) -> tuple[int, str]:
        """Return status and body of the answer to a request."""
        raw = self.successResultOf(self.played.take(request))
        reply = read_reply(raw or b"")
        return reply.status, reply.body.decode()

    def test_accepts(self) -> None:
        """An MT with the right credentials is accepted with an id of the broker's form."""
        status, body = self.said(mt_request())
        self.assertEqual((status, body[:22]), (200, "accepted +15550001 id-"))

    def test_each_recipient(self) -> None:
        """Every recipient of one request gets an id of its own."""
        _, body = self.said(mt_request(to="+1,+2"))
        self.assertEqual(len({line.split()[2] for line in body.splitlines()}), 2)

    def test_wrong_password(self) -> None:
        """Wrong credentials meet the broker's own error; the ledger says so, and still what the message was."""
        self.assertEqual(self.said(mt_request(password="wrong")), (401, "acme: auth"))
        (exchange,) = self.played.ledger.find(Query())
        self.assertEqual((exchange.kind, exchange.error), ("mt", "credentials refused"))
        self.assertEqual((exchange.lines[0].text, exchange.lines[0].id), ("hello", ""))

    def test_isolated_accounts(self) -> None:
        """The credentials of one entry open no other, though both play the same profile."""
        self.assertEqual(self.said(mt_request(path="/other/send"))[0], 401)
        self.assertEqual(self.said(mt_request(path="/other/send", login="else"))[0], 200)

    def test_unreadable(self) -> None:
        """A request the broker can't read meets the broker's own refusal, with the reason in the ledger."""
        request = evolve(mt_request(), body=b"from=1")
        self.assertEqual(self.said(request), (400, "acme: refused"))
        (exchange,) = self.played.ledger.find(Query(kind="stray"))
        self.assertIn("no from", exchange.error)

    def test_wrong_path(self) -> None:
        """A path that is not the broker's is refused, and the ledger names the right one."""
        self.assertEqual(self.said(mt_request(path="/acme/send/more")), (400, "acme: refused"))
        (exchange,) = self.played.ledger.find(Query(kind="stray"))
        self.assertIn("it is /send", exchange.error)

    def test_unknown_prefix(self) -> None:
        """A path no broker is played under lists the known ones."""
        status, body = self.said(mt_request(path="/nobody/send"))
        self.assertEqual(status, 404)
        self.assertIn("/acme, /other", body)

    def test_bare_prefix(self) -> None:
        """The prefix alone, with a query or without, is the broker's root."""
        for path in ("/acme", "/acme?x=1"):
            self.assertEqual(self.said(mt_request(path=path))[0], 400)

    def test_ledger(self) -> None:
        """The ledger holds the raw request and reply, and what the message says."""
        self.said(mt_request(text="grüße", ref="r1"))
        (exchange,) = self.played.ledger.find(Query(kind="mt", text="grüße"))
        (line,) = exchange.lines
        self.assertEqual((line.sender, line.to, line.reference), ("12345", "+15550001", "r1"))
        self.assertTrue(exchange.request.startswith(b"POST /acme/send HTTP/1.1\r\n"))
        self.assertIn(line.id.encode(), exchange.reply)
        self.assertTrue(exchange.done)

    def test_same_seed_same_ids(self) -> None:
        """Two emulators with one seed give the same ids in the same order."""
        first, second = (self.said_by(Played()) for _ in range(2))
        self.assertEqual(first, second)
        self.assertEqual(len(set(first)), 3)

    def said_by(self, played: Played) -> list[bytes | None]:
        """Return the raw answers to three MTs."""
        return [self.successResultOf(played.take(mt_request())) for _ in range(3)]


class ReceiptTests(SynchronousTestCase):
    """What a broker reports by itself."""

    def setUp(self) -> None:
        """Play two brokers."""
        self.played = Played()

    def order(self, **fields: object) -> None:
        """Script an answer of Acme."""
        self.played.desk.answer(AnswerOrder.model_validate({"broker": "acme", **fields}))

    def reported(self) -> list[str]:
        """List the states that were pushed."""
        return [form_of(request)["status"] for request in self.played.pushes.sent]

    def test_in_sequence(self) -> None:
        """The states of the entry are pushed one by one, each after its delay, with the id that was given."""
        raw = self.successResultOf(self.played.take(mt_request())) or b""
        self.assertEqual(self.reported(), [])
        self.played.clock.advance(0.5)
        self.assertEqual(self.reported(), ["SENT"])
        self.played.clock.advance(0.5)
        self.assertEqual(self.reported(), ["SENT", "DELIVERED"])
        self.assertIn(form_of(self.played.pushes.sent[0])["id"].encode(), raw)
        self.assertEqual(self.played.desk.receipts.pending, 0)

    def test_to_the_callback(self) -> None:
        """A callback that the MT carries goes before the entry's receipt URL."""
        self.played.take(mt_request(cb="http://app.test/own"))
        self.played.clock.advance(0.5)
        self.assertEqual(self.played.pushes.sent[0].url, "http://app.test/own")

    def test_without_url(self) -> None:
        """An entry without a receipt URL reports nothing, and nothing breaks."""
        self.played.take(mt_request(path="/other/send", login="else"))
        self.played.clock.pump([0.5] * 4)
        self.assertEqual(self.reported(), [])

    def test_told_not_to(self) -> None:
        """A message may be told not to report."""
        self.order(receipts=[])
        self.played.take(mt_request())
        self.played.clock.pump([0.5] * 4)
        self.assertEqual(self.reported(), [])

    def test_told_what_to(self) -> None:
        """A message may be told what to report instead."""
        self.order(receipts=["failed"])
        self.played.take(mt_request())
        self.played.clock.pump([0.5] * 4)
        self.assertEqual(self.reported(), ["FAILED"])

    def test_refused_reports_nothing(self) -> None:
        """A message that is refused is not reported on."""
        self.order(outcome="refused", code="21211")
        raw = self.successResultOf(self.played.take(mt_request())) or b""
        self.played.clock.pump([0.5] * 4)
        self.assertIn(b"refused +15550001  21211", raw)
        self.assertEqual(self.reported(), [])

    def test_early(self) -> None:
        """With ``early`` the first receipt is answered before the answer to the MT leaves."""
        self.order(early=True)
        self.played.pushes.held = []
        answer = self.played.take(mt_request())
        self.assertNoResult(answer)
        self.assertEqual(self.reported(), ["SENT"])
        self.played.pushes.held[0].callback(self.played.pushes.answers[0])
        self.assertIn(form_of(self.played.pushes.sent[0])["id"].encode(), self.successResultOf(answer) or b"")
        self.played.clock.advance(0.5)
        self.assertEqual(self.reported(), ["SENT", "DELIVERED"])


class ScriptedTests(SynchronousTestCase):
    """What a broker says because it was told to."""

    def setUp(self) -> None:
        """Play two brokers."""
        self.played = Played()

    def order(self, **fields: object) -> None:
        """Script an answer of Acme."""
        self.played.desk.answer(AnswerOrder.model_validate({"broker": "acme", **fields}))

    def test_raw(self) -> None:
        """Raw bytes leave exactly as they were given, once; then the broker speaks for itself again."""
        self.order(raw="SFRUUC8xLjEgNDI5IE5vCngtQTogYg0KDQpvb3Bz")
        first = self.successResultOf(self.played.take(mt_request()))
        second = self.successResultOf(self.played.take(mt_request())) or b""
        self.assertEqual(first, b"HTTP/1.1 429 No\nx-A: b\r\n\r\noops")
        self.assertIn(b"accepted", second)

    def test_for_one_recipient(self) -> None:
        """An answer for one recipient waits for that recipient; a plus sign makes no difference."""
        self.order(error="throttled", recipient="+15550002")
        first = self.successResultOf(self.played.take(mt_request(to="+15550001"))) or b""
        second = self.successResultOf(self.played.take(mt_request(to="15550002"))) or b""
        self.assertEqual([read_reply(first).status, read_reply(second).status], [200, 429])

    def test_several_times(self) -> None:
        """``times`` counts down, and what is left can be seen."""
        self.order(error="busy", times=2)
        statuses = [read_reply(self.successResultOf(self.played.take(mt_request())) or b"").status for _ in range(3)]
        self.assertEqual(statuses, [503, 503, 200])
        self.assertEqual(self.played.desk.script.pending(), ())

    def test_before_credentials(self) -> None:
        """A script for no one in particular is met even by a request whose credentials are wrong."""
        self.order(error="busy")
        raw = self.successResultOf(self.played.take(mt_request(password="wrong"))) or b""
        self.assertEqual(read_reply(raw).status, 503)

    def test_delay(self) -> None:
        """A delayed answer is the usual one, later; the ledger shows the exchange as open until then."""
        self.order(delay=3)
        answer = self.played.take(mt_request())
        self.played.clock.advance(2.9)
        self.assertNoResult(answer)
        self.assertEqual(len(self.played.ledger.find(Query(done=False))), 1)
        self.played.clock.advance(0.2)
        self.assertIn(b"accepted", self.successResultOf(answer) or b"")

    def test_hang(self) -> None:
        """A broker that hangs never answers; when the client gives up, the ledger says so."""
        self.order(fault="hang")
        answer = self.played.take(mt_request())
        self.played.clock.advance(3600)
        self.assertNoResult(answer)
        answer.cancel()
        self.failureResultOf(answer, CancelledError)
        self.assertIn("went away", self.played.ledger.find(Query())[0].error)

    def test_close(self) -> None:
        """A broker that closes gives no bytes at all."""
        self.order(fault="close")
        self.assertIsNone(self.successResultOf(self.played.take(mt_request())))

    def test_outcome_with_id(self) -> None:
        """An outcome may come with an id of choice, which the receipts then bear."""
        self.order(outcome=Outcome.ACCEPTED, id="chosen", receipts=[State.EXPIRED])
        self.assertIn(b"chosen", self.successResultOf(self.played.take(mt_request())) or b"")
        self.played.clock.advance(0.5)
        self.assertEqual(form_of(self.played.pushes.sent[0]), {"id": "chosen", "status": "EXPIRED", "ref": ""})
