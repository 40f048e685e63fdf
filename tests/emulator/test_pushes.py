"""Pushing a webhook, to a server in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseNeverReceived
from twisted.web.resource import Resource

from cicsms.emulator.pushes import Pushed, Pushes
from cicsms.model.errors import CicsmsError
from cicsms.model.wire import HttpRequest

PUSH = HttpRequest("POST", b"/mo?a=%20b", ((b"X-Sig", b"s"), (b"Content-Length", b"999")), b"hello", "http", "app.test:81")


class App(Resource):
    """A webhook that remembers."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def render(self, request: Any) -> bytes:
        """Take the request down and answer it."""
        headers = dict(request.requestHeaders.getAllRawHeaders())
        self.seen.append((request.method, request.uri, headers, request.content.read()))
        request.setResponseCode(202)
        request.setHeader(b"X-Own", b"1")
        return b"thanks"


class DeadAgent:
    """An agent whose every request ends as it was told, or never."""

    def __init__(self, ending: Exception | None = None) -> None:
        self.ending = ending

    def request(self, *_: object, **__: object) -> Deferred[Any]:
        """Fail, or keep waiting."""
        return Deferred() if self.ending is None else fail(self.ending)


class PushTests(SynchronousTestCase):
    """What goes out and what comes back."""

    def push(self, agent: Any, request: HttpRequest = PUSH, clock: Clock | None = None) -> Deferred[Pushed]:
        """Push by an agent."""
        return Pushes(clock or Clock(), lambda trust: agent).push(request, None, 15)

    def test_sent(self) -> None:
        """The target goes out undecoded, headers are kept, and the framing is the transport's own."""
        app = App()
        self.successResultOf(self.push(RequestTraversalAgent(app)))
        ((method, uri, headers, body),) = app.seen
        self.assertEqual((method, uri, body), (b"POST", b"/mo?a=%20b", b"hello"))
        self.assertEqual((headers[b"X-Sig"], headers[b"Content-Length"], headers[b"Host"]), ([b"s"], [b"5"], [b"app.test:81"]))

    def test_get(self) -> None:
        """A GET carries no body."""
        app = App()
        self.successResultOf(self.push(RequestTraversalAgent(app), evolve(PUSH, method="GET", body=b"")))
        self.assertNotIn(b"Content-Length", app.seen[0][2])

    def test_answer(self) -> None:
        """The answer comes back whole."""
        pushed = self.successResultOf(self.push(RequestTraversalAgent(App())))
        assert pushed.reply is not None
        self.assertEqual((pushed.reply.status, pushed.reply.body, pushed.reply.header(b"x-own")), (202, b"thanks", b"1"))
        self.assertTrue(pushed.taken)

    def test_refused(self) -> None:
        """A target that is down is an outcome with a reason."""
        pushed = self.successResultOf(self.push(DeadAgent(Refused())))
        self.assertIn("refused", pushed.error)
        self.assertFalse(pushed.taken)

    def test_wrapped_reason(self) -> None:
        """Of a failure in layers the innermost reasons are told."""
        ending = ResponseNeverReceived([Failure(CicsmsError("the certificate has expired"))])
        self.assertEqual(self.successResultOf(self.push(DeadAgent(ending))).error, "the certificate has expired")

    def test_no_answer(self) -> None:
        """A target that never answers is given up after the timeout."""
        clock = Clock()
        pushed = self.push(DeadAgent(), clock=clock)
        clock.advance(14)
        self.assertNoResult(pushed)
        clock.advance(1)
        self.assertEqual(self.successResultOf(pushed).error, "no answer within 15 s")

    def test_own_fault(self) -> None:
        """A fault of this program is no outcome."""
        self.failureResultOf(self.push(DeadAgent(ZeroDivisionError())), ZeroDivisionError)

    def test_bad_trust(self) -> None:
        """Anchors that can't be read are an outcome with a reason."""

        def agents(trust: Path | None) -> Any:
            """Refuse the file."""
            raise CicsmsError("trust.pem holds no certificate")

        pushed = self.successResultOf(Pushes(Clock(), agents).push(PUSH, Path("trust.pem"), 15))
        self.assertEqual(pushed.error, "trust.pem holds no certificate")
