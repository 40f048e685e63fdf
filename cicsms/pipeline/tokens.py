"""The access token of one account: fetched before the first message, kept until it ends, dropped where the broker refuses it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from cicsms.model.errors import CicsmsError
from cicsms.model.message import Answer, Outcome
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import Line
from cicsms.pipeline.mask import masker
from cicsms.pipeline.record import Recorder
from cicsms.profile import NotReadable
from cicsms.profile.answers import by_class
from cicsms.profile.grants import Granted
from cicsms.web.sender import NoAnswer, NotSent

Send = Callable[[Line, HttpRequest], Awaitable[HttpReply]]

MARGIN = 30.0
"""Seconds before its end at which a token is not used any more (never more than a tenth of its life)."""

REMEMBERED = 4
"""How many of the last tokens are blotted out of what is kept."""


class NoToken(CicsmsError):
    """The broker grants no token; ``answer`` is what that means for the message that needs one."""

    def __init__(self, answer: Answer, request: HttpRequest, reply: HttpReply | None, started: float) -> None:
        super().__init__(answer.said)
        self.answer = answer
        self.request = request
        self.reply = reply
        self.started = started


class Tokens:
    """The tokens of one line; however many messages wait for one, it is asked for once."""

    def __init__(self, line: Line, send: Send, recorder: Recorder) -> None:
        grants = line.profile.grants
        if grants is None:
            raise ValueError(f"{line.profile.name} has no tokens")
        self._grants = grants
        self._line = line
        self._send = send
        self._recorder = recorder
        self._token = ""
        self._until = 0.0
        self._waiting: list[Deferred[Any]] = []
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._mask = masker(())

    def mask(self, data: bytes) -> bytes:
        """Blot out the last tokens."""
        return self._mask(data)

    def drop(self, token: str) -> None:
        """Forget a token that the broker refuses; one that has taken its place stays."""
        if token == self._token:
            self._token = ""

    async def current(self) -> str:
        """Return the token in force, fetched where there is none; raises ``NoToken``."""
        if self._token and self._recorder.now() < self._until:
            return self._token
        told: Deferred[Any] = Deferred()
        self._waiting.append(told)
        if len(self._waiting) == 1:
            Deferred.fromCoroutine(self._fetch()).addBoth(self._tell)
        token: str = await told
        return token

    def _tell(self, found: str | Failure) -> None:
        """Tell everybody who waits for this token, or why there is none."""
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            told.callback(found)

    async def _fetch(self) -> str:
        """Ask the broker for a token and keep it."""
        started = self._recorder.now()
        moment = datetime.fromtimestamp(started, UTC)
        request = self._grants.ask(self._line.registration, moment)
        try:
            reply = await self._send(self._line, request)
        except (NotSent, NoAnswer) as error:
            raise NoToken(Answer(Outcome.RETRY, said=f"No access token: {error}"), request, None, started) from error
        try:
            granted = self._grants.read(reply, moment)
        except NotReadable as error:
            raise NoToken(Answer(_meaning(reply.status), said=str(error)), request, reply, started) from error
        self._keep(granted, started)
        return granted.token

    def _keep(self, granted: Granted, started: float) -> None:
        """Keep a token until shortly before its end, counted from when it was asked for."""
        self._token = granted.token
        self._until = started + granted.life - min(MARGIN, granted.life / 10)
        self._seen.append(granted.token)
        self._mask = masker(self._seen)


def _meaning(status: int) -> Outcome:
    """Return what a refused token means for a message: none of it was sent, so it waits; by a 4xx the account pauses."""
    outcome = by_class(status)
    if outcome is Outcome.REFUSED and status >= 400:
        return Outcome.AUTH_FAILED
    return outcome if outcome in (Outcome.AUTH_FAILED, Outcome.THROTTLED) else Outcome.RETRY
