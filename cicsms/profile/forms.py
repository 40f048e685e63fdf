"""URL-encoded forms and queries by the WHATWG rules, kept raw until a field is asked for.

https://url.spec.whatwg.org/#urlencoded-parsing: only ``&`` separates, ``+`` is a blank, a bad escape stays as it is,
and octets that are no UTF-8 become U+FFFD. Where a name is repeated the first one counts.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

_FORM_SAFE = "-._"
_URL_SAFE = "-._~"


def unescape(raw: bytes) -> bytes:
    """Return the octets behind one escaped name or value."""
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    return unquote_to_bytes(raw) if b"%" in raw else raw


def split(data: bytes) -> dict[bytes, bytes]:
    """Return name -> value of a form; names are unescaped, values are left as they came."""
    cut = [pair.partition(b"=") for pair in reversed(data.split(b"&"))]
    fields = {name: value for name, _, value in cut}
    names = b"".join(fields)
    if b"%" in names or b"+" in names:
        return {unescape(name): value for name, _, value in cut if name}
    fields.pop(b"", None)
    return fields


def repeated(data: bytes, name: bytes) -> list[bytes]:
    """Return every raw value of ``name``, in wire order."""
    cut = (pair.partition(b"=") for pair in data.split(b"&") if pair)
    return [value for key, _, value in cut if unescape(key) == name]


def pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return every (name, value) of a form as octets, in wire order; what a signature is computed over."""
    cut = [pair.partition(b"=") for pair in data.split(b"&") if pair]
    fields = [(name, unescape(value) if b"%" in value or b"+" in value else value) for name, _, value in cut]
    names = b"".join([name for name, _ in fields])
    return [(unescape(name), value) for name, value in fields] if b"%" in names or b"+" in names else fields


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


def recoded(raw: bytes, charset: str) -> bytes:
    """Return a raw name or value of another charset as the raw form of the same text in UTF-8."""
    return escape(unescape(raw).decode(charset, "replace").encode("utf-8", "replace")).encode()
