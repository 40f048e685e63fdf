"""Tests of the reader of raw replies."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.conformance.peer.heard import Heard, dechunk, read_replies


def heard(data: bytes, *, closed: bool = False) -> Heard:
    """Make what was heard."""
    return Heard(data, closed, 1.0)


class HeardTests(SynchronousTestCase):
    """Replies cut out of bytes."""

    def test_cuts_several_replies_by_their_lengths(self) -> None:
        """Two replies in one piece are two, each with its own body."""
        found = read_replies(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", False)
        self.assertEqual([(reply.status, reply.body) for reply in found], [(200, b"hi"), (404, b"")])

    def test_an_unfinished_reply_is_none(self) -> None:
        """A body that is still coming makes no reply."""
        self.assertEqual(heard(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi").replies, ())

    def test_only_the_end_of_the_connection_ends_a_body_without_a_length(self) -> None:
        """A body without framing counts when the connection is closed, and not before."""
        data = b"HTTP/1.1 200 OK\r\n\r\nall of it"
        self.assertEqual(heard(data).status, 0)
        self.assertEqual(heard(data, closed=True).replies[0].body, b"all of it")

    def test_reads_chunks(self) -> None:
        """Chunks with an extension and a trailer give their bytes; what follows is left."""
        self.assertEqual(dechunk(b"2;x=1\r\nhi\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\nrest"), (True, b"hi!", b"rest"))
        self.assertEqual(dechunk(b"2\r\nhi\r\n")[0], False)
        self.assertEqual(dechunk(b"zz\r\nhi\r\n")[0], False)
        data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        self.assertEqual(heard(data).replies[0].body, b"hi")

    def test_interim_replies_do_not_count(self) -> None:
        """A 100 before the final reply is not the answer."""
        self.assertEqual(heard(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 Fine\r\n\r\n").status, 204)

    def test_what_is_not_http_has_status_0(self) -> None:
        """Junk with an empty line is a reply without a status, so that no case takes it for a good one."""
        self.assertEqual(heard(b"SMTP ready\r\n\r\n", closed=True).status, 0)

    def test_tells_itself_in_one_line(self) -> None:
        """A report shows the statuses, the time and whether the connection is open."""
        self.assertEqual(str(heard(b"")), "no reply after 1.00 s, still open")
