"""Where brokers call: verify, read, keep, and only then acknowledge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from attrs import asdict, define
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import BrokerLines, Line
from cicsms.pipeline.record import Recorder
from cicsms.profile import NotReadable, Unverified
from cicsms.store.entries import Entry, KeepExchange
from cicsms.store.errors import StoreBusy
from cicsms.store.exchange import Exchange, ExchangeKind

Item = TypeVar("Item")

ALIVE = HttpReply(200, ((b"Content-Type", b"text/plain; charset=utf-8"),), b"alive\n")
PROBES = (b"", b"healthcheckignore=1")
"""Queries of a GET that asks whether we live, as reverse proxies do; anything else may be a message."""


class Keeper(Protocol):
    """The journal, as far as a door knows it."""

    def submit(self, entry: Entry[Any]) -> Deferred[Any]:
        """Keep an entry; the Deferred fires after the commit."""


class Way(Protocol[Item]):
    """What differs between the ways in: how a request is verified, read, kept and answered."""

    kind: ExchangeKind

    def verify(self, line: Line, request: HttpRequest) -> None:
        """Return if the request is by this account; raise ``Unverified`` otherwise."""

    def read(self, line: Line, request: HttpRequest) -> Sequence[Item]:
        """Return what the request carries; raise ``NotReadable`` otherwise."""

    def entry(self, verified: Line, items: Sequence[Item], exchange: Exchange) -> Entry[Any]:
        """Make of them what the journal keeps."""

    def answer(self, line: Line, outcome: str) -> HttpReply:
        """Give the broker's own acknowledgement of an outcome: taken, refused, busy."""

    def kept(self, line: Line, items: Sequence[Item], results: Any) -> None:
        """Learn, after the commit, what became of them."""


@define
class Tally:
    """Counts of one door."""

    taken: int = 0
    unverified: int = 0
    unreadable: int = 0
    busy: int = 0

    def counts(self) -> dict[str, int]:
        """Give each count by its name."""
        return asdict(self)


class Door(Generic[Item]):
    """One path of one broker; ``take`` is what the listener calls."""

    log = Logger()

    def __init__(self, lines: BrokerLines, way: Way[Item], journal: Keeper, recorder: Recorder, methods: frozenset[str]) -> None:
        self.lines = lines
        self.methods = methods
        self.way = way
        self.journal = journal
        self.recorder = recorder
        self.tally = Tally()

    def take(self, request: HttpRequest) -> HttpReply | Deferred[HttpReply]:
        """Answer one request of the broker."""
        if request.method not in self.methods or (request.method == "GET" and request.query in PROBES):
            return self._probe(request)
        started = self.recorder.now()
        try:
            line = self._verified(request)
        except Unverified as refusal:
            self.tally.unverified += 1
            return self._refused(request, HttpReply(refusal.status, refusal.headers), refusal, started)
        try:
            items = self.way.read(line, request)
        except NotReadable as refusal:
            self.tally.unreadable += 1
            return self._refused(request, self.way.answer(line, "refused"), refusal, started)
        return self._keep(line, request, items, started)

    def _probe(self, request: HttpRequest) -> HttpReply:
        """Answer who asks whether we live, and refuse a method this broker doesn't use."""
        if request.method in ("GET", "HEAD") and request.query in PROBES:
            return ALIVE
        return HttpReply(405, ((b"Allow", ", ".join(sorted(self.methods | {"GET", "HEAD"})).encode()),))

    def _verified(self, request: HttpRequest) -> Line:
        """Return the first account the request is proved to come from; raise the first refusal if it is none."""
        first: Unverified | None = None
        for line in self.lines.lines:
            try:
                self.way.verify(line, request)
            except Unverified as refusal:
                first = first or refusal
            else:
                return line
        raise first or Unverified("the broker has no account")

    def _keep(self, line: Line, request: HttpRequest, items: Sequence[Item], started: float) -> Deferred[HttpReply]:
        """Commit what came, then acknowledge."""
        reply = self.way.answer(line, "taken")
        exchange = self.recorder.exchange(self.way.kind, line.key, line.mask, request, reply, started=started)
        waiting = self.journal.submit(self.way.entry(line, items, exchange))

        def acknowledge(results: Any) -> HttpReply:
            self.tally.taken += 1
            self.way.kept(line, items, results)
            return reply

        return waiting.addCallbacks(acknowledge, self._busy, errbackArgs=(line,))

    def _busy(self, failure: Failure, line: Line) -> HttpReply:
        """Ask the broker to come again: nothing was kept."""
        failure.trap(StoreBusy)
        busy = cast(StoreBusy, failure.value)
        self.tally.busy += 1
        reply = self.way.answer(line, "busy")
        others = tuple(header for header in reply.headers if header[0].lower() != b"retry-after")
        return HttpReply(reply.status, (*others, (b"Retry-After", b"%d" % busy.retry_after)), reply.body)

    def _refused(self, request: HttpRequest, reply: HttpReply, why: Exception, started: float) -> Deferred[HttpReply]:
        """Refuse a request with one log line and a record of it; whether the record could be kept changes nothing."""
        line = self.lines.lines[0]
        if b"healthcheckignore=1" not in request.query:
            self.log.warn(
                "{broker}: a {kind} request from {peer} was refused with {status}: {why}",
                broker=self.lines.name,
                kind=self.way.kind.value,
                peer=request.peer,
                status=reply.status,
                why=line.mask(str(why).encode()).decode(),
            )
        key = line.key if len(self.lines.lines) == 1 else (self.lines.name, "")
        exchange = self.recorder.exchange(self.way.kind, key, self._mask_all, request, reply, started=started, error=str(why))
        waiting = self.journal.submit(KeepExchange(exchange))
        return waiting.addCallbacks(lambda _: reply, self._unrecorded, errbackArgs=(reply,))

    def _mask_all(self, data: bytes) -> bytes:
        """Blot out the secrets of every account: nobody knows which one a refused request meant."""
        for line in self.lines.lines:
            data = line.mask(data)
        return data

    def _unrecorded(self, failure: Failure, reply: HttpReply) -> HttpReply:
        """Answer a refused request though the store is too busy to record it."""
        failure.trap(StoreBusy)
        return reply
