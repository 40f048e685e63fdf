"""Look-alike substitution: characters outside GSM-7 replaced by ones that read the same, where that saves the alphabet."""

from __future__ import annotations

import re

from attrs import field, frozen

from cicsms.text import gsm7

LOOK_ALIKES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2039", "<"),
    **dict.fromkeys("\u203a", ">"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
    **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    **dict.fromkeys("\u2022\u00b7\u2219", "*"),
    "\u2026": "...",
    "\u00d7": "x",
    "\u2044": "/",
    "\u037e": ";",
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
}
"""Greek capitals share their shapes with Latin ones by the intent of the alphabet itself (notes of Unicode's GSM0338.TXT)."""

_ANY = re.compile(f"[{re.escape(''.join(LOOK_ALIKES))}]")


@frozen
class Change:
    """One character that was replaced: its position in the text as it was written, what stood there, what stands now."""

    at: int
    was: str
    now: str


@frozen
class Substitution:
    """A text after substitution, and everything that was changed in it, for the sender to be told."""

    text: str = field(repr=False)
    changes: tuple[Change, ...] = ()


def substitute(text: str) -> Substitution:
    """Replace look-alikes if the whole text then travels in GSM-7; a text that needs UCS-2 anyway stays as it was written."""
    if gsm7.septets(text) is not None:
        return Substitution(text)
    replaced = _ANY.sub(lambda match: LOOK_ALIKES[match[0]], text)
    if gsm7.septets(replaced) is None:
        return Substitution(text)
    return Substitution(replaced, tuple(Change(m.start(), m[0], LOOK_ALIKES[m[0]]) for m in _ANY.finditer(text)))
