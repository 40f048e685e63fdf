"""URL-encoded forms and queries by the WHATWG rules, as octets: which charset they are in is for the reader to know.

https://url.spec.whatwg.org/#urlencoded-parsing: only ``&`` separates, ``+`` is a blank, a bad escape stays as it is,
and octets that are no UTF-8 become U+FFFD. Where a name is repeated the first one counts.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from functools import lru_cache
from urllib.parse import quote_from_bytes

_FORM_SAFE = "-._"
_URL_SAFE = "-._~"
_ESCAPED = re.compile(rb"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")
_SEPARATOR = re.compile(rb"%(?:26|3[Dd])")


def unescape(raw: bytes) -> bytes:
    """Return the octets behind one escaped name or value."""
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    return _ESCAPED.sub(_octets, raw) if b"%" in raw else raw


def _octets(run: re.Match[bytes]) -> bytes:
    return unhexlify(run[0].replace(b"%", b""))


@lru_cache(maxsize=8)
def _decoded(data: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return every (name, value) as octets; remembered, for one form is asked for by the signature and by the fields."""
    plain = data.replace(b"+", b" ")
    if b"%" not in plain:
        return tuple([pair.partition(b"=")[::2] for pair in plain.split(b"&") if pair])
    if _SEPARATOR.search(plain) is None:  # then all can be unescaped in one go before it is cut
        return tuple([pair.partition(b"=")[::2] for pair in _ESCAPED.sub(_octets, plain).split(b"&") if pair])
    cut = [pair.partition(b"=") for pair in plain.split(b"&") if pair]
    return tuple([(_ESCAPED.sub(_octets, name), _ESCAPED.sub(_octets, value)) for name, _, value in cut])


def split(data: bytes) -> dict[bytes, bytes]:
    """Return name -> value of a form, as octets."""
    fields = dict(reversed(_decoded(data)))
    fields.pop(b"", None)
    return fields


def repeated(data: bytes, name: bytes) -> list[bytes]:
    """Return every value of ``name``, as octets, in wire order."""
    return [value for key, value in _decoded(data) if key == name]


def pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return every (name, value) of a form as octets, in wire order; what a signature is computed over."""
    return list(_decoded(data))


@lru_cache(maxsize=4096)
def _short(octets: bytes, blank: str) -> str:
    if blank == "+":
        return quote_from_bytes(octets, _FORM_SAFE + " ").replace(" ", "+")
    return quote_from_bytes(octets, _URL_SAFE)


def escape(octets: bytes, blank: str = "+") -> str:
    """Return octets escaped for a form (``blank`` is ``+``) or for any place in a URL (``%20``)."""
    if len(octets) <= 32:
        return _short(octets, blank)
    return _short.__wrapped__(octets, blank)
