"""Forms by the WHATWG rules."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile import forms


class FormTests(SynchronousTestCase):
    """Splitting, unescaping and escaping."""

    def test_semicolon(self) -> None:
        """Only the ampersand separates fields."""
        self.assertEqual(forms.split(b"Body=a;b&To=1"), {b"Body": b"a;b", b"To": b"1"})

    def test_escapes(self) -> None:
        """Plus is a blank, hex digits may have either case, a bad escape stays as it is."""
        self.assertEqual(forms.unescape(b"a+b%20%2b%2B%zz%4"), b"a b ++%zz%4")

    def test_repeated(self) -> None:
        """The first of repeated fields counts, and all of them can be had."""
        self.assertEqual(forms.split(b"a=1&a=2&&b"), {b"a": b"1", b"b": b""})
        self.assertEqual(forms.repeated(b"a=1&b=x&a=2&%61=3", b"a"), [b"1", b"2", b"3"])

    def test_names(self) -> None:
        """Names are unescaped too."""
        self.assertEqual(forms.split(b"PhoneNumbers%5B%5D=1&a+b=2"), {b"PhoneNumbers[]": b"1", b"a b": b"2"})

    def test_vectors(self) -> None:
        """Published forms: mBlox' document, and Kannel's two ways of a Greek text."""
        self.assertEqual("XMLDATA=" + forms.escape(b'<?xml version="1.0"?>'), "XMLDATA=%3C%3Fxml+version%3D%221.0%22%3F%3E")
        greek = "Ωμέγα ✓"
        self.assertEqual(forms.escape(greek.encode(), "%20"), "%CE%A9%CE%BC%CE%AD%CE%B3%CE%B1%20%E2%9C%93")
        self.assertEqual(forms.unescape(b"%03%A9%03%BC%03%AD%03%B3%03%B1%00%20%27%13").decode("utf-16-be"), greek)

    @given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6))
    def test_as_the_library(self, fields: list[tuple[str, str]]) -> None:
        """What we escape, Python's own parser reads; what it reads, we read."""
        sent = "&".join(f"{forms.escape(name.encode())}={forms.escape(value.encode())}" for name, value in fields).encode()
        theirs = parse_qsl(sent.decode(), keep_blank_values=True)
        ours = [(name.decode(), value.decode()) for name, value in forms.pairs(sent)]
        self.assertEqual(ours, [pair for pair in theirs if pair in ours])
