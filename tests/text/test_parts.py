"""Counting and cutting: limits, pairs, graphemes, references, and the three ways of dealing with a long text."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms import text as engine
from cicsms.model.message import Alphabet, Concat
from cicsms.model.settings import Parsing
from cicsms.text import gsm7, ucs2
from cicsms.text.gsm7 import NotGsm7, Shift
from cicsms.text.parts import Count, TooLong

GSM = st.text(sorted(gsm7.tables().encode), max_size=1200)
ANY = st.text(st.characters(), max_size=500)
FAMILY = "👨\u200d👩\u200d👧\u200d👦"


class Counting(SynchronousTestCase):
    """The smallest alphabet, units and parts."""

    def test_picks_the_smallest_alphabet(self) -> None:
        """One character outside GSM 7-bit makes the text UCS-2."""
        self.assertEqual(
            [engine.smallest(text) for text in ("", "€ [ok]", "ok ✓")], [Alphabet.GSM7, Alphabet.GSM7, Alphabet.UCS2]
        )

    def test_counts_at_every_limit(self) -> None:
        """160/161 septets, 153 joined, 80/81 euro signs, 70/71 units, 67 joined, an emoji across the 70th."""
        cases = (
            ("a" * 160, Count(Alphabet.GSM7, 160, 1)),
            ("a" * 161, Count(Alphabet.GSM7, 161, 2)),
            ("a" * 306, Count(Alphabet.GSM7, 306, 2)),
            ("a" * 307, Count(Alphabet.GSM7, 307, 3)),
            ("€" * 80, Count(Alphabet.GSM7, 160, 1)),
            ("€" * 81, Count(Alphabet.GSM7, 162, 2)),
            ("ж" * 70, Count(Alphabet.UCS2, 70, 1)),
            ("ж" * 71, Count(Alphabet.UCS2, 71, 2)),
            ("ж" * 134, Count(Alphabet.UCS2, 134, 2)),
            ("ж" * 135, Count(Alphabet.UCS2, 135, 3)),
            ("ж" * 69 + "😀", Count(Alphabet.UCS2, 71, 2)),
        )
        for text, expected in cases:
            self.assertEqual(engine.count(text), expected)

    def test_counts_with_national_tables(self) -> None:
        """Turkish text is GSM 7-bit with its tables, and their elements in the header cost septets (155, 149 joined)."""
        shift = engine.national("ğüşı")
        self.assertEqual(shift, Shift(1, 0))
        self.assertEqual(engine.national("hello"), Shift())
        self.assertIsNone(engine.national("漢字"))
        self.assertEqual(engine.national("ş", languages=(1,)), Shift(1, 0))
        self.assertEqual(engine.count("ş" * 155, shift=Shift(1, 0)), Count(Alphabet.GSM7, 155, 1))
        self.assertEqual(engine.count("ş" * 298, shift=Shift(1, 0)), Count(Alphabet.GSM7, 298, 2))
        self.assertEqual(engine.count("ş" * 299, shift=Shift(1, 0)).parts, 3)

    def test_counts_octets_of_binary(self) -> None:
        """Hex is counted in octets: 140 in one message, 134 in a joined part."""
        self.assertEqual(engine.count("00" * 140, Alphabet.BINARY), Count(Alphabet.BINARY, 140, 1))
        self.assertEqual([len(part) for part in engine.segment("00" * 141, Alphabet.BINARY)], [268, 14])

    def test_refuses_an_alphabet_that_does_not_carry_the_text(self) -> None:
        """Asked for GSM 7-bit, a text with another character is refused rather than mangled."""
        self.assertRaises(NotGsm7, engine.segment, "ж", Alphabet.GSM7)


class Cutting(SynchronousTestCase):
    """Parts of a long text."""

    def test_leaves_room_for_the_reference(self) -> None:
        """Parts hold 153 and 67 under an 8-bit reference, 152 and 66 under a 16-bit one."""
        for text, narrow, wide in (("a" * 400, 153, 152), ("ж" * 200, 67, 66)):
            self.assertEqual(len(engine.segment(text)[0]), narrow)
            self.assertEqual(len(engine.segment(text, wide=True)[0]), wide)

    def test_never_cuts_an_escape_pair(self) -> None:
        """A euro sign that would straddle the limit goes to the next part whole."""
        self.assertEqual([len(part) for part in engine.segment("a" * 152 + "€" + "b" * 50)], [152, 51])

    def test_never_cuts_a_surrogate_pair(self) -> None:
        """An emoji that would straddle the limit goes to the next part whole."""
        self.assertEqual([len(part) for part in engine.segment("ж" * 66 + "😀" + "ж" * 20)], [66, 21])

    def test_keeps_graphemes_whole_where_it_can(self) -> None:
        """A family that would straddle the limit moves whole; one longer than a part is cut, but at a code point."""
        self.assertEqual(engine.segment("ж" * 60 + FAMILY + "ж" * 20), ("ж" * 60, FAMILY + "ж" * 20))
        parts = engine.segment("e" + "\u0301" * 100)
        self.assertEqual([ucs2.units(part) for part in parts], [67, 34])

    def test_refuses_more_parts_than_a_message_has(self) -> None:
        """255 parts are the most a header can count."""
        self.assertEqual(len(engine.segment("a" * 153 * 255)), 255)
        self.assertRaises(TooLong, engine.segment, "a" * (153 * 255 + 1))

    def test_numbers_the_parts(self) -> None:
        """Each part has its place under one reference, of 8 or 16 bits; a single part has none."""
        parts = engine.segment("a" * 161)
        self.assertEqual(engine.numbered(parts, 0x12A), (Concat(0x2A, 2, 1), Concat(0x2A, 2, 2)))
        self.assertEqual(engine.numbered(parts, 0x1012A, wide=True)[0], Concat(0x012A, 2, 1))
        self.assertEqual(engine.numbered(("a",), 1), (None,))

    @given(st.one_of(GSM, ANY), st.booleans())
    def test_loses_nothing_and_keeps_the_limit(self, text: str, wide: bool) -> None:
        """The sum of the parts is the text, no part is over its limit or empty, and the count says how many there are."""
        alphabet = engine.smallest(text)
        parts = engine.segment(text, wide=wide)
        limit = engine.capacity(alphabet, 0 if len(parts) == 1 else 6 if wide else 5)
        self.assertEqual("".join(parts), text)
        self.assertTrue(all(engine.units(part, alphabet) <= limit for part in parts))
        self.assertTrue(all(parts) or not text)
        self.assertEqual(engine.count(text, wide=wide).parts, len(parts))

    @given(st.lists(st.sampled_from(["😀", "e\u0301", FAMILY, "👍🏽", "ж"]), max_size=120))
    def test_parts_are_made_of_whole_characters(self, characters: list[str]) -> None:
        """Every part ends where a character ends."""
        ends = set(accumulate((len(character) for character in characters), initial=0))
        parts = engine.segment("".join(characters), Alphabet.UCS2)
        self.assertLessEqual(set(accumulate(len(part) for part in parts)), ends)


class Policies(SynchronousTestCase):
    """Message parsing as the administrator chose it."""

    def test_leaves_unaltered(self) -> None:
        """With Leave chosen, a long text stays one text."""
        self.assertEqual(engine.parse("a" * 500, Parsing.LEAVE), ("a" * 500,))

    def test_splits(self) -> None:
        """With Split chosen, a long text becomes parts, a short one stays whole."""
        self.assertEqual([len(part) for part in engine.parse("a" * 161, Parsing.SPLIT)], [153, 8])
        self.assertEqual(engine.parse("a" * 160, Parsing.SPLIT), ("a" * 160,))

    def test_truncates(self) -> None:
        """With Truncate chosen, nothing beyond one SMS is sent, and no pair or grapheme is cut for it."""
        self.assertEqual(engine.parse("a" * 161, Parsing.TRUNCATE), ("a" * 160,))
        self.assertEqual(engine.parse("a" * 159 + "€", Parsing.TRUNCATE), ("a" * 159,))
        self.assertEqual(engine.parse("ж" * 69 + "😀", Parsing.TRUNCATE), ("ж" * 69,))
        self.assertEqual(engine.parse("ж" * 65 + FAMILY, Parsing.TRUNCATE), ("ж" * 65,))
        self.assertEqual(engine.parse("a" * 160, Parsing.TRUNCATE), ("a" * 160,))
