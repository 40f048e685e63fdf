"""The desk: carries out what is ordered through the control API."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime

from cicsms.emulator.composing import Composed, changed, compose_mo, compose_receipt, ordered_receipt
from cicsms.emulator.entries import Entries, Entry
from cicsms.emulator.ledger import Exchange, Kind, Ledger, Line, Query
from cicsms.emulator.orders import AnswerOrder, MoOrder, PushOrder, ReceiptOrder
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.receipts import Receipts
from cicsms.emulator.script import Script
from cicsms.emulator.showing import show_exchange, show_line, show_request
from cicsms.emulator.views import PushView
from cicsms.model.errors import CicsmsError
from cicsms.model.message import Mt


class NoMessage(CicsmsError):
    """The ledger holds no such message."""


@frozen
class Desk:
    """Everything an order may touch."""

    clock: IReactorTime
    seed: int
    entries: Entries
    ledger: Ledger
    script: Script
    outbox: Outbox
    receipts: Receipts

    async def mo(self, order: MoOrder) -> PushView:
        """Let a phone send a text; raises ``NoEntry`` and ``NoTarget``."""
        entry = self.entries.named(order.broker)
        return await self._push(entry, "mo", compose_mo(entry, order, self.clock), order)

    async def receipt(self, order: ReceiptOrder) -> PushView:
        """Report on a message; raises ``NoEntry``, ``NoMessage`` and ``NoTarget``."""
        entry = self.entries.named(order.broker)
        known = None if order.message is None else self._message(entry, order.message)
        receipt, mt = ordered_receipt(order, known, self.clock)
        return await self._push(entry, "receipt", compose_receipt(entry, receipt, mt, order.url or "", self.clock), order)

    def answer(self, order: AnswerOrder) -> None:
        """Script an answer; raises ``NoEntry``."""
        self.entries.named(order.broker)
        self.script.add(order)

    def reset(self, broker: str = "") -> None:
        """Forget the traffic, the script and what is pending; raises ``NoEntry``."""
        if broker:
            self.entries.named(broker)
        self.ledger.clear(broker)
        self.script.clear(broker)
        self.receipts.clear(broker)

    async def _push(self, entry: Entry, kind: Kind, composed: Composed, order: PushOrder) -> PushView:
        ready = Composed(changed(composed.request, order), composed.line, composed.mt)
        times = order.times if order.push else 0
        ended = await (self._at_once if order.together else self._in_turn)(entry, kind, ready, times)
        exchanges = [show_exchange(exchange) for exchange in ended]
        return PushView(request=show_request(ready.request), message=show_line(ready.line), exchanges=exchanges)

    async def _in_turn(self, entry: Entry, kind: Kind, ready: Composed, times: int) -> Sequence[Exchange]:
        return [await self.outbox.send(entry, kind, ready) for _ in range(times)]

    async def _at_once(self, entry: Entry, kind: Kind, ready: Composed, times: int) -> Sequence[Exchange]:
        sent: Deferred[list[Exchange]] = gatherResults([self.outbox.send(entry, kind, ready) for _ in range(times)])
        return await sent

    def _message(self, entry: Entry, wanted: int | str) -> tuple[Mt, Line]:
        """Find an MT by the ledger's number, the broker's id or its reference; the newest one counts."""
        for exchange in reversed(self.ledger.find(Query(broker=entry.name, kind="mt"))):
            pairs = ((mt, recipient) for mt in exchange.mts for recipient in mt.recipients)
            for (mt, _), line in zip(pairs, exchange.lines, strict=True):
                if wanted == exchange.number or str(wanted) in (line.id, line.reference):
                    return mt, line
        raise NoMessage(f"the ledger holds no message {wanted!r} of {entry.name}")
