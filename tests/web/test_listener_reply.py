"""Replies as bytes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpReply
from cicsms.web.http1_reply import NotWritable, Renderer
from tests.web.listener_kit import read_replies


class Rendering(SynchronousTestCase):
    """What a reply looks like on the wire."""

    def setUp(self) -> None:
        """Take a renderer and set its clock."""
        self.renderer = Renderer()
        self.renderer.at(784111777)

    def test_whole(self) -> None:
        """Status line, the reply's headers, date, length and body, in one piece (the date is RFC 9110's own)."""
        raw = self.renderer.render(HttpReply(200, ((b"Content-Type", b"text/xml"),), b"<a/>"))
        lines = b"HTTP/1.1 200 OK|Content-Type: text/xml|Date: Sun, 06 Nov 1994 08:49:37 GMT|Content-Length: 4||<a/>"
        self.assertEqual(raw, lines.replace(b"|", b"\r\n"))

    def test_body_of_its_own(self) -> None:
        """Two replies alike but for the body share their start, and nothing else."""
        bodies = [read_replies(self.renderer.render(HttpReply(200, (), body)))[0].body for body in (b"a", b"bcd", b"")]
        self.assertEqual(bodies, [b"a", b"bcd", b""])

    def test_statuses(self) -> None:
        """A status nobody registered has no phrase; 204 has neither body nor length; what is no final status is refused."""
        self.assertTrue(self.renderer.render(HttpReply(299)).startswith(b"HTTP/1.1 299 \r\n"))
        self.assertNotIn(b"Content-Length", self.renderer.render(HttpReply(204, (), b"lost")))
        for status in (100, 199, 600):
            self.assertRaises(NotWritable, self.renderer.render, HttpReply(status))

    def test_framing_is_ours(self) -> None:
        """Headers that frame the answer, and values that would split it, are refused."""
        for name, value in (
            (b"connection", b"x"),
            (b"DATE", b"x"),
            (b"Transfer-Encoding", b"x"),
            (b"A b", b"x"),
            (b"A", b"\n"),
            (b"", b"x"),
        ):
            self.assertRaises(NotWritable, self.renderer.render, HttpReply(200, ((name, value),)))

    def test_bounded_memory(self) -> None:
        """Replies with ever new headers don't fill the memory."""
        for index in range(2000):
            self.renderer.render(HttpReply(200, ((b"X", b"%d" % index),)))
        self.assertLess(len(self.renderer._starts), 1000)
