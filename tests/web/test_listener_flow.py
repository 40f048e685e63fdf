"""The listener and time: deadlines, order, keep-alive, half-closed and slow clients, bounds, faults of ours."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.limits import Gate
from cicsms.web.listener import BrokerPort
from cicsms.web.listener_connection import LINGER, PIPELINED
from cicsms.web.paths import PathTable
from tests.web.listener_kit import POST, TAKEN, Client, House, Pending

OLD = POST.replace(b"HTTP/1.1\r\nHost: sms.example", b"HTTP/1.0")


class Broken(Exception):
    """What an endpoint may die of."""


class Deadlines(SynchronousTestCase):
    """Nobody holds a connection for ever."""

    def trickle(self, raw: bytes) -> Client:
        """Send a byte a second for twice the limit."""
        house = House(request_seconds=20, idle_seconds=75)
        client = house.client()
        for byte in raw[:40]:
            client.send(bytes([byte]))
            house.clock.advance(1)
        return client

    def test_slow_headers(self) -> None:
        """A byte a second of headers is 408 at the total limit: the clock does not start again with each byte."""
        client = self.trickle(b"POST /mo HTTP/1.1\r\nHost: x\r\nA: bcdefghijklmnop")
        self.assertEqual([reply.status for reply in client.replies()], [408])
        self.assertTrue(client.wire.closed)

    def test_slow_body(self) -> None:
        """Headers and body share one deadline."""
        house = House(request_seconds=20)
        client = house.client()
        client.send(POST[:20])
        house.clock.advance(15)
        client.send(POST[20:-1])
        house.clock.pump([1] * 7)
        self.assertEqual([reply.status for reply in client.replies()], [408])
        self.assertEqual(house.requests, [])

    def test_silence(self) -> None:
        """A connection that says nothing is closed without a word."""
        house = House(request_seconds=20)
        client = house.client()
        house.clock.pump([1] * 22)
        self.assertEqual((client.replies(), client.wire.closed), ([], True))

    def test_stalled_handshake(self) -> None:
        """On a TLS port nothing can be said before the handshake: a stalled one is aborted."""
        house = House(scheme="https", request_seconds=20)
        client = house.client()
        house.clock.pump([1] * 22)
        self.assertTrue(client.wire.aborted)

    def test_idle(self) -> None:
        """A kept connection is closed after the idle limit, counted from the last answer."""
        house = House(idle_seconds=75)
        client = house.client()
        for _ in range(3):
            client.ask(POST)
            house.clock.pump([1] * 60)
            self.assertFalse(client.wire.closed)
        house.clock.pump([1] * 17)
        self.assertTrue(client.wire.closed)

    def test_in_flight(self) -> None:
        """While an answer is made, no deadline runs: a slow disk is no fault of the client."""
        pending = Pending()
        house = House(pending)
        client = house.client()
        client.send(POST)
        house.clock.pump([10] * 60)
        pending.waiting[0].callback(TAKEN)
        self.assertEqual([reply.status for reply in client.replies()], [200])

    def test_late_beside_in_flight(self) -> None:
        """A request that does not come in time is 408 behind the answer that is still being made."""
        pending = Pending()
        house = House(pending, request_seconds=20)
        client = house.client()
        client.send(POST + POST[:10])
        house.clock.pump([1] * 60)
        self.assertEqual((client.replies(), client.wire.closed), ([], False))
        pending.waiting[0].callback(TAKEN)
        self.assertEqual([reply.status for reply in client.replies()], [200, 408])

    def test_client_that_never_closes(self) -> None:
        """After our last answer the client has a moment to close, then the connection is cut."""
        house = House()
        client = house.client()
        client.ask(b"\x16\x03")
        client.connection.writeConnectionLost()  # type: ignore[attr-defined]
        house.clock.pump([0.5] * int(LINGER * 2 + 2))
        self.assertTrue(client.wire.aborted)

    def test_idle_client_that_never_closes(self) -> None:
        """Over TLS the end takes two; who does not play its part when an idle connection closes is cut off soon."""
        house = House(scheme="https", idle_seconds=5)
        client = house.client()
        client.ask(POST)
        house.clock.pump([0.5] * 12)
        self.assertEqual((client.wire.disconnecting, client.wire.aborted), (True, False))
        house.clock.pump([0.5] * 5)
        self.assertTrue(client.wire.aborted)


class Order(SynchronousTestCase):
    """Keep-alive and pipelining (RFC 9112, 9.3)."""

    def test_hundred(self) -> None:
        """A hundred requests on one connection are answered."""
        client = House().client()
        self.assertEqual({client.ask(POST).status for _ in range(100)}, {200})

    def test_pipelined(self) -> None:
        """Requests in one write are answered in their order, whichever answer is ready first."""
        pending = Pending()
        client = House(pending).client()
        client.send(POST * 5)
        for index in (3, 1, 0, 4, 2):
            pending.waiting[index].callback(HttpReply(200, (), b"%d" % index))
        self.assertEqual([reply.body for reply in client.replies()], [b"0", b"1", b"2", b"3", b"4"])

    def test_hundred_pipelined(self) -> None:
        """A hundred requests in one write are answered, too."""
        client = House().client()
        client.send(POST * 100)
        self.assertEqual(len(client.replies()), 100)

    def test_one_write(self) -> None:
        """Answers that are ready together leave in one write."""
        client = House().client()
        writes: list[bytes] = []
        client.wire.write = writes.append  # type: ignore[method-assign]
        client.send(POST * 5)
        self.assertEqual(len(writes), 1)

    def test_bounded(self) -> None:
        """Beyond a number of requests in flight nothing more is read from a connection; then it goes on by itself."""
        pending = Pending()
        client = House(pending).client()
        client.send(POST * (PIPELINED + 3))
        self.assertEqual((len(pending.waiting), client.wire.producerState), (PIPELINED, "paused"))
        pending.waiting[0].callback(TAKEN)
        self.assertEqual(len(pending.waiting), PIPELINED + 1)
        for index in range(1, PIPELINED + 3):
            pending.waiting[index].callback(TAKEN)
        self.assertEqual(len(client.replies()), PIPELINED + 3)
        self.assertEqual(client.wire.producerState, "producing")

    def test_refused_in_order(self) -> None:
        """A refusal waits for the answers before it."""
        pending = Pending()
        client = House(pending).client()
        client.send(POST + b"BAD\r\n\r\n")
        self.assertEqual(client.replies(), [])
        pending.waiting[0].callback(TAKEN)
        self.assertEqual([reply.status for reply in client.replies()], [200, 400])

    def test_behind_a_refusal(self) -> None:
        """Requests behind one that is refused without harm are answered."""
        client = House().client()
        client.send(POST.replace(b"/mo", b"/no") + POST)
        self.assertEqual([reply.status for reply in client.replies()], [404, 200])

    def test_close(self) -> None:
        """``Connection: close`` ends the connection behind its answer, and nothing behind it is taken."""
        house = House()
        client = house.client()
        client.send(POST.replace(b"Host", b"Connection: x, Close\r\nHost") + POST)
        (reply,) = client.replies()
        self.assertEqual((reply.headers["connection"], client.wire.closed, len(house.requests)), ("close", True, 1))

    def test_http10(self) -> None:
        """HTTP/1.0 needs no Host and closes."""
        client = House().client()
        self.assertEqual((client.ask(OLD).headers["connection"], client.wire.closed), ("close", True))

    def test_http10_kept(self) -> None:
        """HTTP/1.0 that asks for it is kept open, and is told so."""
        client = House().client()
        kept = OLD.replace(b"\r\nContent", b"\r\nConnection: Keep-Alive\r\nContent")
        self.assertEqual((client.ask(kept).headers["connection"], client.wire.closed), ("keep-alive", False))
        self.assertEqual(client.ask(kept).status, 200)


class HalfClosed(SynchronousTestCase):
    """Clients that close their side early."""

    def test_answer_is_sent(self) -> None:
        """The answer to a whole request still goes out, then the connection closes."""
        pending = Pending()
        client = House(pending).client()
        client.send(POST)
        client.finish_writing()
        self.assertFalse(client.wire.closed)
        pending.waiting[0].callback(TAKEN)
        self.assertEqual(client.replies()[0].headers["connection"], "close")
        self.assertTrue(client.wire.disconnecting)

    def test_half_a_request(self) -> None:
        """Half a request can't become one: the connection closes."""
        house = House()
        client = house.client()
        client.send(POST[:-1])
        client.finish_writing()
        self.assertEqual((client.replies(), client.wire.closed, house.requests), ([], True, []))

    def test_gone(self) -> None:
        """Where the client is gone, the work goes on and its answer is dropped; the gate is left."""
        pending = Pending()
        house = House(pending)
        client = house.client()
        client.send(POST)
        client.connection.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(house.port.gate.inside, 1)
        pending.waiting[0].callback(TAKEN)
        self.assertEqual((client.wire.value(), house.port.gate.inside), (b"", 0))


