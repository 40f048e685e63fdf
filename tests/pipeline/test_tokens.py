"""Access tokens on the way out: fetched once, kept, dropped where they are refused, and never shown."""

from __future__ import annotations

from random import Random

from attrs import evolve
from twisted.internet.defer import Deferred

from cicsms.model.message import Alphabet, Outcome
from cicsms.model.settings import Broker
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, first_header
from cicsms.pipeline.lines import Line
from cicsms.pipeline.poller import Poller
from cicsms.pipeline.sending import AUTH_WAIT, Backoff, Sending, Sent
from cicsms.pipeline.tokens import NoToken, Tokens
from cicsms.store.entries import QueuedPart
from cicsms.web.sender import NoAnswer, NotSent
from tests.pipeline.support import HANDSET, PipelineCase
from tests.profile.test_language_tokens import MT, compiled


def granted(token: str, life: int = 600) -> HttpReply:
    """Give the broker's grant."""
    return HttpReply(200, (), f'{{"access_token":"{token}","expires_in":"{life}"}}'.encode())


class TokenTests(PipelineCase):
    """A line whose profile has tokens, and a scripted broker."""

    def setUp(self) -> None:
        """Give the line of the site a profile with tokens."""
        super().setUp()
        self.acme: Line = evolve(self.line("twilio"), profile=compiled())
        self.tokens = Tokens(self.acme, self.network.send, self.recorder)
        self.sending = Sending(self.acme, self.network.send, self.recorder, Backoff(Random(1)))

    def current(self) -> Deferred[str]:
        """Ask for the token in force."""
        return Deferred.fromCoroutine(self.tokens.current())

    def sent(self, *script: HttpReply | Exception) -> Sent:
        """Send a part against scripted results."""
        self.network.script.extend(script)
        key = ("1", "2", *self.acme.key, HANDSET, "+15551230001", "hello")
        part = QueuedPart(*key, Alphabet.GSM7, None, 1, 1, attempts=1, created=self.clock.seconds())
        return self.successResultOf(Deferred.fromCoroutine(self.sending.send(part)))

    def carried(self) -> list[str]:
        """Return the tokens that the messages sent so far carried."""
        lines = [first_header(request.headers, b"authorization") or b"" for request in self.network.sent]
        return [line.decode().removeprefix("Bearer ") for line in lines if line.startswith(b"Bearer ")]

    def test_once(self) -> None:
        """However many wait, the broker is asked once; all get the token, and so do those who come later."""
        waiting = [self.current(), self.current()]
        self.assertEqual(len(self.network.sent), 1)
        self.network.waiting[0].callback(granted("tok-1"))
        self.assertEqual([self.successResultOf(one) for one in (*waiting, self.current())], ["tok-1"] * 3)
        self.assertEqual(len(self.network.sent), 1)

    def test_until_its_end(self) -> None:
        """Shortly before its end a token is replaced."""
        self.network.script.extend((granted("tok-1"), granted("tok-2")))
        self.assertEqual(self.successResultOf(self.current()), "tok-1")
        self.clock.advance(569)
        self.assertEqual(self.successResultOf(self.current()), "tok-1")
        self.clock.advance(2)
        self.assertEqual(self.successResultOf(self.current()), "tok-2")

    def test_drop(self) -> None:
        """A refused token is dropped, but not the one that has taken its place."""
        self.network.script.extend((granted("tok-1"), granted("tok-2")))
        self.successResultOf(self.current())
        self.tokens.drop("tok-1")
        self.successResultOf(self.current())
        self.tokens.drop("tok-1")
        self.assertEqual(self.successResultOf(self.current()), "tok-2")

    def test_none(self) -> None:
        """Without a token everybody who waits learns why, and the next one asks anew."""
        waiting = [self.current(), self.current()]
        self.network.waiting[0].callback(HttpReply(401))
        for one in waiting:
            self.assertIs(self.failureResultOf(one, NoToken).value.answer.outcome, Outcome.AUTH_FAILED)
        self.current()
        self.assertEqual(len(self.network.sent), 2)

    def test_why_none(self) -> None:
        """A refusal is one of the credentials; too fast, out of order, unreachable and unreadable are tried again."""
        rows: tuple[tuple[HttpReply | Exception, Outcome], ...] = (
            (HttpReply(400), Outcome.AUTH_FAILED),
            (HttpReply(403), Outcome.AUTH_FAILED),
            (HttpReply(429), Outcome.THROTTLED),
            (HttpReply(500), Outcome.RETRY),
            (HttpReply(200, (), b"{}"), Outcome.RETRY),
            (NotSent("no route"), Outcome.RETRY),
            (NoAnswer("silence"), Outcome.RETRY),
        )
        for result, wanted in rows:
            with self.subTest(result=result):
                self.network.script.append(result)
                self.assertIs(self.failureResultOf(self.current(), NoToken).value.answer.outcome, wanted)

    def test_sent_with_it(self) -> None:
        """The token is fetched before the first message and carried by it and the next."""
        for script in ((granted("tok-1"), HttpReply(200)), (HttpReply(200),)):
            self.assertIs(self.sent(*script).settle.outcomes[0].state, State.ACCEPTED)
        self.assertEqual(self.carried(), ["tok-1", "tok-1"])

    def test_refused_once(self) -> None:
        """A message whose token is refused is sent once more, with a new one."""
        sent = self.sent(granted("tok-1"), HttpReply(401), granted("tok-2"), HttpReply(200))
        self.assertIs(sent.settle.outcomes[0].state, State.ACCEPTED)
        self.assertEqual(self.carried(), ["tok-1", "tok-2"])

    def test_refused_twice(self) -> None:
        """A second refusal puts the message back and pauses the account; nothing goes round in circles."""
        sent = self.sent(granted("tok-1"), HttpReply(401), granted("tok-2"), HttpReply(401))
        self.assertEqual((sent.settle.outcomes[0].state, sent.pause), (State.QUEUED, AUTH_WAIT))
        self.assertEqual(len(self.network.sent), 4)

    def test_waits_without(self) -> None:
        """Without a token the message waits, and the failed request for one is kept with it."""
        sent = self.sent(HttpReply(401))
        assert sent.settle.exchange is not None
        self.assertEqual((sent.settle.outcomes[0].state, sent.settle.exchange.status), (State.QUEUED, 401))

    def test_hidden(self) -> None:
        """What is kept of the exchange does not hold the token."""
        sent = self.sent(granted("tok-secret"), HttpReply(200))
        assert sent.settle.exchange is not None
        self.assertNotIn(b"tok-secret", sent.settle.exchange.request_head)
        self.assertIn(b"Bearer ***", sent.settle.exchange.request_head)


