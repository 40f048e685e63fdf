"""Raw HTTP as evidence keeps it: strict reading, holes, and a comparison that hides nothing."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.evidence_wire import (
    Hole,
    MalformedEvidence,
    difference,
    fill,
    parse_reply,
    parse_request,
    without_fields,
    written,
)

POST = b"POST /mo?a=1 HTTP/1.1\r\nHost: sms.example.com:8443\r\nX-One: 1\r\nContent-Length: 7\r\n\r\na=1&b=2"
REPLY = b"HTTP/1.1 202 Accepted\r\nContent-Type: text/html\r\n\r\n0: Accepted"
HOLE = {"id": Hole("123", "[0-9]{3}")}


class ParseRequest(SynchronousTestCase):
    """Reading request.http."""

    def test_reads_every_part(self) -> None:
        """Method, target, authority, headers less the framing, and body come out as they stand."""
        request = parse_request(POST, "https", {})
        self.assertEqual(
            request, HttpRequest("POST", b"/mo?a=1", ((b"X-One", b"1"),), b"a=1&b=2", "https", "sms.example.com:8443")
        )

    def test_refuses_what_is_not_http(self) -> None:
        """Bare line feeds, a missing or second Host, folded headers, a wrong length and a wrong version are all malformed."""
        faults = (
            POST.replace(b"\r\n", b"\n"),
            POST.replace(b"Host: sms.example.com:8443\r\n", b""),
            POST.replace(b"X-One: 1", b"Host: other"),
            POST.replace(b"X-One: 1", b" X-One: 1"),
            POST.replace(b"X-One: 1", b"X-One:1"),
            POST.replace(b": 7", b": 8"),
            POST.replace(b"X-One: 1", b"Date: now"),
            POST.replace(b"HTTP/1.1", b"HTTP/1.0"),
            POST.replace(b"POST /", b"POST \x00/"),
            POST.replace(b"sms.example.com:8443", b"sms.example.com:x"),
        )
        for fault in faults:
            self.assertRaises(MalformedEvidence, parse_request, fault, "https", {})


class ParseReply(SynchronousTestCase):
    """Reading response.http."""

    def test_reads_every_part(self) -> None:
        """Status, headers and body come out as they stand."""
        self.assertEqual(parse_reply(REPLY, {}), HttpReply(202, ((b"Content-Type", b"text/html"),), b"0: Accepted"))

    def test_refuses_an_unknown_phrase(self) -> None:
        """The reason phrase is that of the status, so a slip of the pen in the status line shows."""
        for fault in (b"HTTP/1.1 202 OK", b"HTTP/1.1 299 Odd", b"HTTP/1.1 2O2 Accepted"):
            self.assertRaises(MalformedEvidence, parse_reply, REPLY.replace(b"HTTP/1.1 202 Accepted", fault), {})


class Holes(SynchronousTestCase):
    """Spans the broker picks at random."""

    def test_are_filled_with_what_was_published(self) -> None:
        """A reader sees the published value in the hole's place."""
        self.assertEqual(fill(b'{"id":"{{id}}"}', HOLE), b'{"id":"123"}')

    def test_must_be_declared(self) -> None:
        """A hole that source.toml does not declare is malformed evidence."""
        self.assertRaises(MalformedEvidence, fill, b"{{other}}", HOLE)

    def test_take_what_the_pattern_allows_and_nothing_else(self) -> None:
        """A writer may put any value of the pattern there; what surrounds the hole is compared byte for byte."""
        self.assertEqual(difference(b"id={{id}}&b=2", b"id=987&b=2", HOLE), "")
        for ours in (b"id=98&b=2", b"id=987&b=3", b"id=98a&b=2", b"id={{id}}&b=2"):
            self.assertNotEqual(difference(b"id={{id}}&b=2", ours, HOLE), "")

    def test_count_with_their_published_length(self) -> None:
        """Content-Length is that of the published body, not of the marks."""
        parse_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{{id}}", HOLE)


class Comparison(SynchronousTestCase):
    """What is compared of two messages."""

    def test_sets_aside_the_short_list_only(self) -> None:
        """Date, User-Agent, Connection, the port of Host and the order of headers do not matter; another header does."""
        request = parse_request(POST, "https", {})
        noisy = evolve(request, authority="sms.example.com:9", headers=((b"Date", b"x"), (b"user-agent", b"y"), *request.headers))
        self.assertEqual(written(request), written(noisy))
        for more in ((b"X-Two", b"2"), (b"X-One", b"1")):
            self.assertNotEqual(written(request), written(evolve(request, headers=(*request.headers, more))))
        self.assertNotEqual(written(request), written(evolve(request, authority="sms.example.org:8443")))

    def test_shows_a_difference_at_its_place(self) -> None:
        """A difference names the one parameter that differs."""
        shown = difference(b"a=1&b=2&c=3", b"a=1&b=7&c=3", {})
        self.assertIn("-b=2&", shown)
        self.assertIn("+b=7&", shown)

    def test_drops_declared_fields_from_form_and_query(self) -> None:
        """Parameters declared as unwritten leave the body of a post and the query of a get."""
        post = without_fields(parse_request(POST, "https", {}), frozenset({"a"}))
        self.assertEqual((post.body, post.target), (b"b=2", b"/mo?a=1"))
        get = without_fields(HttpRequest("GET", b"/mo?a=1&b=2"), frozenset({"b"}))
        self.assertEqual(get.target, b"/mo?a=1")

    @given(st.binary(min_size=1), st.binary())
    def test_differs_for_any_other_bytes(self, evidence: bytes, ours: bytes) -> None:
        """Bytes agree with themselves and with nothing else, whatever they are."""
        evidence = evidence.replace(b"{{", b"")
        self.assertEqual(difference(evidence, evidence, {}), "")
        self.assertEqual(bool(difference(evidence, ours, {})), evidence != ours)