class SlowReaders(SynchronousTestCase):
    """Clients that don't read their answers."""

    def test_held(self) -> None:
        """While the transport is full, no request is taken; when it drains, they are."""
        house = House()
        client = house.client()
        client.connection.pauseProducing()  # type: ignore[attr-defined]
        client.send(POST * 2)
        self.assertEqual((house.requests, client.wire.producerState), ([], "paused"))
        client.connection.resumeProducing()  # type: ignore[attr-defined]
        self.assertEqual((len(client.replies()), client.wire.producerState), (2, "producing"))

    def test_cut(self) -> None:
        """Who does not read in time is cut off."""
        house = House(request_seconds=20)
        client = house.client()
        client.connection.pauseProducing()  # type: ignore[attr-defined]
        house.clock.pump([1] * 22)
        self.assertTrue(client.wire.aborted)


class Bounds(SynchronousTestCase):
    """Bounded connections, and bounded requests in flight over all ports."""

    def test_connections(self) -> None:
        """A connection too many hears 503 and when to come again; the others are not disturbed."""
        house = House(connections=2)
        first, _ = house.client(), house.client()
        (reply,) = house.client().replies()
        self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "5"))
        self.assertEqual(first.ask(POST).status, 200)
        first.connection.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(house.client().ask(POST).status, 200)

    def test_connections_over_tls(self) -> None:
        """Over TLS it is only closed."""
        house = House(scheme="https", connections=1)
        house.client()
        client = house.client()
        self.assertEqual((client.wire.value(), client.wire.closed), (b"", True))

    def test_in_flight(self) -> None:
        """A request too many is 503 with Retry-After, and the connection goes on."""
        pending = Pending()
        house = House(pending, in_flight=1)
        house.client().send(POST)
        client = house.client()
        reply = client.ask(POST)
        self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "5"))
        pending.waiting[0].callback(TAKEN)
        client.send(POST)
        self.assertEqual(len(pending.waiting), 2)

    def test_gate_is_shared(self) -> None:
        """Ports that share a gate share its room."""
        pending = Pending()
        house = House(pending)
        gate = house.port.gate = Gate(1)
        limits = house.port.limits
        other = BrokerPort(house.clock, PathTable([("/mo", house.endpoint)]), limits, gate=gate)
        house.client().send(POST)
        self.assertEqual(Client(other).ask(POST).status, 503)


