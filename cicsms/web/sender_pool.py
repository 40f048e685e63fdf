"""The open connections to one destination, by one way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocol, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from cicsms.web.sender_reply import ReplyLimits
from cicsms.web.sender_wire import Wire


class Pool:
    """Keeps connections open between requests: the one used last is used next, and ``idle`` seconds unused close it.

    ``empty`` is called whenever the last connection has gone.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        *,
        secure: bool,
        limits: ReplyLimits,
        idle: float,
        empty: Callable[[Pool], object],
    ) -> None:
        self._clock = clock
        self._endpoint = endpoint
        self._idle = idle
        self._empty = empty
        self._factory = _Wires(lambda: Wire(secure=secure, limits=limits, idle=self._put, gone=self._forget), self)
        self._free: deque[Wire] = deque()
        self._all: set[Wire] = set()
        self._pending = 0
        self._sweeping: IDelayedCall | None = None
        self._ended: Deferred[None] | None = None

    def take(self) -> Wire | None:
        """Return a connection that is free, if there is one."""
        while self._free:
            wire = self._free.pop()
            if not wire.spent and self._clock.seconds() - wire.since < self._idle:
                return wire
            wire.close()
        return None

    def connect(self) -> Deferred[Wire]:
        """Open a connection; fires when a request may be written to it."""
        self._pending += 1
        connected = self._endpoint.connect(self._factory).addCallback(_ready)
        return connected.addBoth(self._connected)

    def close(self) -> Deferred[None]:
        """End every connection, used or not; fires when all are gone."""
        self._rest()
        self._free.clear()
        if not self._all and not self._pending:
            return succeed(None)
        ended = self._ended = Deferred()
        for wire in tuple(self._all):
            wire.transport.abortConnection()
        return ended

    def add(self, wire: Wire) -> None:
        """Remember a connection that is being made."""
        self._all.add(wire)

    def _put(self, wire: Wire) -> None:
        """Keep a connection for the next request."""
        wire.since = self._clock.seconds()
        self._free.append(wire)
        if self._sweeping is None:
            self._sweeping = self._clock.callLater(self._idle, self._sweep)

    def _connected(self, result: Wire | Failure) -> Wire | Failure:
        """Note that an attempt has ended, well or not."""
        self._pending -= 1
        self._see_whether_empty()
        return result

    def _forget(self, wire: Wire) -> None:
        """Drop a connection that has ended."""
        self._all.discard(wire)
        if wire in self._free:
            self._free.remove(wire)
        self._see_whether_empty()

    def _see_whether_empty(self) -> None:
        """Tell whoever keeps this pool, or waits for its end, that nothing is left."""
        if self._all or self._pending:
            return
        self._rest()
        self._empty(self)
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended.callback(None)

    def _rest(self) -> None:
        """Stop the clock that closes unused connections."""
        sweeping, self._sweeping = self._sweeping, None
        if sweeping is not None:
            sweeping.cancel()

    def _sweep(self) -> None:
        """Close what nobody has used for a while: the oldest stand first."""
        self._sweeping = None
        while self._free and self._clock.seconds() - self._free[0].since >= self._idle:
            self._free.popleft().close()
        if self._free:
            rest = self._idle - (self._clock.seconds() - self._free[0].since)
            self._sweeping = self._clock.callLater(rest, self._sweep)


def _ready(protocol: IProtocol) -> Deferred[Wire]:
    """Wait until a connection can carry a request."""
    return cast(Wire, protocol).ready


class _Wires(Factory):
    """Makes the connections of a pool."""

    noisy = False

    def __init__(self, make: Callable[[], Wire], pool: Pool) -> None:
        self._make = make
        self._pool = pool

    def buildProtocol(self, addr: IAddress | None) -> Wire:
        """Make one."""
        wire = self._make()
        self._pool.add(wire)
        return wire