class FallbackTests(TokenTests):
    """A line whose definition names several base URLs."""

    def setUp(self) -> None:
        """Give the line no gateway of its own."""
        super().setUp()
        mt = MT.replace("path=", 'fallbacks="https://b.test https://c.test" path=')
        self.acme = evolve(self.acme, profile=compiled(mt=mt), registration=evolve(self.acme.registration, gateway=""))
        self.tokens = Tokens(self.acme, self.network.send, self.recorder)
        self.sending = Sending(self.acme, self.network.send, self.recorder, Backoff(Random(1)))

    def test_next(self) -> None:
        """Where nothing could be sent the next URL is tried, where anything may have left it is not."""
        away = NotSent("no route")
        self.assertIs(self.sent(granted("tok-1"), away, away, HttpReply(200)).settle.outcomes[0].state, State.ACCEPTED)
        hosts = [request.authority for request in self.network.sent[1:]]
        self.assertEqual(hosts, ["api.acme.example", "b.test", "c.test"])
        self.assertIs(self.sent(away, NoAnswer("silence")).settle.outcomes[0].state, State.UNKNOWN)
        self.assertIs(self.sent(away, away, away).settle.outcomes[0].state, State.QUEUED)


POLLING = """<polling method="GET" path="/in"><header><at name="Authorization" value="Bearer {access-token}"/></header>
  <list><json><each path="$[*]" of="messages"><at path="$.f" field="remote"/><at path="$.t" field="text"/></each></json></list>
</polling>"""


class FetchedTests(TokenTests):
    """Messages that are fetched with a token."""

    def poller(self) -> Poller:
        """Make what fetches."""
        settings = fetching(self.acme.settings)
        line = evolve(self.acme, profile=compiled(mt=MT + POLLING), settings=settings)
        way = self.setup.ways["twilio"]
        return Poller(line, way, self.network.send, self.store, self.store.queries.fact, self.recorder, self.clock)

    def test_fetched(self) -> None:
        """A page is asked for with the token; one that is refused is replaced for the next round, and none is kept."""
        page = HttpReply(200, (), b'[{"f":"1","t":"hi"}]')
        self.network.script.extend((granted("tok-1"), HttpReply(401), granted("tok-2"), page))
        poller = self.poller()
        poller.startService()
        self.clock.advance(60)
        self.assertEqual(self.carried(), ["tok-1", "tok-2"])
        self.assertEqual([message.text for message in self.kept()], ["hi"])
        record = self.record(self.kept()[0].id)
        self.assertTrue(record.exchanges and all(b"tok-" not in one.request_head for one in record.exchanges))
        poller.stopService()


def fetching(broker: Broker) -> Broker:
    """Return a broker whose messages are fetched every minute."""
    assert broker.mo is not None
    return broker.model_copy(update={"mo": broker.mo.model_copy(update={"poll_interval": 60})})
