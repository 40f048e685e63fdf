"""Near misses: what a misspelt name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return one sentence that offers the nearest names, or lists what is known (at most twelve)."""
    names = list(dict.fromkeys(known))
    folded = {name.casefold(): name for name in names}
    twins = get_close_matches(word.casefold(), folded, n=1, cutoff=0.85)
    close = [folded[name] for name in twins or get_close_matches(word.casefold(), folded, n=3, cutoff=0.6)]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    if not names:
        return ""
    return f"Known: {', '.join(names[:12])}{', and more' if len(names) > 12 else ''}."
