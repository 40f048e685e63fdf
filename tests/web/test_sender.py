"""The sender sends once, keeps connections, gives up in time, and says whether the message can have left."""

from __future__ import annotations

from twisted.internet import error
from twisted.internet.error import ConnectionDone, ConnectionLost, DNSLookupError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.sender import ISender, Leg, NoAnswer, NotSent, NotWritable, Proxy, ReplyLimits, Sender
from tests.web.lines import Lines

POST = HttpRequest("POST", b"/mt", ((b"X-Key", b"k"),), b"text=hi", authority="broker.example.test")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 7\r\n\r\nok"


class SenderTests(SynchronousTestCase):
    """One sender, one destination."""

    def setUp(self) -> None:
        """Make a sender over lines the test holds."""
        self.clock = Clock()
        self.lines = Lines()
        self.sender = Sender(self.clock, self.lines, agent="cicsms/1", limits=ReplyLimits(head=500, headers=5, body=100))

    def tearDown(self) -> None:
        """Hold that nothing stays behind: no connection and no timer."""
        self.successResultOf(self.sender.close())
        self.assertEqual([line for line in self.lines.open if line.open], [])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_interface(self) -> None:
        """It is a sender."""
        verifyObject(ISender, self.sender)

    def test_reply(self) -> None:
        """Status, headers without framing, and body come back."""
        sent = self.sender.send(POST, 60)
        self.lines.open[0].reply(OK)
        self.assertEqual(self.successResultOf(sent), HttpReply(200, ((b"X-Id", b"7"),), b"ok"))

    def test_kept_alive(self) -> None:
        """The next request takes the same connection; a second at the same time takes another."""
        for _ in range(3):
            sent = self.sender.send(POST, 60)
            self.lines.open[0].reply(OK)
            self.successResultOf(sent)
        self.assertEqual(len(self.lines.open), 1)
        both = [self.sender.send(POST, 60) for _ in range(2)]
        self.assertEqual(len(self.lines.open), 2)
        for line, sent in zip(self.lines.open, both, strict=True):
            line.reply(OK)
            self.successResultOf(sent)

    def test_not_kept(self) -> None:
        """A connection is not used again after "close", HTTP/1.0, a reply without length, or bytes nobody asked for."""
        for reply in (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            OK + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            OK + b"garbage",
        ):
            sent = self.sender.send(POST, 60)
            self.lines.open[-1].reply(reply)
            self.assertEqual(self.successResultOf(sent).status, 200)
            self.assertFalse(self.lines.open[-1].open, reply)

    def test_idle(self) -> None:
        """A connection unused for a while is closed, and never used once it is that old."""
        sent = self.sender.send(POST, 60)
        self.lines.open[0].reply(OK)
        self.successResultOf(sent)
        self.clock.advance(3.9)
        self.assertTrue(self.lines.open[0].open)
        self.clock.advance(0.2)
        self.assertFalse(self.lines.open[0].open)

    def test_closed_while_idle(self) -> None:
        """A connection the other side has closed, or talks on unasked, is not used again."""
        for end in (lambda line: line.loseConnection(), lambda line: line.reply(b"HTTP/1.1 408 Timeout\r\n\r\n")):
            sent = self.sender.send(POST, 60)
            self.lines.open[-1].reply(OK)
            self.successResultOf(sent)
            end(self.lines.open[-1])
        self.assertEqual(len(self.lines.open), 2)

    def test_stale(self) -> None:
        """A kept connection that closes under a request is no answer, and is not tried again on another one."""
        sent = self.sender.send(POST, 60)
        self.lines.open[0].reply(OK)
        self.successResultOf(sent)
        again = self.sender.send(POST, 60)
        self.lines.open[0].loseConnection()
        self.assertIn("closed the connection", str(self.failureResultOf(again, NoAnswer).value))
        self.assertEqual(len(self.lines.open), 1)

    def test_refused(self) -> None:
        """What fails before there is a connection was not sent."""
        self.lines.instant = False
        for wrong, said in ((error.ConnectionRefusedError(), "refuses connections"), (DNSLookupError(), "not known")):
            sent = self.sender.send(POST, 60)
            self.lines.refuse(wrong)
            self.assertIn(said, str(self.failureResultOf(sent, NotSent).value))

    def test_timeouts(self) -> None:
        """The total time counts from the call: while connecting nothing was sent, afterwards it may have been."""
        self.lines.instant = False
        first = self.sender.send(POST, 10)
        self.clock.advance(10)
        self.failureResultOf(first, NotSent)
        second = self.sender.send(POST, 10)
        self.lines.instant = True
        self.clock.advance(6)
        self.lines.accept()
        self.lines.open[-1].reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        self.clock.advance(4)
        self.assertIn("10 s", str(self.failureResultOf(second, NoAnswer).value))
        self.assertFalse(self.lines.open[-1].open)

    def test_cancel(self) -> None:
        """A cancelled request ends its connection, and says what can have left."""
        sent = self.sender.send(POST, 60)
        sent.cancel()
        self.failureResultOf(sent, NoAnswer)
        self.assertFalse(self.lines.open[0].open)
        self.lines.instant = False
        sent = self.sender.send(POST, 60)
        sent.cancel()
        self.failureResultOf(sent, NotSent)

    def test_close_fails_what_is_under_way(self) -> None:
        """Closing the sender fails requests under way as unanswered."""
        sent = self.sender.send(POST, 60)
        self.successResultOf(self.sender.close())
        self.failureResultOf(sent, NoAnswer)

    def test_cut(self) -> None:
        """A reply that is cut short, or never begins, is no answer."""
        for data in (b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"):
            for reason in (ConnectionDone(), ConnectionLost()):
                sent = self.sender.send(POST, 60)
                self.lines.open[-1].reply(data)
                self.lines.open[-1].end(reason)
                self.failureResultOf(sent, NoAnswer)

    def test_until_close(self) -> None:
        """A reply without length ends with the connection if it ends in order, and is cut if it breaks."""
        for reason, whole in ((ConnectionDone(), True), (ConnectionLost(), False)):
            sent = self.sender.send(POST, 60)
            self.lines.open[-1].reply(b"HTTP/1.1 200 OK\r\n\r\nall of it")
            self.assertNoResult(sent)
            self.lines.open[-1].end(reason)
            if whole:
                self.assertEqual(self.successResultOf(sent).body, b"all of it")
            else:
                self.failureResultOf(sent, NoAnswer)

    def test_unreadable(self) -> None:
        """A reply that is no HTTP, or passes a limit, is no answer, and ends the connection."""
        for data in (
            b"SMTP ready\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 600,
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 6 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101,
            b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 101,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 2000,
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        ):
            sent = self.sender.send(POST, 60)
            self.lines.open[-1].reply(data)
            self.assertFalse(self.lines.open[-1].open, data)
            self.failureResultOf(sent, NoAnswer)

    def test_shapes(self) -> None:
        """Interim replies are passed over; chunks are joined; 204 has no body; bytes may come one by one."""
        for data, expected in (
            (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, HttpReply(200, ((b"X-Id", b"7"),), b"ok")),
            (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK, HttpReply(200, ((b"X-Id", b"7"),), b"ok")),
            (
                b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: t\r\n\r\n",
                HttpReply(400, (), b"abc"),
            ),
            (b"HTTP/1.1 204 None\r\n\r\n", HttpReply(204)),
            (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", HttpReply(302, ((b"Location", b"/x"),))),
        ):
            for size in (1, len(data)):
                sent = self.sender.send(POST, 60)
                for start in range(0, len(data), size):
                    self.lines.open[-1].reply(data[start : start + size])
                self.assertEqual(self.successResultOf(sent), expected)
        self.assertEqual(len(self.lines.open), 1)

    def test_head(self) -> None:
        """A reply to HEAD ends with its head, whatever length it speaks of."""
        sent = self.sender.send(HttpRequest("HEAD", b"/", authority="x.test"), 60)
        self.lines.open[0].reply(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
        self.assertEqual(self.successResultOf(sent), HttpReply(200))

    def test_pools_apart(self) -> None:
        """Other hosts, schemes and legs have connections of their own."""
        kinds = [
            (POST, Leg()),
            (POST, Leg("acme")),
            (HttpRequest("GET", b"/", authority="other.test:8080"), Leg()),
            (HttpRequest("GET", b"/", authority="[::1]"), Leg()),
        ]
        for request, leg in kinds * 2:
            sent = self.sender.send(request, 60, leg)
            next(line for line in self.lines.open if line.value()).reply(OK)
            for line in self.lines.open:
                line.clear()
            self.successResultOf(sent)
        self.assertEqual(
            [asked[1:3] for asked in self.lines.asked],
            [("broker.example.test", 80), ("broker.example.test", 80), ("other.test", 8080), ("::1", 80)],
        )

    def test_not_writable(self) -> None:
        """What would break the framing, or names no place, never leaves."""
        for request in (
            HttpRequest("POST", b"/a b", authority="x.test"),
            HttpRequest("POST", b"/a\r\nX: y", authority="x.test"),
            HttpRequest("PO ST", b"/", authority="x.test"),
            HttpRequest("POST", b"", authority="x.test"),
            HttpRequest("POST", b"/", ((b"X", b"a\r\nb"),), authority="x.test"),
            HttpRequest("POST", b"/", ((b"X Y", b"a"),), authority="x.test"),
            HttpRequest("POST", b"/", authority=""),
            HttpRequest("POST", b"/", authority="user@x.test"),
            HttpRequest("POST", b"/", authority="\u00fc" * 70 + ".test"),
            HttpRequest("POST", b"/", authority="x.test:0"),
            HttpRequest("POST", b"/", authority="x.test:99999"),
            HttpRequest("POST", b"/", authority="x.test", scheme="ftp"),
        ):
            self.failureResultOf(self.sender.send(request, 60), NotWritable)
        self.assertEqual(self.lines.open, [])

    def test_forwarding_proxy(self) -> None:
        """By proxy a plain request takes its absolute form and the proxy's credentials; a 407 means it was not sent."""
        leg = Leg(proxy=Proxy("proxy.test", 3128, "me", "secret"))
        sent = self.sender.send(POST, 60, leg)
        wrote = self.lines.open[0].read()
        self.assertTrue(wrote.startswith(b"POST http://broker.example.test/mt HTTP/1.1\r\nHost: broker.example.test\r\n"))
        self.assertIn(b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n", wrote)
        self.lines.open[0].reply(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
        self.assertIn("407", str(self.failureResultOf(sent, NotSent).value))
        self.assertNotIn("secret", repr(leg))