class Faults(SynchronousTestCase):
    """Faults of ours: 500 without a word, one log entry."""

    def broken(self, answer: object) -> None:
        """Expect 500 and a connection that goes on."""
        house = House(lambda request: answer() if callable(answer) else answer)
        client = house.client()
        for _ in range(2):
            reply = client.ask(POST)
            self.assertEqual((reply.status, reply.body), (500, b""))
        self.assertEqual(house.port.gate.inside, 0)

    def test_exception(self) -> None:
        """An endpoint that raises is logged, and the client sees no traceback."""

        def explode() -> None:
            raise Broken("secret")

        self.broken(explode)
        self.assertEqual(len(self.flushLoggedErrors(Broken)), 2)

    def test_failed_deferred(self) -> None:
        """So is one whose Deferred fails."""
        self.broken(lambda: fail(Broken()))
        self.assertEqual(len(self.flushLoggedErrors(Broken)), 2)

    def test_no_reply(self) -> None:
        """What is no reply can't be sent."""
        self.broken(None)

    def test_split_reply(self) -> None:
        """A header that would split the answer is not written, nor a status that is none."""
        self.broken(HttpReply(200, ((b"A", b"b\r\nSet-Cookie: x"),)))
        self.broken(HttpReply(200, ((b"Content-Length", b"7"),)))
        self.broken(HttpReply(42))


