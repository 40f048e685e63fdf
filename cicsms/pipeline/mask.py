"""Secrets leave exchanges before they are kept: every form in which a wire may carry one is blotted out."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import quote, quote_plus

BLOT = b"***"
SHORTEST = 4
"""Shorter values are no secrets: blotting them out would make every exchange unreadable."""


def masker(secrets: Iterable[str], basic: Iterable[tuple[str, str]] = ()) -> Callable[[bytes], bytes]:
    """Return a function that blots ``secrets`` and the Basic tokens of the (login, password) pairs out of wire bytes.

    Raw, percent-encoded (both spellings of a blank), XML-escaped and base64 forms are found, the longest first.
    """
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    forms |= {b64encode(f"{login}:{password}".encode()) for login, password in basic if password}
    if not forms:
        return bytes
    ordered = sorted(forms, key=len, reverse=True)

    def mask(data: bytes) -> bytes:
        for form in ordered:
            data = data.replace(form, BLOT)
        return data

    return mask


def _forms(secret: str) -> set[bytes]:
    """Give the forms of one secret."""
    raw = secret.encode()
    texts = {quote(secret, safe=""), quote_plus(secret), escape(secret), escape(secret, quote=False)}
    return {raw, b64encode(raw)} | {text.encode() for text in texts}
