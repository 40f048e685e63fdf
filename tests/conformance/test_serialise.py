"""Tests of requests as bytes, and of what a seed varies."""

from __future__ import annotations

from random import Random
from urllib.parse import parse_qsl

from twisted.trial.unittest import SynchronousTestCase

from cicsms.conformance.peer.heard import dechunk
from cicsms.conformance.peer.serialise import Variation, aimed, plain
from cicsms.model.wire import HttpRequest

FORM = HttpRequest(
    "POST", b"/mo?a=1", ((b"Content-Type", b"application/x-www-form-urlencoded"),), b"Body=a+b&To=1", authority="sms.example"
)


def body_of(raw: bytes) -> bytes:
    """Return the decoded body of a written request."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    return dechunk(rest)[1] if b"chunked" in head else rest


class VariationTests(SynchronousTestCase):
    """Many forms of one request."""

    def test_plain_has_host_and_length(self) -> None:
        """The plainest form carries Host, the headers, and the length of the body."""
        head = plain(FORM).partition(b"\r\n\r\n")[0].split(b"\r\n")
        self.assertEqual(head[:2], [b"POST /mo?a=1 HTTP/1.1", b"Host: sms.example"])
        self.assertIn(b"Content-Length: 13", head)

    def test_every_form_says_the_same(self) -> None:
        """Whatever the seed, the known parameters have their values, and one unknown one stands beside them."""
        forms = set()
        for seed in range(40):
            raw = Variation(Random(seed), False).write(FORM)
            found = dict(parse_qsl(body_of(raw).decode()))
            self.assertEqual((found.pop("Body"), found.pop("To")), ("a b", "1"))
            self.assertEqual(list(found.values()), ["1"])
            forms.add(raw)
        self.assertGreater(len(forms), 10)

    def test_a_seed_repeats_its_form(self) -> None:
        """The same seed writes the same bytes."""
        self.assertEqual(Variation(Random(3), False).write(FORM), Variation(Random(3), False).write(FORM))

    def test_what_is_signed_keeps_its_parameters(self) -> None:
        """A signature covers the parameters, so they stay as they are."""
        for seed in range(10):
            self.assertEqual(body_of(Variation(Random(seed), True).write(FORM)), FORM.body)

    def test_aims_at_another_path(self) -> None:
        """As a reverse proxy does: another path and host, the same query."""
        request = aimed(FORM, "/own/mo", "localhost:1")
        self.assertEqual((request.target, request.authority), (b"/own/mo?a=1", "localhost:1"))
