"""Raw connections: bytes out as they are given, bytes in as they come, one total deadline, never our own HTTP code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from attrs import define, field
from twisted.internet import defer, error
from twisted.internet.interfaces import IDelayedCall, IPullProducer, IReactorTime, IStreamClientEndpoint, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.wirelog import WireLog

Enough = Callable[[Heard], bool]


def replies(count: int) -> Enough:
    """Be content with ``count`` final replies."""
    return lambda heard: len(heard.replies) >= count


def never(heard: Heard) -> bool:
    """Be content only with the end of the connection."""
    return heard.closed


@implementer(IPullProducer)
class Ear(Protocol):
    """Says its pieces, each ``pause`` seconds after the one before (0 = as fast as they are taken), and listens."""

    def __init__(self, pieces: Sequence[bytes], pause: float, enough: Enough, clock: IReactorTime, log: WireLog) -> None:
        self._left = list(reversed(pieces))
        self._pause, self._enough, self._clock, self._log = pause, enough, clock, log
        self._number = log.connection()
        self._began = clock.seconds()
        self._data: list[bytes] = []
        self._sent = 0
        self._closed = False
        self._next: IDelayedCall | None = None
        self.done: defer.Deferred[Heard] = defer.Deferred()

    def connectionMade(self) -> None:
        """Begin to speak."""
        if self._pause:
            self._speak()
        else:
            self.transport.registerProducer(self, False)  # type: ignore[union-attr]

    def _speak(self) -> None:
        """Say one piece, and the next one after the pause."""
        if self._left and not self._closed:
            self._say(self._left.pop())
            self._next = self._clock.callLater(self._pause, self._speak)

    def resumeProducing(self) -> None:
        """Say the next piece now that the one before has left."""
        if self._left and not self.done.called:
            self._say(self._left.pop())
        else:
            self.transport.unregisterProducer()  # type: ignore[union-attr]

    def stopProducing(self) -> None:
        """Say no more."""
        self._left.clear()

    def _say(self, piece: bytes) -> None:
        self._sent += len(piece)
        self._note(">", piece)
        self.transport.write(piece)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        """Keep what came, and finish if that is enough."""
        self._note("<", data)
        self._data.append(data)
        if not self.done.called and self._enough(self.heard()):
            self.done.callback(self.heard())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Finish: nothing more can come."""
        self._closed = True
        self._note("-", b"closed" if reason.check(error.ConnectionDone) else str(reason.value).encode())
        if not self.done.called:
            self.done.callback(self.heard())

    def give_up(self) -> None:
        """Finish because the time is over."""
        if not self.done.called:
            self.done.callback(self.heard(timed_out=True))

    def heard(self, *, timed_out: bool = False) -> Heard:
        """Tell what was heard so far."""
        spent = self._clock.seconds() - self._began
        return Heard(b"".join(self._data), self._closed, spent, self._sent, timed_out)

    def hang_up(self) -> None:
        """Drop the connection."""
        self._left.clear()
        if self._next is not None and self._next.active():
            self._next.cancel()
        if not self._closed and self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()

    def _note(self, direction: str, data: bytes) -> None:
        self._log.add((self._clock.seconds() - self._began) * 1000, self._number, direction, data)


@define
class Wire:
    """Opens connections to one port; ``limit`` is the total time of each in seconds."""

    endpoint: IStreamClientEndpoint
    clock: IReactorTime
    log: WireLog
    limit: float = field(default=10.0)

    async def talk(self, *pieces: bytes, enough: Enough | None = None, pause: float = 0, limit: float | None = None) -> Heard:
        """Send the pieces over a connection of their own, and return what was heard until it was enough (one reply)."""
        total = limit or self.limit
        ear = Ear(pieces, pause, enough or replies(1), self.clock, self.log)
        timer = self.clock.callLater(total, ear.give_up)
        try:
            connecting = self.endpoint.connect(Factory.forProtocol(lambda: ear))
            await connecting.addTimeout(total, self.clock)
            return await ear.done
        except (error.ConnectError, error.ConnectionLost, defer.TimeoutError, error.ConnectingCancelledError) as failed:
            self.log.add(0.0, 0, "-", str(failed).encode())
            return Heard(b"", closed=True, seconds=0.0)
        finally:
            if timer.active():
                timer.cancel()
            ear.hang_up()
