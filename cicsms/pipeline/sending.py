"""One part on its way: written by the profile, sent, and what the broker's answer makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from random import Random

from attrs import evolve, frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import Line
from cicsms.pipeline.record import Recorder
from cicsms.pipeline.references import reference
from cicsms.pipeline.tokens import NoToken, Tokens
from cicsms.profile import Registration
from cicsms.profile.calls import NotAskable
from cicsms.store.entries import PartOutcome, QueuedPart, SettleParts
from cicsms.store.exchange import ExchangeKind
from cicsms.web.sender import NoAnswer, NotSent

Send = Callable[[Line, HttpRequest], Awaitable[HttpReply]]

LONGEST_WAIT = 3600.0
"""Seconds; no broker's Retry-After holds an account longer than this without another look."""

DEFAULT_WAIT = 30.0
"""Seconds to wait where a broker throttles without saying how long."""

AUTH_WAIT = 60.0
"""Seconds between two looks at a broker that refuses our credentials: messages wait, none is lost to a wrong password."""

LIFETIME = 48 * 3600.0
"""Seconds a message without a validity of its own is worth trying."""


@frozen
class Backoff:
    """Pauses between tries of one part, in seconds: doubling from ``first`` to ``most``, jittered by half."""

    random: Random
    first: float = 1.0
    most: float = 300.0

    def pause(self, attempts: int) -> float:
        """Return the pause after the given number of tries (from 1)."""
        whole = min(self.first * 2.0 ** min(attempts - 1, 30), self.most)
        return whole * (0.5 + self.random.random() / 2)


@frozen
class Sent:
    """What came of one try: what to settle, and for how many seconds the account has to pause (0 = not at all).

    ``unauthorised``: the broker refused our credentials, or the token they got. ``unreached``: nothing of the request left.
    """

    settle: SettleParts
    pause: float = 0.0
    unauthorised: bool = False
    unreached: bool = False


MEANING: Mapping[Outcome, State] = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.REFUSED: State.REJECTED,
    Outcome.STOPPED: State.REJECTED,
    Outcome.UNKNOWN: State.UNKNOWN,
    Outcome.RETRY: State.QUEUED,
    Outcome.THROTTLED: State.QUEUED,
    Outcome.AUTH_FAILED: State.QUEUED,
}


class Sending:
    """Sends parts of one line."""

    def __init__(self, line: Line, send: Send, recorder: Recorder, backoff: Backoff) -> None:
        self.line = line
        self._send = send
        self._recorder = recorder
        self._backoff = backoff
        self._tokens = Tokens(line, send, recorder) if line.profile.grants else None

    async def send(self, part: QueuedPart) -> Sent:
        """Try one part once; whatever happens on the wire ends in a value, never in an exception."""
        if self._expired(part):
            return Sent(SettleParts((PartOutcome(part.id, State.EXPIRED, said="Not sent while it was worth sending."),)))
        return await self._with_token(part) if self._tokens else await self._try(part, self.line.registration)

    async def _with_token(self, part: QueuedPart, again: bool = True) -> Sent:
        """Try with the token in force; where the broker refuses it, once more with a new one."""
        tokens = self._tokens
        assert tokens is not None
        try:
            token = await tokens.current()
        except NoToken as failed:
            return self._settled(part, failed.request, failed.reply, failed.answer, failed.started)
        except NotAskable as unwritable:
            return Sent(SettleParts((PartOutcome(part.id, State.REJECTED, said=str(unwritable)),)))
        sent = await self._try(part, evolve(self.line.registration, token=token))
        if not sent.unauthorised:
            return sent
        tokens.drop(token)
        return await self._with_token(part, again=False) if again else sent

    async def _try(self, part: QueuedPart, registration: Registration) -> Sent:
        """Write the part and send it; where nothing left, to the next base URL, if there is one."""
        mt = self._mt(part)
        others = () if registration.gateway else self.line.profile.fallbacks
        for gateway in (registration.gateway, *others):
            try:
                now = datetime.fromtimestamp(self._recorder.now(), UTC)
                request = self.line.profile.write_mt(mt, evolve(registration, gateway=gateway), now)
            except CicsmsError as unwritable:
                return Sent(SettleParts((PartOutcome(part.id, State.REJECTED, said=str(unwritable)),)))
            sent = await self._exchange(part, mt, request)
            if not sent.unreached:
                break
        return sent

    async def _exchange(self, part: QueuedPart, mt: Mt, request: HttpRequest) -> Sent:
        """Send the request and read what comes back."""
        started = self._recorder.now()
        try:
            reply = await self._send(self.line, request)
        except NotSent as error:
            failed = self._settled(part, request, None, Answer(Outcome.RETRY, said=str(error)), started)
            return evolve(failed, unreached=True)
        except NoAnswer as error:
            return self._settled(part, request, None, Answer(Outcome.UNKNOWN, said=str(error)), started)
        answer = self.line.profile.read_answer(reply, mt)[0]
        return self._settled(part, request, reply, answer, started)

    def _settled(self, part: QueuedPart, request: HttpRequest, reply: HttpReply | None, answer: Answer, started: float) -> Sent:
        """Make of an answer what the journal notes."""
        now = self._recorder.now()
        pause = account_pause(answer)
        due = 0.0
        if MEANING[answer.outcome] is State.QUEUED:
            due = now + (pause or answer.wait or self._backoff.pause(part.attempts))
        outcome = PartOutcome(part.id, MEANING[answer.outcome], answer.broker_id, answer.code, self._masked(answer.said), due)
        exchange = self._recorder.exchange(
            ExchangeKind.MT,
            self.line.key,
            self._mask,
            request,
            reply,
            started=started,
            inbound=False,
            error="" if reply else answer.said,
        )
        return Sent(SettleParts((outcome,), exchange), pause, answer.outcome is Outcome.AUTH_FAILED)

    def _mt(self, part: QueuedPart) -> Mt:
        """Make of a stored part what a profile writes."""
        return Mt(
            sender=part.local,
            recipients=(part.remote,),
            text=part.text,
            reference=reference(part, self.line.profile),
            callback=self.line.callback,
            alphabet=part.alphabet,
            concat=part.concat,
            validity=part.validity,
            message_class=part.message_class,
            priority=part.priority,
            extra=part.extra,
        )

    def _expired(self, part: QueuedPart) -> bool:
        """Tell whether nobody wants the message any more."""
        lifetime = LIFETIME if part.validity is None else part.validity
        return self._recorder.now() > part.created + lifetime

    def _masked(self, said: str) -> str:
        """Keep a broker's words free of our secrets."""
        return self._mask(said.encode()).decode()

    def _mask(self, data: bytes) -> bytes:
        """Blot out the account's secrets, and the tokens they got."""
        masked = self.line.mask(data)
        return self._tokens.mask(masked) if self._tokens else masked


def account_pause(answer: Answer) -> float:
    """Return for how many seconds an answer stops its whole account; 0 = it concerns this message only."""
    match answer.outcome:
        case Outcome.THROTTLED:
            wait = DEFAULT_WAIT if answer.wait is None or answer.wait < 0 else answer.wait
            return min(max(wait, 0.1), LONGEST_WAIT)
        case Outcome.AUTH_FAILED:
            return AUTH_WAIT
        case _:
            return 0.0
