"""Receipts that come by themselves: the planned states of each accepted MT, tried again where the webhook does not take them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from cicsms.emulator.composing import Composed, NoTarget, compose_receipt
from cicsms.emulator.entries import Entry
from cicsms.emulator.ledger import Exchange
from cicsms.emulator.moments import moment
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.raw import read_reply
from cicsms.model.message import Mt, Receipt
from cicsms.model.state import State


@define(eq=False)
class Report:
    """What is still to be reported of one message to one recipient."""

    entry: Entry
    mt: Mt
    recipient: str
    broker_id: str
    left: list[State]


class Receipts:
    """Plans and pushes the receipts; a message without a callback at an entry without a receipt URL is not reported on."""

    log = Logger()

    def __init__(self, clock: IReactorTime, outbox: Outbox) -> None:
        self._clock = clock
        self._outbox = outbox
        self._waiting: dict[IDelayedCall, str] = {}
        self._lives: dict[str, int] = {}

    @property
    def pending(self) -> int:
        """How many receipts and further tries wait for their time."""
        return len(self._waiting)

    def plan(self, report: Report) -> None:
        """Push the states of a report one by one, each after the entry's delay."""
        if report.left and (report.mt.callback or report.entry.settings.receipt_url):
            self._later(report.entry, report.entry.settings.receipts.delay, lambda: self._next(report))

    async def now(self, report: Report) -> None:
        """Push the first state of a report at once, until it is answered; the others are left to be planned."""
        composed = self._composed(report, report.left.pop(0)) if report.left else None
        if composed is not None:
            await self._outbox.send(report.entry, "receipt", composed)

    def clear(self, broker: str = "") -> None:
        """Give up what is pending, of one broker or of all."""
        for call in [call for call, name in self._waiting.items() if not broker or name == broker]:
            call.cancel()
            del self._waiting[call]
        for name in [broker] if broker else list(self._lives):
            self._lives[name] = self._lives.get(name, 0) + 1

    def _next(self, report: Report) -> None:
        composed = self._composed(report, report.left.pop(0))
        if composed is not None:
            self._try(report.entry, composed, report.entry.settings.retries, 1, lambda: self.plan(report))

    def _composed(self, report: Report, state: State) -> Composed | None:
        mt = report.mt
        receipt = Receipt(
            state=state,
            status="",
            broker_id=report.broker_id,
            reference=mt.reference,
            remote=report.recipient,
            local=mt.sender,
            date=moment(self._clock),
            final=state.final,
        )
        try:
            return compose_receipt(report.entry, receipt, mt, "", self._clock)
        except NoTarget:
            return None

    def _try(self, entry: Entry, composed: Composed, pauses: Sequence[float], attempt: int, then: Callable[[], None]) -> None:
        """Push once; ``then`` goes on to the next state, which waits for the first try of this one and no longer."""
        life = self._lives.setdefault(entry.name, 0)

        def answered(ended: Exchange) -> None:
            """Try again where it was not taken, unless all was given up meanwhile."""
            if self._lives[entry.name] != life:
                return
            if pauses and not 200 <= read_reply(ended.reply).status < 300:
                self._later(entry, pauses[0], lambda: self._try(entry, composed, pauses[1:], attempt + 1, _nothing))
            then()

        sent = self._outbox.send(entry, "receipt", composed, attempt).addCallback(answered)
        sent.addErrback(lambda failure: self.log.failure("a receipt could not be pushed", failure))

    def _later(self, entry: Entry, seconds: float, act: Callable[[], None]) -> None:
        def due() -> None:
            del self._waiting[call]
            act()

        call = self._clock.callLater(seconds, due)
        self._waiting[call] = entry.name


def _nothing() -> None:
    """Do nothing."""
