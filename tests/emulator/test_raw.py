"""HTTP values as bytes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.raw import framed, raw_reply, raw_request, read_reply
from cicsms.model.wire import HttpReply, HttpRequest


class RawTests(SynchronousTestCase):
    """Bytes of requests and replies."""

    def test_request(self) -> None:
        """A request gets Host and Content-Length; its headers keep order and case."""
        request = HttpRequest("POST", b"/a?b", ((b"x-B", b"1"), (b"A", b"2")), b"hi", "http", "h:1")
        self.assertEqual(
            raw_request(request), b"POST /a?b HTTP/1.1\r\nHost: h:1\r\nx-B: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\nhi"
        )

    def test_get(self) -> None:
        """A request without a body has no Content-Length."""
        self.assertEqual(raw_request(HttpRequest("GET", b"/", authority="h")), b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    def test_reply(self) -> None:
        """A reply is read back as it was written, but for its framing."""
        reply = HttpReply(429, ((b"Retry-After", b"3"),), b"slow")
        again = read_reply(raw_reply(reply))
        self.assertEqual((again.status, again.header(b"retry-after"), again.body), (429, b"3", b"slow"))

    def test_no_content(self) -> None:
        """A 204 has neither body nor length, and an odd status has a phrase."""
        self.assertEqual(raw_reply(HttpReply(204, (), b"x")), b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertTrue(raw_reply(HttpReply(799)).startswith(b"HTTP/1.1 799 Unknown\r\n"))

    def test_closing(self) -> None:
        """A reply may say that the connection ends with it."""
        self.assertFalse(framed(raw_reply(HttpReply(200), close=True)))

    def test_garbage(self) -> None:
        """What is no reply reads as status 0."""
        self.assertEqual(read_reply(b"SSH-2.0").status, 0)

    def test_framed(self) -> None:
        """Only a reply whose own framing is whole lets the connection go on."""
        self.assertTrue(framed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))
        self.assertTrue(framed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"))
        for raw in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
            b"HTTP/1.1 200 OK\r\n\r\nhi",
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nhi",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi",
        ):
            self.assertFalse(framed(raw), raw)
