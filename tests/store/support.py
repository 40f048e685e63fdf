"""A store without threads, and values to put into it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mo
from cicsms.store.entries import (
    ClaimParts,
    Entry,
    InboundMo,
    KeepMo,
    KeepMt,
    Kept,
    OutboundMessage,
    OutboundPart,
    PartOutcome,
    QueuedPart,
    SettleParts,
)
from cicsms.store.exchange import Exchange, ExchangeKind
from cicsms.store.ids import Ids
from cicsms.store.store import Store, inline
from cicsms.store.views import MessageRecord

Result = TypeVar("Result")
START = 1_800_000_000.0


@cache
def _fresh() -> bytes:
    """Give an SQLite file with tables and nothing in them, made once: migrations would be most of each test's time."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fresh.sqlite"
        clock = Clock()
        opened = Store.open(f"sqlite:///{path}", lanes=inline(clock.seconds), now=clock.seconds)
        opened.close()
        return path.read_bytes()


class StoreCase(SynchronousTestCase):
    """A test with a fresh store in which everything has happened when the call returns."""

    def database(self) -> str:
        """Give the URL of an empty database."""
        path = Path(self.mktemp())
        path.write_bytes(_fresh())
        return f"sqlite:///{path}"

    def setUp(self) -> None:
        """Open the store, at a fixed time."""
        self.clock = Clock()
        self.clock.advance(START)
        self.ids = Ids(self.clock.seconds, Random(1))
        self.url = self.database()
        self.store = self.open()

    def open(self, limit: int = 100) -> Store:
        """Open the store; it is closed when the test ends."""
        now = self.clock.seconds
        store = Store.open(self.url, lanes=inline(now), now=now, new_id=self.ids, limit=limit)
        self.addCleanup(store.close)
        return store

    def keep(self, entry: Entry[Result]) -> Result:
        """Keep an entry, and give the result."""
        return self.successResultOf(self.store.submit(entry))

    def ask(self, asked: Deferred[Result]) -> Result:
        """Give the answer to a query."""
        return self.successResultOf(asked)

    def record(self, id: str) -> MessageRecord:  # noqa: A002
        """Give all about a message that exists."""
        record = self.ask(self.store.queries.message(id))
        assert record is not None
        return record

    def exchange(self, kind: ExchangeKind = ExchangeKind.MO, body: bytes = b"body") -> Exchange:
        """Make an exchange."""
        return Exchange(
            id=self.store.new_id(),
            kind=kind,
            broker="acme",
            account="one",
            started=self.clock.seconds(),
            duration=0.25,
            peer="192.0.2.1",
            request_head=b"POST /mo\r\nA: b\r\n",
            request_body=body,
            status=200,
            reply_head=b"Content-Type: text/plain\r\n",
            reply_body=b"OK",
        )

    def inbound(self, text: str = "hello", key: str = "", inbox: str = "sales", broker: str = "acme") -> InboundMo:
        """Make an inbound message, recognised by ``key`` for a minute."""
        mo = Mo("+13175550123", "+13175550100", text, broker_id=key)
        return InboundMo(self.store.new_id(), mo, broker, "one", "queue", inbox, key, self.clock.seconds() + 60)

    def receive(self, *messages: InboundMo) -> tuple[Kept, ...]:
        """Keep inbound messages as one request brings them."""
        return self.keep(KeepMo(messages, self.exchange()))

    def outbound(
        self, *texts: str, key: str = "", digest: str = "", priority: int = 0, account: str = "one", remote: str = "+13175550123"
    ) -> KeepMt:
        """Make an outbound message of these parts."""
        new_id = self.store.new_id
        text = "".join(texts)
        message = OutboundMessage(new_id(), "acme", account, remote, "+13175550100", text, priority=priority)
        return KeepMt(message, tuple(OutboundPart(new_id(), remote, text) for text in texts), key, digest)

    def send(self, *texts: str, remote: str = "+13175550123") -> KeepMt:
        """Keep an outbound message."""
        entry = self.outbound(*texts, remote=remote)
        self.keep(entry)
        return entry

    def claim(self, limit: int = 10, account: str = "one", owner: str = "me", lease: float = 60) -> tuple[QueuedPart, ...]:
        """Claim parts."""
        return self.keep(ClaimParts("acme", account, limit, owner, lease))

    def settle(self, *outcomes: PartOutcome) -> None:
        """Note the outcomes of sending."""
        self.keep(SettleParts(outcomes, self.exchange(ExchangeKind.MT)))
