"""Texts that both databases can hold."""

from __future__ import annotations

NULL_SIGN = "\u2400"
"""Stands for NUL, which PostgreSQL holds in no text; the exchange keeps the octets that came."""


def clean(text: str) -> str:
    """Return ``text`` with lone surrogates and NUL replaced by signs that say so; nearly always the very same text."""
    if "\0" in text:
        text = text.replace("\0", NULL_SIGN)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def storable(text: str) -> bool:
    """Tell whether ``clean`` would return ``text`` as it is."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