class Draining(SynchronousTestCase):
    """The end of a port, in order."""

    def test_idle(self) -> None:
        """Idle connections close at once; the port is drained when they are gone."""
        house = House()
        client = house.client()
        drained = house.port.drain()
        self.assertTrue(client.wire.closed)
        self.assertNoResult(drained)
        client.connection.connectionLost(Failure(ConnectionDone()))
        self.successResultOf(drained)

    def test_in_flight(self) -> None:
        """A request in flight is answered first, and told that the connection ends."""
        pending = Pending()
        house = House(pending)
        client = house.client()
        client.send(POST)
        house.port.drain()
        pending.waiting[0].callback(TAKEN)
        self.assertEqual(client.replies()[0].headers["connection"], "close")
        self.assertTrue(client.wire.closed)

    def test_coming_in(self) -> None:
        """A request that is coming in is still taken and answered."""
        house = House()
        client = house.client()
        client.send(POST[:-1])
        house.port.drain()
        self.assertEqual(client.ask(POST[-1:]).headers["connection"], "close")

    def test_nobody(self) -> None:
        """A port without connections is drained at once, and its timer is not running."""
        house = House()
        self.successResultOf(house.port.drain())
        self.assertEqual(house.clock.getDelayedCalls(), [])

    def test_timer_ends(self) -> None:
        """The timer of a port ends with its last connection."""
        house = House()
        house.client().connection.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(house.clock.getDelayedCalls(), [])


class Counted(SynchronousTestCase):
    """The port's figures."""

    def test_figures(self) -> None:
        """Connections, requests, bytes, statuses and refusals are counted."""
        house = House()
        client = house.client()
        client.send(POST * 2 + POST.replace(b"/mo", b"/no"))
        sent = len(client.wire.value())
        counters = house.port.counters
        self.assertEqual((counters.connections, counters.requests, counters.received), (1, 2, 3 * len(POST)))
        self.assertEqual((counters.sent, counters.classes), (sent, {"2xx": 2, "4xx": 1}))
        self.assertEqual(counters.refused, {"the path is unknown": 1})

    def test_date(self) -> None:
        """The Date header follows the clock."""
        house = House()
        client = house.client()
        house.clock.pump([0.5] * 5)
        self.assertEqual(client.ask(POST).headers["date"], "Thu, 01 Jan 1970 00:00:02 GMT")

    def test_answer_types(self) -> None:
        """A Deferred that has fired already is as good as a reply."""

        def answer(request: HttpRequest) -> Deferred[HttpReply]:
            done: Deferred[HttpReply] = Deferred()
            done.callback(TAKEN)
            return done

        self.assertEqual(House(answer).client().ask(POST).status, 200)
