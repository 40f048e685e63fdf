"""The listener and the syntax of HTTP/1: what is taken, and what is refused with which status."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.web.listener_kit import POST, House, Reply

HEAD = b"POST /mo HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Refusals(SynchronousTestCase):
    """Malformed requests: a status, a closed connection, one log line, and nothing reaches the endpoint."""

    def refused(self, raw: bytes, status: int = 400) -> Reply:
        """Send ``raw`` and expect one refusal and the end."""
        house = House()
        client = house.client()
        reply = client.ask(raw)
        self.assertEqual((reply.status, reply.body), (status, b""))
        self.assertEqual(reply.headers["connection"], "close")
        self.assertTrue(client.wire.closed)
        self.assertEqual(house.requests, [])
        return reply

    def test_no_host(self) -> None:
        """HTTP/1.1 without Host is 400 (RFC 9112, 3.2)."""
        self.refused(b"POST /mo HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi")

    def test_two_hosts(self) -> None:
        """Two Host lines are 400, equal or not."""
        self.refused(HEAD + b"Host: x\r\nContent-Length: 0\r\n\r\n")

    def test_host_with_blanks_or_path(self) -> None:
        """A Host that is no authority is 400."""
        for value in (b"", b"a b", b"a/b", b"a,b", b"u@h"):
            self.refused(b"POST /mo HTTP/1.1\r\nHost: " + value + b"\r\nContent-Length: 0\r\n\r\n")

    def test_bare_lf(self) -> None:
        """Bare LF is 400 at once, wherever it stands and however much is still to come."""
        self.refused(POST.replace(b"\r\n", b"\n"))
        self.refused(b"POST /mo HTTP/1.1\n")
        self.refused(b"POST /mo HTTP/1.1\r\nHost: x\n")
        self.refused(b"POST /mo HTTP/1.1\r\nHost: x\nContent-Length: 2\r\n\r\nhi")
        self.refused(HEAD + b"Content-Length: 2\r\n\nhi")
        self.refused(b"\n" + POST)

    def test_bare_cr(self) -> None:
        """A CR without LF inside a line is 400."""
        self.refused(b"POST /mo HTTP/1.1\r\nHost: x\rA: b\r\n\r\n")
        self.refused(b"\rPOST /mo HTTP/1.1\r\n")

    def test_obs_fold(self) -> None:
        """A folded header is 400 (RFC 9112, 5.2)."""
        self.refused(HEAD + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n")

    def test_blank_before_colon(self) -> None:
        """A blank between name and colon is 400 (RFC 9112, 5.1)."""
        self.refused(HEAD + b"Content-Length : 2\r\n\r\nhi")

    def test_malformed_names(self) -> None:
        """A header without name, without colon, or with a name that is no token is 400."""
        for line in (b": y", b"nothing", b"f(o: y", b" A: y"):
            self.refused(HEAD + line + b"\r\n\r\n")

    def test_controls(self) -> None:
        """NUL and other controls in target or value are 400."""
        self.refused(b"POST /mo\0 HTTP/1.1\r\nHost: x\r\n\r\n")
        self.refused(b"POST /mo\x7f HTTP/1.1\r\nHost: x\r\n\r\n")
        self.refused(HEAD + b"A: b\0c\r\n\r\n")
        self.refused(HEAD + b"A: b\x01c\r\n\r\n")
        self.refused(b"POST /mo\0")

    def test_target_forms(self) -> None:
        """A fragment, a raw high byte, a relative path and a lone asterisk are 400."""
        for target in (b"/mo#x", b"/mo\xff", b"mo", b"*", b"ftp://x/mo"):
            self.refused(b"POST " + target + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")

    def test_request_line_blanks(self) -> None:
        """Blanks too many, tabs, or too few words in the request line are 400."""
        for line in (
            b"POST  /mo HTTP/1.1",
            b"POST /mo  HTTP/1.1",
            b"POST /mo HTTP/1.1 ",
            b"POST\t/mo\tHTTP/1.1",
            b"POST /mo",
            b"POST",
        ):
            self.refused(line + b"\r\nHost: x\r\n\r\n")

    def test_other_protocols(self) -> None:
        """RTSP, ICE and lower-case http are 400."""
        for version in (b"RTSP/1.0", b"ICE/1.0", b"http/1.1", b"HTTP/1.10"):
            self.refused(b"POST /mo " + version + b"\r\nHost: x\r\n\r\n")

    def test_other_versions(self) -> None:
        """Versions of HTTP that are neither 1.0 nor 1.1 are 505, the preface of HTTP/2 among them."""
        for version in (b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0"):
            self.refused(b"POST /mo " + version + b"\r\nHost: x\r\n\r\n", 505)
        self.refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)

    def test_tls_hello(self) -> None:
        """A TLS hello on a plain port is 400 from its first bytes on."""
        self.refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    def test_proxy_lines(self) -> None:
        """The PROXY protocol, text or binary, is 400: nobody here was told to expect it."""
        self.refused(b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n")
        self.refused(b"PROXY UNKNOWN\r\n")
        self.refused(b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c")

    def test_empty_lines(self) -> None:
        """More than one empty line before a request is 400."""
        self.refused(b"\r\n\r\n" + POST)

    def test_content_lengths(self) -> None:
        """Content-Length that is repeated, a list, signed, hexadecimal, empty, split or beyond counting is 400."""
        for value in (b"+2", b"-2", b"2, 2", b"0x2", b"", b"2 2", b"99999999999999999999999", b"2\r\nContent-Length: 2"):
            self.refused(HEAD + b"Content-Length: " + value + b"\r\n\r\nhi")

    def test_length_and_chunked(self) -> None:
        """Content-Length beside Transfer-Encoding is 400, in either order (RFC 9112, 6.3)."""
        length, coding = b"Content-Length: 2\r\n", b"Transfer-Encoding: chunked\r\n"
        self.refused(HEAD + length + coding + b"\r\n0\r\n\r\n")
        self.refused(HEAD + coding + length + b"\r\n0\r\n\r\n")

    def test_transfer_codings(self) -> None:
        """Transfer codings other than one chunked are 400 or 501, never a guess."""
        for value, status in (
            (b"gzip", 400),
            (b"identity", 400),
            (b"xchunked", 400),
            (b"chunked, chunked", 400),
            (b"gzip, chunked", 501),
        ):
            self.refused(HEAD + b"Transfer-Encoding: " + value + b"\r\n\r\n0\r\n\r\n", status)

    def test_chunked_in_http10(self) -> None:
        """HTTP/1.0 knows no chunks: 400."""
        self.refused(CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n")

    def test_chunk_sizes(self) -> None:
        """A chunk size that is no plain hexadecimal number is 400."""
        for size in (b"zz", b"+2", b"-2", b"0x2", b"2 ", b" 2", b"", b"2;a\x00", b"ffffffffffffffffff"):
            self.refused(CHUNKED + size + b"\r\nhi\r\n0\r\n\r\n")

    def test_chunk_ends(self) -> None:
        """Chunks that end in bare LF or are longer than their size are 400."""
        for body in (
            b"2\nhi\r\n0\r\n\r\n",
            b"2\r\nhi\n0\r\n\r\n",
            b"2\r\nhi\r\n0\n\n",
            b"2\r\nhixx\r\n0\r\n\r\n",
            b"2;a\nhi\r\n0\r\n\r\n",
        ):
            self.refused(CHUNKED + body)

    def test_trailers(self) -> None:
        """A malformed trailer is 400."""
        for trailer in (b"nothing\r\n", b"X : y\r\n", b"X: y\n", b"X: \0\r\n"):
            self.refused(CHUNKED + b"2\r\nhi\r\n0\r\n" + trailer + b"\r\n")

    def test_unknown_expectation(self) -> None:
        """An expectation that is not 100-continue is 417."""
        self.refused(HEAD + b"Content-Length: 2\r\nExpect: 200-ok\r\n\r\n", 417)

    def test_one_log_line(self) -> None:
        """A refusal is counted by its reason."""
        house = House()
        house.client().send(b"\x16\x03")
        self.assertEqual(house.port.counters.refused, {"this is not HTTP": 1})


class Taken(SynchronousTestCase):
    """Requests that are unusual but right."""

    def setUp(self) -> None:
        """Open a house with one client."""
        self.house = House()
        self.client = self.house.client()

    def test_plain_post(self) -> None:
        """A POST reaches its endpoint as it came, and the answer has length and date."""
        reply = self.client.ask(POST)
        self.assertEqual((reply.status, reply.body, reply.headers["content-length"]), (200, b"taken", "5"))
        self.assertEqual(reply.headers["date"], "Thu, 01 Jan 1970 00:00:00 GMT")
        (request,) = self.house.requests
        self.assertEqual((request.method, request.target, request.body), ("POST", b"/mo", b"hi"))
        self.assertEqual((request.scheme, request.authority, request.peer), ("http", "sms.example", "192.168.1.1"))
        self.assertEqual(request.headers, ((b"Host", b"sms.example"), (b"Content-Length", b"2")))

    def test_query_is_kept(self) -> None:
        """The query takes no part in the match and reaches the endpoint undecoded."""
        self.client.ask(b"POST /mo?a=%6d&b=+ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(self.house.requests[0].target, b"/mo?a=%6d&b=+")

    def test_blanks_around_values(self) -> None:
        """Blanks around a value are no part of it; those inside are."""
        self.client.ask(HEAD + b"A:  b c \t\r\nB:\r\nContent-Length: 2 \r\n\r\nhi")
        self.assertEqual(self.house.requests[0].header(b"a"), b"b c")
        self.assertEqual(self.house.requests[0].header(b"b"), b"")

    def test_high_bytes_in_values(self) -> None:
        """Bytes above 127 in a value pass (obs-text, RFC 9110, 5.5)."""
        self.client.ask(HEAD + b"A: b\xff\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(self.house.requests[0].header(b"a"), b"b\xff")

    def test_one_empty_line(self) -> None:
        """One empty line before a request is ignored (RFC 9112, 2.2), before each of several."""
        for _ in range(2):
            self.assertEqual(self.client.ask(b"\r\n" + POST).status, 200)

    def test_absolute_target(self) -> None:
        """An absolute target names authority and path, over the Host header (RFC 9112, 3.2.2)."""
        self.client.ask(b"POST http://other:81/mo?q HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        (request,) = self.house.requests
        self.assertEqual((request.target, request.authority), (b"/mo?q", "other:81"))

    def test_chunks(self) -> None:
        """Chunks are joined, extensions and trailers dropped."""
        self.client.ask(CHUNKED + b'1;a=b;c="d"\r\nh\r\n0001\r\ni\r\n0\r\nX-Trailer: y\r\n\r\n')
        self.assertEqual(self.house.requests[0].body, b"hi")
        self.assertIsNone(self.house.requests[0].header(b"x-trailer"))

    def test_behind_chunks(self) -> None:
        """A request behind a chunked one is found where the chunks end."""
        self.client.send(CHUNKED + b"2\r\nhi\r\n0\r\n\r\n" + POST)
        self.assertEqual([reply.status for reply in self.client.replies()], [200, 200])

    def test_coding_in_other_case(self) -> None:
        """Names of codings have no case."""
        self.assertEqual(self.client.ask(CHUNKED.replace(b"chunked", b"Chunked") + b"0\r\n\r\n").status, 200)

    def test_upgrade_is_ignored(self) -> None:
        """An offer of HTTP/2 is ignored, and the body is a body all the same."""
        self.client.ask(HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi")
        self.assertEqual(self.house.requests[0].body, b"hi")
        self.assertEqual(self.client.ask(POST).status, 200)

    def test_no_body(self) -> None:
        """A POST without Content-Length has an empty body."""
        self.client.ask(HEAD + b"\r\n")
        self.assertEqual(self.house.requests[0].body, b"")
