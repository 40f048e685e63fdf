"""UCS-2 as the networks carry it today: UTF-16, big endian, counted in code units.

TS 23.038 says UCS-2, phones send and show UTF-16: an emoji is two units. A lone surrogate is not text and becomes U+FFFD.
"""

from __future__ import annotations


def units(text: str) -> int:
    """Return how many UTF-16 code units ``text`` takes."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Join surrogates that form a pair and replace lone ones by U+FFFD; other text is returned as it is."""
    try:
        text.encode("utf-16-be")
    except UnicodeEncodeError:
        return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    return text


def encode(text: str) -> bytes:
    """Write ``text`` as UTF-16, big endian, without a byte order mark."""
    return clean(text).encode("utf-16-be")


def decode(data: bytes) -> str:
    """Read UTF-16, big endian; whatever is not text, an odd last octet included, is U+FFFD."""
    return data.decode("utf-16-be", "replace")
