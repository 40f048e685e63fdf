"""The queue of an account: what it sends, in which order, and what it makes of every answer."""

from __future__ import annotations

import json
from random import Random

from twisted.internet.defer import Deferred, fail

from cicsms.model.message import Answer, Outcome
from cicsms.model.state import State
from cicsms.model.wire import HttpReply
from cicsms.pipeline.queue import STORE_PAUSE, AccountQueue
from cicsms.pipeline.sending import AUTH_WAIT, DEFAULT_WAIT, LIFETIME, LONGEST_WAIT, Backoff, Sending, account_pause
from cicsms.store.entries import Entry, KeepMt, OutboundMessage, OutboundPart, RecoverParts, SettleParts
from cicsms.store.errors import StoreBusy
from cicsms.store.store import Store
from cicsms.store.views import Direction
from cicsms.web.sender import NoAnswer, NotSent
from tests.pipeline.support import ACCOUNT, HANDSET, PipelineCase


def created(sid: str = "SM1") -> HttpReply:
    """Give Twilio's acceptance of a message."""
    body = json.dumps({"sid": sid, "status": "queued", "num_segments": "1"}).encode()
    return HttpReply(201, ((b"Content-Type", b"application/json"),), body)


def error(status: int, code: int) -> HttpReply:
    """Give Twilio's refusal."""
    body = json.dumps({"code": code, "message": "No.", "more_info": "", "status": status}).encode()
    return HttpReply(status, ((b"Content-Type", b"application/json"),), body)


class Sometimes:
    """A store that is busy as often as it is told before it takes an outcome."""

    def __init__(self, store: Store, refusals: int) -> None:
        self._store = store
        self.refusals = refusals

    def submit(self, entry: Entry[object]) -> Deferred[object]:
        """Pass an entry on, or refuse an outcome."""
        if isinstance(entry, SettleParts) and self.refusals:
            self.refusals -= 1
            return fail(StoreBusy("Busy."))
        return self._store.submit(entry)


