"""The character sets of definitions: Python's, and ``gsm``, the GSM 7-bit alphabet as SMPP carries it, a septet an octet."""

from __future__ import annotations

import codecs
from functools import lru_cache

from cicsms.text import gsm7

GSM = "gsm"


@lru_cache(maxsize=256)
def known(name: str) -> bool:
    """Tell whether a definition may name this character set."""
    if name == GSM:
        return True
    try:
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def encode(text: str, name: str) -> bytes:
    """Write a text; a question mark stands for what the character set does not carry."""
    if name != GSM:
        return text.encode(name, "replace")
    return b"".join(gsm7.tables().encode.get(char, b"?") for char in text)


def decode(octets: bytes, name: str) -> str:
    """Read octets; U+FFFD stands for what is none of the character set's."""
    return gsm7.decode(octets) if name == GSM else octets.decode(name, "replace")
