"""A request is written exactly as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.web.sender_write import written


class WrittenTests(SynchronousTestCase):
    """Requests as bytes."""

    def test_whole(self) -> None:
        """Host comes first, headers keep order and case, User-Agent and length are added."""
        request = HttpRequest(
            "POST", b"/a?b=%7e&c=%C3", ((b"x-B", b"1"), (b"X-a", b"2"), (b"x-B", b"3")), b"hi", authority="h.test:81"
        )
        self.assertEqual(
            written(request, b"cicsms/1"),
            b"POST /a?b=%7e&c=%C3 HTTP/1.1\r\nHost: h.test:81\r\nx-B: 1\r\nX-a: 2\r\nx-B: 3\r\n"
            b"User-Agent: cicsms/1\r\nContent-Length: 2\r\n\r\nhi",
        )

    def test_lengths(self) -> None:
        """A POST says that it has no body; a GET says nothing, unless it has one."""
        for method, body, said in (("POST", b"", True), ("GET", b"", False), ("GET", b"x", True), ("DELETE", b"", False)):
            data = written(HttpRequest(method, b"/", body=body, authority="h"), b"c")
            self.assertEqual(b"Content-Length: %d\r\n" % len(body) in data, said)

    def test_own_agent(self) -> None:
        """A User-Agent that the request brings is kept alone."""
        data = written(HttpRequest("GET", b"/", ((b"user-agent", b"mine"),), authority="h"), b"cicsms/1")
        self.assertNotIn(b"cicsms", data)

    def test_framing_is_ours(self) -> None:
        """Headers that would contradict the framing are left out."""
        headers = ((b"Content-Length", b"9"), (b"Transfer-Encoding", b"chunked"), (b"HOST", b"evil"), (b"Connection", b"close"))
        self.assertEqual(
            written(HttpRequest("GET", b"/", headers, authority="h"), b"c"), b"GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: c\r\n\r\n"
        )

    @given(st.binary(max_size=40).filter(lambda raw: all(byte > 32 and byte != 127 for byte in raw)))
    def test_target(self, raw: bytes) -> None:
        """Every target that can stand in a request line stands there unchanged."""
        line = written(HttpRequest("GET", b"/" + raw, authority="h"), b"c").split(b"\r\n")[0]
        self.assertEqual(line, b"GET /" + raw + b" HTTP/1.1")

    def test_proxied(self) -> None:
        """A proxy without login gets the absolute form and no credentials."""
        data = written(HttpRequest("GET", b"/x", authority="h:81"), b"c", b"")
        self.assertTrue(data.startswith(b"GET http://h:81/x HTTP/1.1\r\nHost: h:81\r\n"))
        self.assertNotIn(b"Proxy", data)
