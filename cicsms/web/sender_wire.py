"""One connection to a destination: carries one request at a time, and knows when it is fit for one."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHandshakeListener, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.model.wire import HttpReply
from cicsms.web.sender_errors import NoAnswer, ReplyUnreadable, why
from cicsms.web.sender_reply import ReplyLimits, ReplyReader
from cicsms.web.tls_facts import tls_facts


@implementer(IHandshakeListener)
class Wire(Protocol):
    """A connection. ``ready`` fires with it when a request may be written: over TLS, when the peer has proved its name.

    ``spent`` says that it is about to end. ``idle`` is called with it after a whole reply, if it can carry another
    request; ``gone`` when it has ended.
    """

    transport: ITCPTransport

    def __init__(self, *, secure: bool, limits: ReplyLimits, idle: Callable[[Wire], None], gone: Callable[[Wire], None]) -> None:
        self.ready: Deferred[Wire] = Deferred(lambda _: self.drop())
        self.since = 0.0
        self.spent = False
        self._secure = secure
        self._limits = limits
        self._idle = idle
        self._gone = gone
        self._lost: Failure | None = None
        self._reader: ReplyReader | None = None
        self._answer: Deferred[HttpReply] | None = None
        self._tls = ""

    def connectionMade(self) -> None:
        """In clear a connection is ready at once."""
        if not self._secure:
            self.ready.callback(self)

    def handshakeCompleted(self) -> None:
        """Over TLS it is ready when the handshake is done."""
        self._tls = str(tls_facts(self.transport) or "")
        if not self.ready.called:
            self.ready.callback(self)

    def exchange(self, data: bytes, answer: Deferred[HttpReply], *, bodiless: bool) -> None:
        """Write a request and give its reply, or ``NoAnswer``, to ``answer``."""
        self._answer = answer
        self._reader = ReplyReader(self._limits, bodiless=bodiless)
        self.transport.write(data)

    def drop(self) -> None:
        """End the connection at once, and leave whoever waits for a reply to the caller."""
        self.spent = True
        self._answer = None
        self.transport.abortConnection()

    def close(self) -> None:
        """End an unused connection in order."""
        self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the reply; what comes unasked ends the connection."""
        if self._reader is None or self._answer is None:
            self.drop()
            return
        try:
            reply = self._reader.feed(data)
        except ReplyUnreadable as wrong:
            self._fail(str(wrong))
            return
        if reply is not None:
            self._settle(reply, keep=self._reader.keep)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Settle what waits: not ready is the connector's failure, a cut reply is no answer."""
        self._gone(self)
        if not self.ready.called:
            self.ready.errback(reason)
        if self._answer is None or self._reader is None:
            return
        reply = self._reader.end() if reason.check(ConnectionDone) else None
        if reply is not None:
            self._settle(reply, keep=False)
        else:
            self._fail(f"No whole reply came: {why(reason)}.")

    def _settle(self, reply: HttpReply, *, keep: bool) -> None:
        """Hand the reply over, after the connection has found its next place."""
        answer, self._answer, self._reader = self._answer, None, None
        if keep:
            self._idle(self)
        else:
            self.transport.loseConnection()
        if answer is not None:
            answer.callback(evolve(reply, tls=self._tls) if self._tls else reply)

    def _fail(self, said: str) -> None:
        """End the connection and say that no answer came."""
        answer, self._answer, self._reader = self._answer, None, None
        self.transport.abortConnection()
        if answer is not None:
            answer.errback(NoAnswer(said))
