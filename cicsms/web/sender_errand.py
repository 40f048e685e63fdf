"""One request on its way, which knows at every moment whether any of it can have left."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from cicsms.model.wire import HttpReply
from cicsms.web.proxy import Proxy
from cicsms.web.sender_errors import NoAnswer, NotSent, why
from cicsms.web.sender_pool import Pool
from cicsms.web.sender_wire import Wire


class Errand:
    """Carries one request: connects where nothing is open, writes, waits, and gives up in time.

    ``place`` names the destination in sentences; ``proxy`` is the proxy that forwards the request, where one does.
    """

    def __init__(self, pool: Pool, data: bytes, place: str, *, bodiless: bool, proxy: Proxy | None) -> None:
        self._pool = pool
        self._data = data
        self._place = place
        self._bodiless = bodiless
        self._proxy = proxy
        self._wire: Wire | None = None
        self._connecting: Deferred[None] | None = None
        self._answer: Deferred[HttpReply] = Deferred(lambda _: self._give_up("the request was cancelled"))

    def run(self, clock: IReactorTime, timeout: float) -> Deferred[HttpReply]:
        """Start; fires with the reply, or fails with ``NotSent`` or ``NoAnswer``."""
        timer = clock.callLater(timeout, self._give_up, f"gave up after {timeout:g} s")

        def stop(result: HttpReply | Failure) -> HttpReply | Failure:
            if timer.active():
                timer.cancel()
            return result

        self._answer.addBoth(stop)
        if self._proxy is not None:
            self._answer.addCallback(self._forwarded)
        wire = self._pool.take()
        if wire is not None:
            self._write(wire)
        else:
            self._connecting = self._pool.connect().addCallbacks(self._write, self._unconnected)
        return self._answer

    def _write(self, wire: Wire) -> None:
        """Put the request on the wire: from here on it may have left."""
        if self._answer.called:
            wire.close()
            return
        self._wire = wire
        wire.exchange(self._data, self._answer, bodiless=self._bodiless)

    def _unconnected(self, failure: Failure) -> None:
        """Say why there is no connection."""
        if not self._answer.called:
            said = str(failure.value) if failure.check(NotSent) else f"{self._place} was not reached: {why(failure)}."
            self._answer.errback(NotSent(said))

    def _give_up(self, said: str) -> None:
        """Stop, whatever is under way."""
        if self._answer.called:
            return
        if self._wire is not None:
            self._wire.drop()
            self._answer.errback(NoAnswer(f"No whole reply came from {self._place}: {said}."))
            return
        self._answer.errback(NotSent(f"{self._place} was not reached: {said}."))
        if self._connecting is not None:
            self._connecting.cancel()

    def _forwarded(self, reply: HttpReply) -> HttpReply:
        """Tell a proxy's own refusal from the destination's reply."""
        if reply.status == 407 and self._proxy is not None:
            raise NotSent(self._proxy.said("it refuses our login and password, or wants some (407)"))
        return reply