class QueueTests(PipelineCase):
    """One account's queue, with a window of two."""

    def setUp(self) -> None:
        """Make the queue; it is started by the tests."""
        super().setUp()
        self.queue = self.make(self.store)

    def make(self, journal: Store | Sometimes) -> AccountQueue:
        """Make a queue over a journal."""
        sending = Sending(self.line("twilio"), self.network.send, self.recorder, Backoff(Random(1)))
        return AccountQueue(sending, journal, self.store.queries.next_due, self.clock, "me", window=2)

    def hand_in(self, *texts: str, remote: str = HANDSET, validity: int | None = None) -> str:
        """Keep an outbound message of these parts and return its id."""
        message = OutboundMessage(
            self.store.new_id(), "twilio", ACCOUNT, remote, "+15551230001", "".join(texts), validity=validity
        )
        self.keep(KeepMt(message, tuple(OutboundPart(self.store.new_id(), remote, text) for text in texts)))
        return message.id

    def state(self) -> State:
        """Return the state of the last message."""
        return State(self.kept(Direction.OUT)[-1].state)

    def said(self) -> str:
        """Return what is said of the last message's part."""
        return self.record(self.kept(Direction.OUT)[-1].id).parts[0].said

    def run_with(self, *script: HttpReply | Exception) -> None:
        """Hand in one message and send it against scripted results."""
        self.network.script.extend(script)
        self.hand_in("hello")
        self.queue.startService()

    def test_sends_and_notes_the_id(self) -> None:
        """A part is sent, and the broker's id and the exchange are kept with it."""
        self.run_with(created("SM42"))
        record = self.record(self.kept(Direction.OUT)[0].id)
        self.assertEqual((self.state(), record.parts[0].broker_id), (State.ACCEPTED, "SM42"))
        self.assertEqual((len(record.exchanges), record.exchanges[0].status), (1, 201))
        self.assertNotIn(b"first-token", record.exchanges[0].request_head)

    def test_claimed_before_it_leaves(self) -> None:
        """While a request is under way its part is durable as *sending*: a crash finds it and makes it *unknown*."""
        self.hand_in("hello")
        self.queue.startService()
        self.assertEqual((len(self.network.sent), self.state()), (1, State.SENDING))
        self.assertEqual(self.keep(RecoverParts("me")), 1)
        self.assertEqual(self.state(), State.UNKNOWN)

    def test_refused(self) -> None:
        """A permanent refusal ends the message with the broker's code and words; it is not tried again."""
        self.run_with(error(400, 21211))
        self.clock.advance(10_000)
        message = self.kept(Direction.OUT)[0]
        self.assertEqual((self.state(), message.code, message.said, len(self.network.sent)), (State.REJECTED, "21211", "No.", 1))

    def test_not_sent_is_tried_again(self) -> None:
        """What did not leave is tried again after a growing pause."""
        self.run_with(NotSent("The broker refused the connection."), NotSent("Again."), created())
        self.assertEqual((self.state(), len(self.network.sent)), (State.QUEUED, 1))
        self.clock.advance(1.1)
        self.assertEqual(len(self.network.sent), 2)
        self.clock.advance(0.9)
        self.assertEqual(len(self.network.sent), 2)
        self.clock.advance(1.2)
        self.assertEqual(self.state(), State.ACCEPTED)

    def test_no_answer_is_unknown(self) -> None:
        """What may have left is unknown, and never sent again by itself."""
        self.run_with(NoAnswer("No reply within 60 s."))
        self.clock.advance(10_000)
        self.assertEqual((self.state(), len(self.network.sent)), (State.UNKNOWN, 1))
        self.assertIn("60 s", self.said())

    def test_throttled(self) -> None:
        """A 429 puts the part back, and the whole account pauses as long as the broker asks."""
        self.run_with(HttpReply(429, ((b"Retry-After", b"12"),), error(429, 20429).body), created(), created())
        self.hand_in("other", remote="+15551230003")
        self.queue.wake()
        self.clock.advance(11)
        self.assertEqual(len(self.network.sent), 1)
        self.clock.advance(1.1)
        self.assertEqual(len(self.network.sent), 3)

    def test_wrong_password(self) -> None:
        """Refused credentials hold the account's messages, and are tried once a minute: no storm, nothing lost."""
        self.run_with(error(401, 20003), created())
        self.clock.advance(AUTH_WAIT - 1)
        self.assertEqual((len(self.network.sent), self.state()), (1, State.QUEUED))
        self.clock.advance(2)
        self.assertEqual(self.state(), State.ACCEPTED)

    def test_window(self) -> None:
        """No more than the window is under way; an answer makes room for the next."""
        for number in range(4):
            self.hand_in("hello", remote=f"+1555000000{number}")
        self.queue.startService()
        self.assertEqual((len(self.network.sent), self.queue.under_way), (2, 2))
        self.network.waiting[0].callback(created())
        self.assertEqual(len(self.network.sent), 3)

    def test_one_recipient_at_a_time(self) -> None:
        """The parts for one recipient go one after the other, in their order."""
        self.hand_in("one ", "two")
        self.queue.startService()
        self.assertEqual(len(self.network.sent), 1)
        self.network.waiting[0].callback(created())
        self.assertIn(b"Body=one", self.network.sent[0].body)
        self.assertIn(b"Body=two", self.network.sent[1].body)

    def test_followers_go_back_too(self) -> None:
        """A part that goes back into the queue takes the claimed ones behind it along: none overtakes it."""
        self.network.script.extend([NotSent("Refused."), created("A"), created("B")])
        self.hand_in("one ", "two")
        self.queue.startService()
        self.assertEqual(len(self.network.sent), 1)
        self.clock.advance(2)
        self.assertEqual([b"one" in sent.body for sent in self.network.sent], [True, True, False])

    def test_too_late(self) -> None:
        """What nobody wants any more is not sent: after its validity, or after two days."""
        for validity, later in ((60, 61.0), (None, LIFETIME + 1)):
            self.hand_in("hello", validity=validity)
            self.clock.advance(later)
        self.queue.startService()
        self.assertEqual((self.network.sent, {m.state for m in self.kept(Direction.OUT)}), ([], {State.EXPIRED}))

    def test_busy_store_gets_the_outcome_later(self) -> None:
        """An outcome that the store can't take yet is offered until it is taken; nothing is sent twice."""
        self.queue = self.make(Sometimes(self.store, 2))
        self.run_with(created())
        self.assertEqual(self.state(), State.SENDING)
        self.clock.pump([STORE_PAUSE, STORE_PAUSE])
        self.assertEqual((self.state(), len(self.network.sent)), (State.ACCEPTED, 1))

    def test_fault_inside(self) -> None:
        """A fault of this program stays with its message, which is unknown then; the queue goes on."""
        self.network.script.extend([ZeroDivisionError("a bug"), created()])
        self.hand_in("one", remote="+15550000001")
        self.hand_in("two", remote="+15550000002")
        self.queue.startService()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual([m.state for m in self.kept(Direction.OUT)], [State.UNKNOWN, State.ACCEPTED])

    def test_stop_waits(self) -> None:
        """Stopping claims nothing more and waits for what is under way."""
        self.hand_in("hello")
        self.queue.startService()
        stopped = self.queue.stopService()
        self.assertNoResult(stopped)
        self.hand_in("later", remote="+15550000009")
        self.network.waiting[0].callback(created())
        self.successResultOf(stopped)
        self.assertEqual(len(self.network.sent), 1)

    def test_start_finds_what_is_due_later(self) -> None:
        """What the last run put back for later is sent at its time after a new start."""
        self.run_with(NotSent("Refused."))
        self.successResultOf(self.queue.stopService())
        self.queue = self.make(self.store)
        self.network.script.append(created())
        self.queue.startService()
        self.clock.advance(2)
        self.assertEqual(self.state(), State.ACCEPTED)


class PauseTests(PipelineCase):
    """How long an answer stops a whole account."""

    def test_waits(self) -> None:
        """A throttling broker's wait is honoured within bounds; without one, or a negative one, the default applies."""
        for wait, seconds in ((5.0, 5.0), (None, DEFAULT_WAIT), (-3.0, DEFAULT_WAIT), (1e9, LONGEST_WAIT)):
            self.assertEqual(account_pause(Answer(Outcome.THROTTLED, wait=wait)), seconds)

    def test_others(self) -> None:
        """A refusal or a retry of one message stops nothing else."""
        for outcome in (Outcome.REFUSED, Outcome.RETRY, Outcome.UNKNOWN, Outcome.ACCEPTED):
            self.assertEqual(account_pause(Answer(outcome)), 0.0)

    def test_backoff(self) -> None:
        """Pauses double up to their bound, jittered down to the half."""
        backoff = Backoff(Random(1), first=1.0, most=60.0)
        for attempts in range(1, 200):
            whole = min(2.0 ** (attempts - 1), 60.0)
            self.assertTrue(whole / 2 <= backoff.pause(attempts) <= whole)
