"""A broker-facing port: the factory of its connections, their deadlines, and what they share."""

from __future__ import annotations

from typing import cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITransport
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger

from cicsms.model.settings import Limits
from cicsms.model.wire import HttpReply
from cicsms.web.forwarded import Forwarders
from cicsms.web.http1_reply import Renderer
from cicsms.web.limits import Gate, RefusalLog
from cicsms.web.listener_connection import RETRY_AFTER, BrokerConnection
from cicsms.web.listener_counters import Counters
from cicsms.web.paths import PathTable

_FINEST, _COARSEST = 0.01, 0.5


class BrokerPort(ServerFactory):
    """Makes the connections of one port.

    ``paths`` may be replaced at any time; requests under way stay with the endpoint they found. ``gate`` bounds the requests in
    flight and is shared by the ports of a server. Deadlines are kept by one timer for all connections, which looks at them often
    enough for the shortest limit: a timer for each request would cost more than the request. ``scheme`` is what the port itself
    speaks; TLS is put around the factory by its endpoint.
    """

    noisy = False
    log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        paths: PathTable,
        limits: Limits,
        scheme: str = "http",
        *,
        gate: Gate | None = None,
        forwarders: Forwarders | None = None,
        name: str = "",
    ) -> None:
        self.clock = clock
        self.paths = paths
        self.limits = limits
        self.scheme = scheme
        self.gate = gate or Gate(limits.in_flight)
        self.forwarders = forwarders or Forwarders()
        self.name = name or scheme
        self.counters = Counters()
        self.renderer = Renderer()
        self.refusals = RefusalLog(self.name)
        self.now = clock.seconds()
        self.renderer.at(self.now)
        self.draining = False
        self._step = min(_COARSEST, max(_FINEST, min(limits.request_seconds, limits.idle_seconds) / 20))
        self._connections: set[BrokerConnection] = set()
        self._timer: IDelayedCall | None = None
        self._emptied: list[Deferred[None]] = []

    def buildProtocol(self, addr: IAddress | None) -> TwistedProtocol:
        """Make a connection, or one that only says that the port is full."""
        if self.draining or len(self._connections) >= self.limits.connections:
            self.counters.refused["too many connections"] += 1
            return TurnedAway(self)
        return BrokerConnection(self)

    def opened(self, connection: BrokerConnection) -> None:
        """Count a connection in, and see to its deadline."""
        self.counters.connections += 1
        self._connections.add(connection)
        if self._timer is None:
            self._tick()

    def closed(self, connection: BrokerConnection) -> None:
        """Count a connection out."""
        self._connections.discard(connection)
        if self._connections:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.refusals.settle()
        waiting, self._emptied = self._emptied, []
        for emptied in waiting:
            emptied.callback(None)

    def refused(self, peer: str, status: int, reason: str) -> None:
        """Count and log a request that never reached an endpoint."""
        self.counters.refused[reason] += 1
        self.refusals.write(self.now, peer, status, reason)

    def unshaken(self, peer: str, why: str) -> None:
        """Count and log a TLS handshake that failed, on whichever side."""
        self.counters.refused["the TLS handshake failed"] += 1
        self.refusals.unshaken(self.now, peer, why)

    def drain(self) -> Deferred[None]:
        """Close idle connections now and the others after what they are about; fires when none is left."""
        self.draining = True
        for connection in tuple(self._connections):
            connection.drain()
        if not self._connections:
            return succeed(None)
        emptied: Deferred[None] = Deferred()
        self._emptied.append(emptied)
        return emptied

    def _tick(self) -> None:
        """Look at the clock for all connections: the Date header, and whose deadline has passed."""
        self.now = self.clock.seconds()
        self.renderer.at(self.now)
        self._timer = self.clock.callLater(self._step, self._tick)
        for connection in tuple(self._connections):
            if connection.deadline <= self.now:
                connection.overdue()


class TurnedAway(TwistedProtocol):
    """A connection too many: over HTTP it hears 503, over TLS it is just closed (a handshake would be work)."""

    def __init__(self, port: BrokerPort) -> None:
        self._port = port

    def connectionMade(self) -> None:
        """Say it and close."""
        wire = cast(ITransport, self.transport)
        if self._port.scheme != "https":
            wire.write(self._port.renderer.render(HttpReply(503, RETRY_AFTER), keep=False))
        wire.loseConnection()
