"""The played brokers' own side: an MT comes in, credentials are checked, and the broker's answer goes out in its own words."""

from __future__ import annotations

from attrs import evolve, field, frozen
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from cicsms.emulator.entries import Entries, Entry, NoEntry
from cicsms.emulator.ledger import Exchange, Kind, Ledger, Line
from cicsms.emulator.listener import Arrival
from cicsms.emulator.moments import moment
from cicsms.emulator.orders import AnswerOrder
from cicsms.emulator.raw import raw_reply
from cicsms.emulator.receipts import Receipts, Report
from cicsms.emulator.script import Script
from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.values import Facts, NotReadable, Registration

USUAL = AnswerOrder(broker="usual")
"""The script of a broker that has none."""


@frozen
class Heard:
    """What a request was understood as, and the broker's own ``trouble`` with it, if any."""

    entry: Entry
    registration: Registration = field(repr=False)
    mts: tuple[Mt, ...] = ()
    trouble: HttpReply | None = None
    error: str = ""

    @property
    def kind(self) -> Kind:
        """``mt``, or ``stray`` where no message could be read."""
        return "mt" if self.mts else "stray"

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every handset of every message."""
        return tuple(recipient for mt in self.mts for recipient in mt.recipients)


@frozen
class Said:
    """What is answered: raw bytes (``None`` = the connection is dropped), what the ledger notes, and what will be reported."""

    raw: bytes | None
    lines: tuple[Line, ...] = ()
    reports: tuple[Report, ...] = ()
    error: str = ""


class Brokers:
    """Answers every request that reaches the broker ports."""

    def __init__(self, clock: IReactorTime, entries: Entries, ledger: Ledger, script: Script, receipts: Receipts) -> None:
        self._clock = clock
        self._entries = entries
        self._ledger = ledger
        self._script = script
        self._receipts = receipts

    def __call__(self, arrival: Arrival) -> Deferred[bytes | None]:
        """Answer one request with the bytes of a reply, or with ``None`` to drop the connection."""
        try:
            entry, request = self._entries.called(arrival.request)
        except NoEntry as error:
            return succeed(self._stray(arrival, str(error)))
        granted = self._granted(entry, request)
        if granted is not None:
            return succeed(self._lent(arrival, entry, granted))
        heard = hear(entry, request, entry.facts(self._clock), arrival.request)
        order = self._script.take(entry.name, heard.recipients) or USUAL
        said = self._said(heard, order)
        exchange = self._open(arrival, heard.kind, entry.name, said.lines or lines_of(heard), heard.mts)
        if order is USUAL or not (order.delay or order.early or order.fault == "hang"):
            return succeed(self._finish(exchange.number, said))
        return Deferred.fromCoroutine(self._later(exchange.number, said, order))

    async def _later(self, number: int, said: Said, order: AnswerOrder) -> bytes | None:
        """Answer after a pause, after an early receipt, or never."""
        try:
            if order.delay:
                await deferLater(self._clock, order.delay)
            if order.fault == "hang":
                await Deferred()
        except CancelledError:
            self._ledger.close(number, error="the client went away before it was answered")
            raise
        for report in said.reports if order.early else ():
            await self._receipts.now(report)
        return self._finish(number, said)

    def _finish(self, number: int, said: Said) -> bytes | None:
        self._ledger.close(number, reply=said.raw or b"", error=said.error)
        for report in said.reports:
            self._receipts.plan(report)
        return said.raw

    def _said(self, heard: Heard, order: AnswerOrder) -> Said:
        if order.fault is not None:
            return Said(None, error=f"scripted: {order.fault}")
        if order.raw is not None:
            return Said(order.raw, reports=self._reports(heard, (), order))
        if order.error is not None:
            facts = heard.entry.facts(self._clock)
            trouble = heard.entry.profile.error_reply(order.error, heard.registration, facts)
            return Said(raw_reply(trouble), error=f"scripted: {order.error}")
        if heard.trouble is not None:
            return Said(raw_reply(heard.trouble), error=heard.error)
        return self._answered(heard, order)

    def _answered(self, heard: Heard, order: AnswerOrder) -> Said:
        """Answer each message to each recipient, with ids of the broker's own form where they are accepted."""
        outcome = order.outcome or Outcome.ACCEPTED
        answers = tuple(
            Answer(outcome, self._new_id(heard.entry, outcome, order), recipient, order.code, order.said)
            for recipient in heard.recipients
        )
        profile, facts = heard.entry.profile, heard.entry.facts(self._clock)
        whole = evolve(heard.mts[0], recipients=heard.recipients)
        reply = profile.write_answer(answers, whole, heard.registration, facts)
        ids = iter(answers)
        lines = tuple(evolve(line, id=next(ids).broker_id) for line in lines_of(heard))
        return Said(
            raw_reply(reply),
            lines,
            self._reports(heard, answers, order),
            "" if outcome is Outcome.ACCEPTED else f"scripted: {outcome}",
        )

    def _new_id(self, entry: Entry, outcome: Outcome, order: AnswerOrder) -> str:
        if order.id is not None:
            return order.id
        return entry.profile.new_id(entry.random) if outcome is Outcome.ACCEPTED else ""

    def _reports(self, heard: Heard, answers: tuple[Answer, ...], order: AnswerOrder) -> tuple[Report, ...]:
        """Say what will be reported: the entry's sequence for what is accepted, or what the script asks for."""
        entry = heard.entry
        usual = entry.settings.receipts.sequence if answers else ()
        wanted: tuple[State, ...] = usual if order.receipts is None else order.receipts
        states = [state for state in wanted if state in entry.profile.states]
        told = answers or tuple(Answer(Outcome.ACCEPTED, order.id or "", recipient) for recipient in heard.recipients)
        pairs = ((mt, recipient) for mt in heard.mts for recipient in mt.recipients)
        return tuple(
            Report(entry, mt, recipient, answer.broker_id, list(states))
            for (mt, recipient), answer in zip(pairs, told, strict=True)
            if states and answer.outcome is Outcome.ACCEPTED
        )

    def _granted(self, entry: Entry, request: HttpRequest) -> HttpReply | None:
        """Answer a request for an access token; ``None`` where it is none."""
        grants = entry.profile.grants
        if grants is None or not grants.asked(request):
            return None
        return grants.reply(request, entry.registration(request.scheme), entry.facts(self._clock))

    def _lent(self, arrival: Arrival, entry: Entry, reply: HttpReply) -> bytes:
        """Note a request for a token, and answer it."""
        raw = raw_reply(reply)
        exchange = self._open(arrival, "stray", entry.name, (), ())
        error = "" if reply.status == 200 else "credentials refused"
        self._ledger.close(exchange.number, reply=raw, error=error)
        return raw

    def _stray(self, arrival: Arrival, error: str) -> bytes:
        """Note a request for nobody, and tell who is known."""
        raw = raw_reply(HttpReply(404, ((b"Content-Type", b"text/plain; charset=utf-8"),), f"{error}\n".encode()))
        exchange = self._open(arrival, "stray", "", (), ())
        self._ledger.close(exchange.number, reply=raw, error=error)
        return raw

    def _open(self, arrival: Arrival, kind: Kind, broker: str, lines: tuple[Line, ...], mts: tuple[Mt, ...]) -> Exchange:
        request = arrival.request
        return self._ledger.open(
            lambda number: Exchange(
                number=number,
                at=moment(self._clock),
                direction="in",
                kind=kind,
                broker=broker,
                method=request.method,
                url=request.url,
                request=arrival.raw,
                started=self._clock.seconds(),
                lines=lines,
                mts=mts,
            )
        )


def hear(entry: Entry, request: HttpRequest, facts: Facts, sent: HttpRequest) -> Heard:
    """Read a request as the broker does; credentials that are refused go before messages that can't be read.

    ``sent`` is the request as its sender made it, the entry's path prefix included: what a signature was made over, unless
    something on the way has put the prefix there.
    """
    registration, profile = entry.registration(request.scheme), entry.profile
    try:
        if not entry.paths.fullmatch(request.path):
            raise NotReadable(f"{profile.name} takes no messages at this path; it is {entry.settings.mt_path or profile.mt_path}")
        mts, error = profile.read_mt(request), ""
    except NotReadable as unread:
        mts, error = (), str(unread)
    if not any(profile.authentic(one, registration, facts.now) for one in (request, sent)):
        return Heard(entry, registration, mts, profile.error_reply("auth", registration, facts), "credentials refused")
    return Heard(entry, registration, mts, profile.error_reply("refused", registration, facts) if error else None, error)


def lines_of(heard: Heard) -> tuple[Line, ...]:
    """Say what each message says to each recipient."""
    return tuple(
        Line(mt.sender, recipient, mt.text, "", mt.reference, mt.callback) for mt in heard.mts for recipient in mt.recipients
    )
