"""The outbox: pushes what was composed, and notes every try in the ledger."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from cicsms.emulator.composing import Composed
from cicsms.emulator.entries import Entry
from cicsms.emulator.ledger import Exchange, Kind, Ledger
from cicsms.emulator.moments import moment
from cicsms.emulator.pushes import Pushed, Pushes
from cicsms.emulator.raw import raw_reply, raw_request


class Outbox:
    """Sends requests to the program under test."""

    def __init__(self, clock: IReactorTime, pushes: Pushes, ledger: Ledger) -> None:
        self._clock = clock
        self._pushes = pushes
        self._ledger = ledger

    def send(self, entry: Entry, kind: Kind, composed: Composed, attempt: int = 1) -> Deferred[Exchange]:
        """Push once; fires with the exchange as it ended, answered or not."""
        request = composed.request
        started = self._ledger.open(
            lambda number: Exchange(
                number=number,
                at=moment(self._clock),
                direction="out",
                kind=kind,
                broker=entry.name,
                method=request.method,
                url=request.url,
                request=raw_request(request),
                started=self._clock.seconds(),
                attempt=attempt,
                lines=(composed.line,),
                mts=(composed.mt,) if composed.mt else (),
            )
        )
        pushed = self._pushes.push(request, entry.settings.trust, entry.settings.timeout)
        return pushed.addCallback(self._note, started)

    def _note(self, pushed: Pushed, started: Exchange) -> Exchange:
        reply = raw_reply(pushed.reply) if pushed.reply else b""
        ended = self._ledger.close(started.number, reply=reply, error=pushed.error)
        return ended or evolve(started, reply=reply, error=pushed.error, ended=self._clock.seconds())
