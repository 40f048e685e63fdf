"""The listener and any bytes at all: how they are cut makes no difference, and nothing makes it break."""

from __future__ import annotations

from httptools import HttpParserError, HttpRequestParser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.settings import Limits
from cicsms.web.http1_head import Refused, read_head
from tests.web.listener_kit import POST, House, Reply

CHUNKED = b"POST /mo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n"
STREAMS = (
    POST * 3,
    CHUNKED + POST,
    b"\r\n" + POST + b"\r\n" + CHUNKED,
    POST.replace(b"/mo", b"/no") + POST,
    POST + b"GET /get?a=b HTTP/1.1\r\nHost: x\r\n\r\n" + b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    POST + b"POST /mo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    CHUNKED.replace(b"de\r\n0", b"def\r\n0"),
    POST + b"GET /get HTTP/1.0\r\n\r\n" + POST,
    b"BOGUS /mo HTTP/1.1\r\nHost: x\r\n\r\n",
    POST.replace(b"\r\n\r\n", b"\n\n"),
    b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + POST,
)
WORDS = st.sampled_from(
    (
        *(b"POST /mo HTTP/1.1\r\n", b"GET /get HTTP/1.0\r\n", b"OPTIONS * HTTP/1.1\r\n", b"Host: x\r\n", b"Content-Length: "),
        *(b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Upgrade: h2c\r\n"),
        *(b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"5", b"hello", b"0\r\n\r\n", POST, CHUNKED),
    )
)


NAMES = (b"A", b"Content-Length", b"Transfer-Encoding", b"x-y", b"A\r\nB", b" A", b"A ", b"A:b", b"A\nB", b"A\rB", b"")

VALUES = st.text("ab01 \t:,\xff\r\n\0", max_size=8).map(lambda text: text.encode("latin-1"))


class Collector:
    """Takes the headers as llhttp gives them."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one; blanks at its end are the user's business."""
        self.headers.append((name, value.rstrip(b" \t")))


def play(pieces: list[bytes]) -> tuple[list[Reply], list[bytes], bool]:
    """Send the pieces, one by one; give the answers, the bodies that arrived, and whether it ended."""
    house = House()
    client = house.client()
    for piece in pieces:
        client.send(piece)
    return client.replies(), [request.body for request in house.requests], client.wire.closed


class AnyBytes(SynchronousTestCase):
    """Properties that hold for every stream of bytes."""

    @given(st.sampled_from(STREAMS), st.data())
    @settings(max_examples=150, deadline=None)
    def test_cuts(self, stream: bytes, data: st.DataObject) -> None:
        """The same bytes, cut anywhere, give the same answers."""
        cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=12)))
        pieces = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
        self.assertEqual(play(pieces), play([stream]))

    def test_single_bytes(self) -> None:
        """Cut into single bytes, too."""
        for stream in STREAMS:
            self.assertEqual(play([bytes([byte]) for byte in stream]), play([stream]))

    @given(st.lists(st.binary(max_size=40) | WORDS, max_size=25))
    @settings(max_examples=300, deadline=None)
    @example([b"\r\n", b"\r\n"])
    def test_nothing_breaks(self, pieces: list[bytes]) -> None:
        """Random bytes and random words of HTTP never raise, never are a fault of ours, and never come back."""
        house = House()
        client = house.client()
        for piece in pieces:
            client.send(piece)
        house.clock.pump([1] * 25)
        raw = client.wire.value().replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
        client.wire.clear()
        client.wire.write(raw)
        self.assertTrue({reply.status for reply in client.replies()} <= {200, 204, 400, 404, 405, 408, 413, 417, 431, 501, 505})
        self.assertEqual((house.port.counters.failures, house.port.gate.inside), (0, 0))

    @given(
        st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=12).map(lambda value: value.strip(b"\r\n"))), max_size=6)
    )
    @settings(max_examples=300, deadline=None)
    def test_same_headers(self, lines: list[tuple[bytes, bytes]]) -> None:
        """The lines we split are the headers llhttp sees: two readings of one head would be an open door."""
        raw = b"POST /mo HTTP/1.1\r\nHost: x\r\n" + b"".join(name + b":" + value + b"\r\n" for name, value in lines) + b"\r\n"
        theirs = Collector()
        try:
            HttpRequestParser(theirs).feed_data(raw)
            ours = read_head(raw, Limits()).headers
        except (HttpParserError, Refused):
            return
        self.assertEqual(list(ours), theirs.headers)

    @given(st.binary(max_size=200))
    @settings(max_examples=300, deadline=None)
    def test_heads(self, raw: bytes) -> None:
        """A head is read or refused, whatever it is made of."""
        try:
            read_head(b"POST /mo HTTP/1.1\r\n" + raw + b"\r\n\r\n", Limits())
        except Refused as refused:
            self.assertIn(refused.status, (400, 431, 501))
