"""Digests over fields, and fields in the path: written, proved and read back."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mt
from cicsms.model.wire import HttpRequest
from cicsms.profile.digests import digest
from cicsms.profile.values import NotReadable
from tests.profile.builders import NOW, TEXTS, registration
from tests.profile.language import FORM, compiled, found, mt

HANDSET = "15551230002"
JOINED = """<digest name="sign" by="hmac-sha256" key="{password}" join=";">
  <part field="sender" codec="digits"/><part field="recipient" codec="digits"/><part field="text"/><part value=""/></digest>
  <form><at name="from" field="sender"/><at name="to" field="recipient" codec="digits"/><at name="text" field="text"/>
  <at name="sign" value="{digest.sign}" proof="yes"/></form>"""
DATED = """<digest name="d" by="md5" encoding="HEX" join="|" case="upper">
  <part value="{login}"/><part value="{password}"/><part field="sent" codec="date(%d/%m/%Y)"/></digest>
  <header><at name="Authorization" value="Hash {digest.d}" proof="yes"/></header>"""
SEGMENTS = """<path><at name="to" field="recipient" codec="digits"/><at name="text" field="text" codec="base64url"/></path>"""
SIGNED = (
    """<digest name="d" by="hmac-sha1" key="{password}" join="/"><part value="{path.to}"/><part value="{path.text}"/></digest>"""
)
HEAD = 'method="GET" gateway="https://api.test" path="/{login}/{path.to}/{path.text}/{digest.d}"'


class VectorTests(SynchronousTestCase):
    """The algorithms against what their standards print."""

    def test_vectors(self) -> None:
        """RFC 1321 (A.5), RFC 3174, RFC 6234 and RFC 2202, RFC 4231 (cases 2)."""
        what = b"what do ya want for nothing?"
        rows = (
            ("md5", b"", b"abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", b"", b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256", b"", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("hmac-md5", b"Jefe", what, "750c783e6ab0b503eaa86e310a5db738"),
            ("hmac-sha1", b"Jefe", what, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            ("hmac-sha256", b"Jefe", what, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        )
        for algorithm, key, text, wanted in rows:
            with self.subTest(algorithm=algorithm):
                self.assertEqual(digest(algorithm, key, text).hex(), wanted)


class DigestTests(SynchronousTestCase):
    """A digest in a parameter and in a header."""

    def test_parameter(self) -> None:
        """The parts are joined in their order, an empty one last, and the key is the account's."""
        request = compiled(mt(JOINED)).write_mt(Mt("+4915", ("+4917",), "hi"), registration())
        wanted = hmac.new(b"s3cret", b"4915;4917;hi;", "sha256").hexdigest()
        self.assertTrue(request.body.endswith(b"sign=" + wanted.encode()), request.body)

    @given(TEXTS)
    def test_proved(self, text: str) -> None:
        """The other side makes the same digest of what it reads, with any text, and refuses another key or text."""
        one = compiled(mt(JOINED))
        request = one.write_mt(Mt("4915", (HANDSET,), text), registration())
        self.assertTrue(one.authentic(request, registration()))
        self.assertFalse(one.authentic(request, registration(password="other")))
        forged = HttpRequest("POST", request.target, request.headers, request.body.replace(b"4915", b"4916"))
        self.assertFalse(one.authentic(forged, registration()))

    def test_unreadable(self) -> None:
        """What cannot be read proves nothing."""
        one = compiled(mt(JOINED.replace('field="text"/>\n  <at', 'field="text" need="yes"/>\n  <at')))
        self.assertFalse(one.authentic(HttpRequest("POST", b"/send", (), b"from=1"), registration()))

    def test_dated(self) -> None:
        """A date that the request does not carry is that of the moment it comes in."""
        one = compiled(mt(DATED + FORM))
        request = one.write_mt(Mt("", (HANDSET,), "hi"), registration(), NOW)
        wanted = hashlib.md5(b"PEER|S3CRET|02/01/2024", usedforsecurity=False).hexdigest().upper()
        self.assertIn((b"Authorization", b"Hash " + wanted.encode()), request.headers)
        self.assertTrue(one.authentic(request, registration(), NOW))
        self.assertFalse(one.authentic(request, registration(), NOW + timedelta(days=1)))

    def test_date_sent(self) -> None:
        """A date that the request carries is the one that counts."""
        sent = FORM.replace("</form>", '<at name="ts" field="sent" codec="date(%Y%m%d%H%M%S)"/></form>')
        one = compiled(mt(DATED + sent))
        request = one.write_mt(Mt("", (HANDSET,), "hi"), registration(), NOW)
        self.assertIn(b"ts=20240102030405", request.body)
        self.assertTrue(one.authentic(request, registration(), NOW + timedelta(days=1)))
        self.assertEqual(one.read_mt(request)[0].text, "hi")

    def test_rules(self) -> None:
        """A digest that nobody names, a hole that nothing fills, and a date without a form are found."""
        rows = (
            (JOINED.replace("{digest.sign}", "x"), "never-sent"),
            (JOINED.replace("{digest.sign}", "{digest.other}"), "never-made"),
            (DATED.replace(' codec="date(%d/%m/%Y)"', "") + FORM, "no-form"),
            (JOINED.replace("digits", "diggits"), "unknown-codec"),
            (SEGMENTS + FORM, "never-sent"),
        )
        for groups, wanted in rows:
            with self.subTest(wanted=wanted):
                self.assertIn(wanted, found(mt(groups)))
        self.assertEqual(found(mt(JOINED)) + found(mt(DATED + FORM)), [])


class PathTests(SynchronousTestCase):
    """Everything in the segments of a path."""

    def test_written(self) -> None:
        """The text is base64url without padding, and the digest stands behind it."""
        request = compiled(mt(SEGMENTS + SIGNED, head=HEAD)).write_mt(Mt("", ("+" + HANDSET,), "hi?"), registration())
        wanted = hmac.new(b"s3cret", b"15551230002/aGk_", "sha1").hexdigest().encode()
        self.assertEqual((request.target, request.body), (b"/peer/15551230002/aGk_/" + wanted, b""))

    @given(TEXTS.filter(bool), st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True))
    def test_read_back(self, text: str, number: str) -> None:
        """Any text and number come back, and the path proves the account."""
        one = compiled(mt(SEGMENTS + SIGNED, head=HEAD))
        request = one.write_mt(Mt("", (number,), text), registration())
        (read,) = one.read_mt(request)
        self.assertEqual((read.recipient, read.text), (number, text))
        self.assertTrue(one.authentic(request, registration()))
        self.assertFalse(one.authentic(request, registration(password="other")))

    def test_rubble(self) -> None:
        """A segment that is none is not readable."""
        one = compiled(mt(SEGMENTS + SIGNED, head=HEAD))
        self.assertRaises(NotReadable, one.read_mt, HttpRequest("GET", b"/peer/1/a/x"))
