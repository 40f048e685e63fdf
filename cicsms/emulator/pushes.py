"""Pushing a webhook: one request out, and what came back as a value; a target that is down is an outcome, not an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IConsumer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import RequestTransmissionFailed, ResponseDone, ResponseFailed
from twisted.web.error import SchemeNotSupported
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from cicsms.model.errors import CicsmsError
from cicsms.model.wire import HttpReply, HttpRequest

ANSWER_LIMIT = 2**20
_NETWORK = (
    CancelledError,
    CicsmsError,
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
    RequestTransmissionFailed,
    ResponseFailed,
    SchemeNotSupported,
    PotentialDataLoss,
)
_OURS = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection"})


@frozen
class Pushed:
    """What came of a push: a reply, or the reason there is none."""

    reply: HttpReply | None = None
    error: str = ""

    @property
    def taken(self) -> bool:
        """Whether the webhook said that it has it."""
        return self.reply is not None and 200 <= self.reply.status < 300


class Pushes:
    """Sends requests to the webhooks; ``agents`` gives the agent for a PEM file of anchors (``None`` = the machine's own)."""

    def __init__(self, clock: IReactorTime, agents: Callable[[Path | None], IAgent]) -> None:
        self._clock = clock
        self._agents = agents

    def push(self, request: HttpRequest, trust: Path | None, timeout: float) -> Deferred[Pushed]:
        """Send one request and fire with what came back, or with the reason why nothing did."""
        under_way = Deferred.fromCoroutine(self._push(request, trust))
        under_way.addTimeout(timeout, self._clock, lambda _result, seconds: Pushed(error=f"no answer within {seconds:g} s"))
        return under_way.addErrback(_reason)

    async def _push(self, request: HttpRequest, trust: Path | None) -> Pushed:
        headers = Headers()
        for name, value in request.headers:
            if name.lower() not in _OURS:
                headers.addRawHeader(name, value)
        body = WholeBody(request.body) if request.body or request.method not in ("GET", "HEAD", "DELETE") else None
        url = request.url.encode("latin-1")
        response: IResponse = await self._agents(trust).request(request.method.encode("latin-1"), url, headers, body)
        answer = _Answer(response)
        response.deliverBody(answer)
        return Pushed(HttpReply(response.code, _pairs(response.headers), await answer.whole))


@implementer(IBodyProducer)
class WholeBody:
    """A body written at once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """Write all of it."""
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Do nothing: all has been written."""

    def resumeProducing(self) -> None:
        """Do nothing: all has been written."""

    def stopProducing(self) -> None:
        """Do nothing: all has been written."""


class _Answer(Protocol):
    """Collects the body of a reply, up to the limit; one that ends with the connection is whole, too."""

    def __init__(self, response: IResponse) -> None:
        self._chunks: list[bytes] = []
        self._room = ANSWER_LIMIT
        self._announced = response.length is not UNKNOWN_LENGTH
        self.whole: Deferred[bytes] = Deferred(self._abort)

    def dataReceived(self, data: bytes) -> None:
        """Keep what there is room for; more than the limit ends the exchange."""
        self._chunks.append(data[: max(self._room, 0)])
        self._room -= len(data)
        if self._room < 0:
            self._finish()
            self._abort(self.whole)

    def connectionLost(self, reason: Failure = Failure(ResponseDone())) -> None:  # noqa: B008  Twisted's own signature
        """End with the body, or with the reason why it is not whole."""
        if reason.check(ResponseDone) or (reason.check(PotentialDataLoss) and not self._announced):
            self._finish()
        elif not self.whole.called:
            self.whole.errback(reason)

    def _finish(self) -> None:
        if not self.whole.called:
            self.whole.callback(b"".join(self._chunks))

    def _abort(self, _whole: Deferred[bytes]) -> None:
        abort = getattr(self.transport, "abortConnection", None)
        if abort is not None:
            abort()


def _pairs(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    kept = ((name, value) for name, values in headers.getAllRawHeaders() for value in values)
    return tuple((name, value) for name, value in kept if name.lower() not in _OURS)


def _reason(failure: Failure) -> Pushed:
    """Say in one sentence why there is no reply; a fault of this program passes on."""
    failure.trap(*_NETWORK)
    return Pushed(error="; ".join(dict.fromkeys(_sentences([failure]))))


def _sentences(failures: Iterable[Failure]) -> Iterable[str]:
    for failure in failures:
        inner = getattr(failure.value, "reasons", None)
        if inner:
            yield from _sentences(reason for reason in inner if isinstance(reason, Failure))
        elif failure.check(CancelledError):
            yield "given up"
        elif failure.check(CicsmsError):
            yield str(failure.value)
        elif failure.check(ConnectError, ConnectionClosed, DNSLookupError):
            yield failure.getErrorMessage().rstrip(".")
        else:
            yield f"{failure.type.__name__ if failure.type else 'error'}: {failure.getErrorMessage()}"
