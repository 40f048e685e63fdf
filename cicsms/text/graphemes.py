"""Where a text may be cut without tearing what a reader sees as one character.

The rules of Unicode's UAX #29 as far as they concern messages: combining marks, joined emoji, skin tones, flags, tag
sequences, Hangul syllables, Indic conjuncts and CR LF.
"""

from __future__ import annotations

from unicodedata import category, combining

_JOINER = "\u200d"
_VIRAMA = 9
"""The combining class of the signs that join two Indic consonants."""


def boundary(text: str, at: int) -> bool:
    """Tell whether ``text`` may be cut before position ``at``."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if after.isascii():
        return not (before == "\r" and after == "\n")
    return not (
        _extends(after)
        or before == _JOINER
        or _joins_consonants(before, after)
        or (_regional(before) and _regional(after) and _open_flag(text, at))
        or _hangul(before, after)
    )


def _extends(char: str) -> bool:
    """Tell whether a character belongs to the one before: marks, joiner, skin tones, tags, variation selectors."""
    return category(char) in ("Mn", "Me", "Mc") or char == _JOINER or "\U0001f3fb" <= char <= "\U0001f3ff" or _tag(char)


def _tag(char: str) -> bool:
    return "\U000e0020" <= char <= "\U000e007f"


def _joins_consonants(before: str, after: str) -> bool:
    return combining(before) == _VIRAMA and category(after) == "Lo"


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _open_flag(text: str, at: int) -> bool:
    """Tell whether an odd number of regional indicators stands before ``at``, so that the next one completes a flag."""
    start = at
    while start > 0 and _regional(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 1


def _hangul(before: str, after: str) -> bool:
    """Tell whether two code points belong to one Hangul syllable: leading, vowel and trailing jamo, or a syllable and jamo."""
    leads = "\u1100" <= before <= "\u115f"
    vowels, trails = "\u1160" <= before <= "\u11a7", "\u11a8" <= before <= "\u11ff"
    syllable = "\uac00" <= before <= "\ud7a3"
    if "\u1160" <= after <= "\u11a7":
        return leads or vowels or (syllable and (ord(before) - 0xAC00) % 28 == 0)
    if "\u11a8" <= after <= "\u11ff":
        return vowels or trails or syllable
    return leads and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3")
