"""The ledger: every exchange of the emulator, in order, bounded; whoever waits for one is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from cicsms.model.message import Mt

Kind = Literal["mt", "mo", "receipt", "stray"]
"""What an exchange is about; ``stray`` is a request that no played broker could read as an MT."""


@frozen
class Line:
    """What one message of an exchange says, whichever way it goes."""

    sender: str = ""
    to: str = ""
    text: str = field(default="", repr=False)
    id: str = ""
    reference: str = ""
    callback: str = ""
    state: str = ""
    code: str = ""


@frozen
class Exchange:
    """One request and what came of it; ``request`` and ``reply`` are raw bytes. ``number`` counts from 1."""

    number: int
    at: datetime
    direction: Literal["in", "out"]
    kind: Kind
    broker: str
    method: str
    url: str
    request: bytes = field(repr=False)
    reply: bytes = field(default=b"", repr=False)
    started: float = 0.0
    ended: float | None = None
    attempt: int = 1
    error: str = ""
    lines: tuple[Line, ...] = ()
    mts: tuple[Mt, ...] = field(default=(), repr=False)

    @property
    def done(self) -> bool:
        """Whether its answer, or the lack of one, is known."""
        return self.ended is not None

    @property
    def weight(self) -> int:
        """How many bytes it holds, roughly."""
        return len(self.request) + len(self.reply)


@frozen
class Query:
    """Which exchanges are asked for; what is empty does not narrow. ``text`` is searched for, the others are equal.

    Numbers are equal with a plus sign or without: some brokers drop it on the wire.
    """

    broker: str = ""
    kind: str = ""
    to: str = ""
    sender: str = ""
    text: str = ""
    id: str = ""
    after: int = 0
    done: bool | None = None

    def matches(self, exchange: Exchange) -> bool:
        """Tell whether the exchange is asked for."""
        return (
            exchange.number > self.after
            and (not self.broker or exchange.broker == self.broker)
            and (not self.kind or exchange.kind == self.kind)
            and (self.done is None or exchange.done is self.done)
            and (not self._narrow or any(map(self._speaks_of, exchange.lines)))
        )

    @property
    def _narrow(self) -> bool:
        return bool(self.to or self.sender or self.text or self.id)

    def _speaks_of(self, line: Line) -> bool:
        return (
            (not self.to or bare(line.to) == bare(self.to))
            and (not self.sender or bare(line.sender) == bare(self.sender))
            and (not self.text or self.text in line.text)
            and (not self.id or self.id in (line.id, line.reference))
        )


def bare(number: str) -> str:
    """Return a number without its plus sign."""
    return number.removeprefix("+")


@define(eq=False)
class _Waiter:
    """Somebody who waits for an exchange that matches."""

    query: Query
    told: Deferred[tuple[Exchange, ...]]
    late: IDelayedCall | None = None


class Ledger:
    """A ring of exchanges: at most ``keep`` of them and ``keep_bytes``; the oldest goes first and is counted in ``dropped``."""

    def __init__(self, clock: IReactorTime, keep: int, keep_bytes: int) -> None:
        self._clock = clock
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._held: dict[int, Exchange] = {}
        self._order: deque[int] = deque()
        self._bytes = 0
        self._waiters: list[_Waiter] = []
        self.last = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._held)

    def open(self, compose: Callable[[int], Exchange]) -> Exchange:
        """Add the exchange that ``compose`` makes of the next number."""
        self.last += 1
        exchange = compose(self.last)
        self._order.append(exchange.number)
        self._put(exchange)
        return exchange

    def close(
        self, number: int, *, reply: bytes = b"", error: str = "", lines: tuple[Line, ...] | None = None
    ) -> Exchange | None:
        """Note how the exchange ended; ``None`` if it has been forgotten meanwhile."""
        exchange = self._held.get(number)
        if exchange is None:
            return None
        told = exchange.lines if lines is None else lines
        closed = evolve(exchange, reply=reply, error=error, lines=told, ended=self._clock.seconds())
        self._bytes -= exchange.weight
        self._put(closed)
        return closed

    def get(self, number: int) -> Exchange | None:
        """Return one exchange by its number."""
        return self._held.get(number)

    def find(self, query: Query, limit: int = 0) -> tuple[Exchange, ...]:
        """Return the exchanges that match, oldest first; with a ``limit``, only the newest so many."""
        found = [exchange for exchange in self._in_order() if query.matches(exchange)]
        return tuple(found[-limit:])

    def wait(self, query: Query, seconds: float) -> Deferred[tuple[Exchange, ...]]:
        """Fire with what matches, at once or as soon as something does; with nothing after ``seconds``."""
        found = self.find(query)
        told: Deferred[tuple[Exchange, ...]] = Deferred(self._forget)
        if found or seconds <= 0:
            told.callback(found)
            return told
        waiter = _Waiter(query, told)
        waiter.late = self._clock.callLater(seconds, self._tell, waiter, ())
        self._waiters.append(waiter)
        return told

    def clear(self, broker: str = "") -> None:
        """Forget the exchanges, of one broker or of all; the numbers go on."""
        kept = [exchange for exchange in self._in_order() if broker and exchange.broker != broker]
        self._held = {exchange.number: exchange for exchange in kept}
        self._order = deque(exchange.number for exchange in kept)
        self._bytes = sum(exchange.weight for exchange in kept)

    def _in_order(self) -> Iterable[Exchange]:
        return (self._held[number] for number in self._order)

    def _put(self, exchange: Exchange) -> None:
        self._held[exchange.number] = exchange
        self._bytes += exchange.weight
        while len(self._order) > self._keep or (self._bytes > self._keep_bytes and len(self._order) > 1):
            self._bytes -= self._held.pop(self._order.popleft()).weight
            self.dropped += 1
        for waiter in [waiter for waiter in self._waiters if waiter.query.matches(exchange)]:
            self._tell(waiter, (exchange,))

    def _tell(self, waiter: _Waiter, found: tuple[Exchange, ...]) -> None:
        self._waiters.remove(waiter)
        if waiter.late is not None and waiter.late.active():
            waiter.late.cancel()
        waiter.told.callback(found)

    def _forget(self, told: Deferred[tuple[Exchange, ...]]) -> None:
        """Drop the waiter whose Deferred was cancelled."""
        for waiter in [waiter for waiter in self._waiters if waiter.told is told]:
            self._waiters.remove(waiter)
            if waiter.late is not None and waiter.late.active():
                waiter.late.cancel()
