"""The codecs against vectors from the brokers' documents and from other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Concat
from cicsms.profile.codecs import chain, known_charset

NOON = datetime(2023, 8, 24, 5, 1, 45, 678000, tzinfo=UTC)
SECOND = NOON.replace(microsecond=0)
VECTORS: tuple[tuple[str, Any, str], ...] = (
    ("plus", "15551230002", "+15551230002"),
    ("prefix(tel:)", "+1555", "tel:+1555"),
    ('prefix(Success ") suffix(")', "07033084", 'Success "07033084"'),
    ("hex(utf-16-be)", "Ωμέγα ✓", "03a903bc03ad03b303b100202713"),
    ("hex(utf-16-be) upper", "Привет", "041F04400438043204350442"),
    ("base64", "user:pass", "dXNlcjpwYXNz"),
    ("base64url", "a?>b~", "YT8-Yn4"),
    ("words(gsm7=0 ucs2=8)", "ucs2", "8"),
    ("words(a=Message delivered|b=Not sent)", "a", "Message delivered"),
    ("join(,)", ("1", "2"), "1,2"),
    ("join( )", ("1", "2"), "1 2"),
    ("minutes", 43200, "720"),
    ("milliseconds", 0.25, "250"),
    ("hexadecimal", "255", "ff"),
    ("udh", Concat(42, 2, 1), "0500032A0201"),
    ("udh colons", Concat(42, 2, 1), ":05:00:03:2A:02:01"),
    ("udh", Concat(300, 3, 2), "060804012C0302"),
    ("iso(z)", SECOND, "2023-08-24T05:01:45Z"),
    ("iso(ms-z)", NOON, "2023-08-24T05:01:45.678Z"),
    ("iso(ms-0000)", NOON, "2023-08-24T05:01:45.678+0000"),
    ("iso(us)", NOON, "2023-08-24T05:01:45.678000"),
    ("iso(us-z)", NOON, "2023-08-24T05:01:45.678000Z"),
    ("national(1)", "15551230001", "5551230001"),
    ("national(1)", "12345", "12345"),
    ("iso(0000)", SECOND, "2023-08-24T05:01:45+0000"),
    ("date(%Y-%m-%d %H:%M:%S %z)", SECOND, "2023-08-24 05:01:45 +0000"),
    ("date(%Y-%m-%d %H:%M:%S %z;Etc/GMT-10)", SECOND, "2023-08-24 15:01:45 +1000"),
    ("iso(offset)", SECOND, "2023-08-24T05:01:45+00:00"),
    ("octets64", "48656c6c6f", "SGVsbG8="),
    ("iso(ms-offset)", NOON, "2023-08-24T05:01:45.678+00:00"),
    ("shifted(3600) iso(z)", SECOND, "2023-08-24T06:01:45Z"),
    ("rfc2822", SECOND, "Thu, 24 Aug 2023 05:01:45 +0000"),
    ("epoch", SECOND, "1692853305"),
    ("epoch-ms", NOON, "1692853305678"),
    ("date(%Y%m%d%H%M%S)", SECOND, "20230824050145"),
    ("date(%Y-%m-%d %H:%M:%S)", SECOND, "2023-08-24 05:01:45"),
    ("date(%Y-%m-%d%H:%M:%S;Asia/Kuala_Lumpur)", SECOND, "2023-08-2413:01:45"),
    ("date(%y%m%d%H%M)", SECOND.replace(second=0), "2308240501"),
)


def write(text: str, value: Any) -> Any:
    """Go the chain in the direction of writing."""
    for step in chain(text):
        value = tuple(map(step.write, value)) if isinstance(value, tuple) and not step.collects else step.write(value)
    return value


def read(text: str, value: Any) -> Any:
    """Go the chain backwards."""
    for step in reversed(chain(text)):
        value = step.read(value)
    return value


class CodecTests(SynchronousTestCase):
    """Both ways of every codec."""

    def test_vectors(self) -> None:
        """Each vector is written, and read back to the value."""
        for text, value, wire in VECTORS:
            with self.subTest(chain=text):
                self.assertEqual(write(text, value), wire)
                if not text.startswith("plus"):
                    back = read(text, wire)
                    self.assertEqual(
                        back.upper() if text.endswith("upper") else back, value.upper() if text.endswith("upper") else value
                    )

    def test_one_way(self) -> None:
        """Clean-ups change one direction only."""
        self.assertEqual(read("milliseconds between([ | ])", "please wait [ 250 ] and retry"), 0.25)
        self.assertEqual(write("digits", "+1555"), "1555")
        self.assertEqual(read("digits", "+1555"), "+1555")
        self.assertEqual(read("strip", " a "), "a")
        self.assertEqual(read("fold", "AbC"), "abc")
        self.assertEqual(read("strip-zeros", "000123"), "123")
        self.assertEqual(write("plus", "12345"), "12345")

    def test_lists(self) -> None:
        """A list is read from one text with separators as well as from an array."""
        self.assertEqual(read("listed(,)", "1,2"), ("1", "2"))
        self.assertEqual(read("listed(,)", ("1", "2")), ("1", "2"))
        self.assertEqual(write("listed(,)", ("1", "2")), ("1", "2"))
        self.assertEqual(write("length", "hello"), "5")

    def test_sender_kinds(self) -> None:
        """Senders are told apart by their letters and length."""
        kinds = "number-kind words(alpha=Alpha short=Shortcode long=Numeric)"
        self.assertEqual([write(kinds, one) for one in ("Acme", "12345", "+15551230001")], ["Alpha", "Shortcode", "Numeric"])

    def test_nonsense(self) -> None:
        """What cannot be read is ValueError."""
        for text, wire in (
            ("hex", "0g"),
            ("between([|])", "no mark [250"),
            ("base64", "%"),
            ("iso", "yesterday"),
            ("epoch", "9" * 30),
            ("epoch", "nan"),
            ("rfc2822", ""),
            ("date(%Y%m%d)", "20231301"),
            ("date(%Y%m%d)", "x"),
            ("minutes", "x"),
            ("udh", "05000300"),
            ("udh", "050003000102"),
            ("udh", "03010101"),
        ):
            with self.subTest(chain=text, wire=wire), self.assertRaises(ValueError):
                read(text, wire)

    def test_unknown(self) -> None:
        """An unknown name or argument is refused when the definition is loaded."""
        for text in ("nothing", "hex hex32", "iso(x)", "date(%Y;No/Where)", "words(a)"):
            with self.subTest(chain=text), self.assertRaises(ValueError):
                chain(text)

    def test_charsets(self) -> None:
        """Only character sets of text are known."""
        self.assertTrue(all(map(known_charset, ("UTF-8", "UTF-16BE", "ISO-8859-1", "windows-1252"))))
        self.assertFalse(any(map(known_charset, ("hex", "zlib", "nothing", "undefined", "a\0b"))))
