"""Inbound messages that a broker does not push: fetched, kept, and only then taken off its list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from attrs import evolve
from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.model.errors import CicsmsError
from cicsms.model.message import Mo
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.door import Keeper
from cicsms.pipeline.inbound import InboundWay
from cicsms.pipeline.lines import Line
from cicsms.pipeline.record import Recorder
from cicsms.pipeline.tokens import Tokens
from cicsms.profile import Registration
from cicsms.profile.polling import Cursor, Polled
from cicsms.store.entries import KeepExchange, KeepFact, KeepMo
from cicsms.store.errors import StoreBusy
from cicsms.store.exchange import Exchange, ExchangeKind

Send = Callable[[Line, HttpRequest], Awaitable[HttpReply]]
Recall = Callable[[str], Deferred[str | None]]

MOST_PAGES = 100
"""Pages of one round; what is left waits for the next."""

STORE_PAUSE = 1.0
"""Seconds between two tries to keep a page: many brokers give each message once only, so it must not be dropped."""


class Poller(Service):
    """Fetches one account's messages; the broker's ``poll_interval`` passes between two rounds.

    ``recall`` reads a named fact of the store: where the broker counts by the highest id, a new start goes on from there.
    """

    log = Logger()

    def __init__(
        self,
        line: Line,
        way: InboundWay,
        send: Send,
        journal: Keeper,
        recall: Recall,
        recorder: Recorder,
        clock: IReactorTime,
    ) -> None:
        polling, mo = line.profile.polling, line.settings.mo
        if polling is None or mo is None or mo.poll_interval is None:
            raise ValueError(f"{line.broker} has nothing to fetch")
        self.line = line
        self._polling = polling
        self._interval = mo.poll_interval
        self._way = way
        self._send = send
        self._journal = journal
        self._recall = recall
        self._recorder = recorder
        self._clock = clock
        self._tokens = Tokens(line, send, recorder) if line.profile.grants else None
        self._timer: IDelayedCall | None = None
        self._round: Deferred[None] | None = None

    @property
    def fact(self) -> str:
        """The name under which the store keeps how far this account was fetched."""
        return f"polled/{self.line.broker}/{self.line.account.id}"

    def startService(self) -> None:
        """Begin the first round."""
        super().startService()  # type: ignore[no-untyped-call]
        self._begin()

    def stopService(self) -> Deferred[None]:
        """Begin no further round; fires when the one under way has ended."""
        super().stopService()  # type: ignore[no-untyped-call]
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        ended: Deferred[None] = Deferred()
        if self._round is None:
            return succeed(None)
        self._round.addBoth(lambda _: ended.callback(None))
        return ended

    def _begin(self) -> None:
        """Run one round, then wait."""
        running = self._round = Deferred.fromCoroutine(self._fetch())
        running.addErrback(self._failed).addCallback(self._ended)

    def _ended(self, _: None) -> None:
        """Appoint the next round."""
        self._round = None
        if self.running:
            self._timer = self._clock.callLater(self._interval, self._begin)

    def _failed(self, failure: Failure) -> None:
        """Say why a round ended early; the next one comes all the same."""
        if failure.check(CicsmsError):
            self.log.warn("{broker}/{account}: fetching failed: {why}", why=failure.getErrorMessage(), **self._named())
        else:
            self.log.failure("{broker}/{account}: fetching failed inside", failure, **self._named())

    async def _fetch(self) -> None:
        """Fetch page after page until there are no more."""
        cursor = await self._start()
        for _ in range(MOST_PAGES):
            polled = await self._page(cursor)
            if polled.next is None or polled.next == cursor:
                return
            cursor = polled.next
        self.log.warn("{broker}/{account}: more than {pages} pages wait", pages=MOST_PAGES, **self._named())

    async def _start(self) -> Cursor | None:
        """Return where to begin."""
        if not self._polling.kept:
            return None
        kept = await self._recall(self.fact)
        return int(kept) if kept else None

    async def _page(self, cursor: Cursor | None) -> Polled:
        """Fetch one page, keep its messages, then take them off the broker's list."""
        account = await self._account()
        started = self._recorder.now()
        request = self._polling.ask(account, cursor, self._moment())
        reply = await self._send(self.line, request)
        if self._tokens and reply.status == 401:
            self._tokens.drop(account.token)
        polled = self._polling.read(reply, cursor)
        if polled.messages:
            exchange = self._exchange(request, reply, started)
            await self._keep(self._way.entry(self.line, polled.messages, exchange))
            if self._polling.kept and polled.next is not None:
                await self._keep(KeepFact(self.fact, str(polled.next), replace=True))
        for mo in polled.messages:
            await self._acknowledge(mo)
        return polled

    async def _keep(self, entry: KeepMo | KeepFact | KeepExchange) -> None:
        """Keep an entry, however long the store is busy."""
        while True:
            try:
                await self._journal.submit(entry)
            except StoreBusy as busy:
                self.log.warn("{broker}/{account}: fetched messages wait for the store: {why}", why=str(busy), **self._named())
                await deferLater(self._clock, STORE_PAUSE)
            else:
                return

    async def _acknowledge(self, mo: Mo) -> None:
        """Take one message off the broker's list; where that fails it comes again, and is known then."""
        account = await self._account()
        started = self._recorder.now()
        request = self._polling.acknowledge(mo, account, self._moment())
        if request is None:
            return
        reply = await self._send(self.line, request)
        if not 200 <= reply.status < 300:
            await self._keep(KeepExchange(self._exchange(request, reply, started, f"not acknowledged: {reply.status}")))

    async def _account(self) -> Registration:
        """Return the account, with the token in force where there are tokens; raises ``NoToken``."""
        if self._tokens is None:
            return self.line.registration
        return evolve(self.line.registration, token=await self._tokens.current())

    def _mask(self, data: bytes) -> bytes:
        """Blot out the account's secrets, and the tokens they got."""
        masked = self.line.mask(data)
        return self._tokens.mask(masked) if self._tokens else masked

    def _exchange(self, request: HttpRequest, reply: HttpReply, started: float, error: str = "") -> Exchange:
        """Record a call."""
        return self._recorder.exchange(
            ExchangeKind.MO, self.line.key, self._mask, request, reply, started=started, inbound=False, error=error
        )

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._recorder.now(), UTC)

    def _named(self) -> dict[str, Any]:
        return {"broker": self.line.broker, "account": self.line.account.id}
