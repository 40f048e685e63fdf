"""A played broker that grants access tokens: it takes its own, for their time, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.brokers import Brokers
from cicsms.emulator.entries import Entries, Gateways
from cicsms.emulator.ledger import Ledger, Query
from cicsms.emulator.listener import Arrival
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.raw import raw_request, read_reply
from cicsms.emulator.receipts import Receipts
from cicsms.emulator.script import Script
from cicsms.model.message import Mt
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.grants import Grants
from cicsms.profile.profile import Profile
from tests.emulator.fakes import ENTRY, FakePushes
from tests.profile.test_language_tokens import compiled


class TokenVoices:
    """A catalogue of one profile with tokens."""

    def names(self) -> Sequence[str]:
        """List it."""
        return ("acme/json",)

    def profile(self, name: str) -> Profile:
        """Return it whatever is asked for."""
        return compiled()


class TokenTests(SynchronousTestCase):
    """Granting, and messages that carry what was granted."""

    def setUp(self) -> None:
        """Play the broker."""
        self.clock, self.ledger = Clock(), Ledger(Clock(), 100, 2**20)
        self.clock.advance(datetime(2026, 5, 4, tzinfo=UTC).timestamp())
        entries = Entries(TokenVoices(), Gateways("http://emu.test", "https://emu.test"), 7)
        entries.put(ENTRY)
        receipts = Receipts(self.clock, Outbox(self.clock, FakePushes(), self.ledger))
        self.brokers = Brokers(self.clock, entries, self.ledger, Script(), receipts)
        self.account = entries.named("acme").registration()
        self.profile = compiled()

    def said(self, request: HttpRequest) -> HttpReply:
        """Return the broker's answer."""
        return read_reply(self.successResultOf(self.brokers(Arrival(request, raw_request(request)))) or b"")

    def granted(self, password: str = "emulator") -> HttpReply:
        """Ask for a token."""
        assert isinstance(self.profile.grants, Grants)
        return self.said(self.profile.grants.ask(evolve(self.account, password=password), self.now()))

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.fromtimestamp(self.clock.seconds(), UTC)

    def send(self, token: str) -> int:
        """Return the status that a message with a token gets."""
        mt = Mt("", ("15550001",), "hi")
        return self.said(self.profile.write_mt(mt, evolve(self.account, token=token), self.now())).status

    def test_whole_way(self) -> None:
        """A granted token opens the way until its end; none and another one do not."""
        assert isinstance(self.profile.grants, Grants)
        token = self.profile.grants.read(self.granted(), self.now()).token
        self.assertEqual([self.send(one) for one in (token, "other", "")], [200, 401, 401])
        self.clock.advance(1200)
        self.assertEqual(self.send(token), 401)

    def test_refused(self) -> None:
        """Wrong credentials get no token, and the ledger says so."""
        self.assertEqual(self.granted("wrong").status, 401)
        (exchange,) = self.ledger.find(Query())
        self.assertEqual((exchange.broker, exchange.error), ("acme", "credentials refused"))
