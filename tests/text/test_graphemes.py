"""Where a text may be cut: what a reader sees as one character stays whole."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.text.graphemes import boundary

WHOLE = (
    "e\u0301",
    "👨\u200d👩\u200d👧",
    "👍🏽",
    "🇩🇪",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u1112\u1161\u11ab",
    "한",
    "가\u11a8",
    "क\u094dष",
    "\r\n",
    "กำ"[:1] + "\u0e31",
)
PAIRS = ("ab", "éa", "🇩🇪🇫🇷", "😀😀", "한국", "\n\r", "कष", "\u1112가\u1112"[1:])


class Boundary(SynchronousTestCase):
    """The rules of UAX #29 that messages meet."""

    def test_keeps_a_character_whole(self) -> None:
        """Marks, joined emoji, skin tones, flags, tags, keycaps, jamo, conjuncts and CR LF are never cut inside."""
        for text in WHOLE:
            self.assertFalse(any(boundary(text, at) for at in range(1, len(text))), text)

    def test_cuts_between_characters(self) -> None:
        """Two characters may be parted: letters, emoji, syllables, two flags in their middle."""
        for text in PAIRS:
            self.assertTrue(boundary(text, len(text) // 2), text)

    def test_counts_flags_in_pairs(self) -> None:
        """Of three flags in a row only the even places are boundaries."""
        text = "🇩🇪🇫🇷🇮🇹"
        self.assertEqual([at for at in range(len(text) + 1) if boundary(text, at)], [0, 2, 4, 6])
