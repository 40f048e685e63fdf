"""UCS-2 as UTF-16: code units, pairs, and what is no text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.text import ucs2

FFFD = "\N{REPLACEMENT CHARACTER}"


class Units(SynchronousTestCase):
    """Counting and writing."""

    def test_counts_code_units(self) -> None:
        """An emoji is two units, a combining mark one of its own, a joined family eleven."""
        self.assertEqual(
            [ucs2.units(text) for text in ("", "a", "é", "e\u0301", "😀", "👨\u200d👩\u200d👧\u200d👦")], [0, 1, 1, 2, 2, 11]
        )

    def test_writes_big_endian(self) -> None:
        """The bytes are those Kannel takes for the same text."""
        self.assertEqual(ucs2.encode("Ωμέγα ✓").hex(), "03a903bc03ad03b303b100202713")

    def test_replaces_what_is_no_text(self) -> None:
        """A lone surrogate and an odd octet are U+FFFD; two halves that belong together become one character."""
        self.assertEqual(ucs2.clean("a\ud83d"), f"a{FFFD}")
        self.assertEqual(ucs2.clean("\ud83d\ude00"), "😀")
        self.assertEqual(ucs2.encode("\ude00").hex(), "fffd")
        self.assertEqual(ucs2.decode(b"\x00a\x00"), f"a{FFFD}")
        self.assertEqual(ucs2.decode(b"\xd8\x3d\x00a"), f"{FFFD}a")

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_gives_back_what_was_written(self, text: str) -> None:
        """decode(encode(x)) == x without any normalisation, and the length is the one that was counted."""
        self.assertEqual(ucs2.decode(ucs2.encode(text)), text)
        self.assertEqual(len(ucs2.encode(text)), 2 * ucs2.units(text))

    @given(st.text(st.characters()), st.binary())
    def test_takes_anything(self, text: str, data: bytes) -> None:
        """Neither lone surrogates nor any octets raise."""
        ucs2.encode(text)
        ucs2.decode(data)
