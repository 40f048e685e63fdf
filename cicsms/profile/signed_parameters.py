"""A signature that stands among the parameters it signs, as Vonage writes it.

Every parameter but ``sig``, sorted by name, is joined as ``&name=value``, with ``&`` and ``=`` in the values made ``_``; the
digest of that text is sent in hex. Vonage calls the plain MD5 of text and secret ``md5hash``, and HMACs by their digest's name:
https://developer.vonage.com/en/getting-started/concepts/signing-messages, and the vendor's Python SDK 4.9.1.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

import orjson
from attrs import evolve

from cicsms.model.wire import HttpRequest
from cicsms.profile import forms

Pairs = Sequence[tuple[bytes, bytes]]
DIGESTS = ("md5hash", "md5", "sha1", "sha256", "sha512")


def canonical(pairs: Pairs) -> bytes:
    """Return the text that is signed."""
    return b"".join([b"&" + name + b"=" + value.replace(b"&", b"_").replace(b"=", b"_") for name, value in sorted(pairs)])


def digest(by: str, key: bytes, signed: bytes) -> bytes:
    """Return the signature of a text, in lower case; ``by`` is one of ``DIGESTS``."""
    if by == "md5hash":
        return hashlib.md5(signed + key, usedforsecurity=False).hexdigest().encode()
    return hmac.digest(key, signed, by).hex().encode()


def sealed(request: HttpRequest, keys: Mapping[str, str], url: str) -> HttpRequest:
    """Return the request with time, nonce (where there is one) and signature among its parameters."""
    own = [(b"timestamp", keys["now"].partition(".")[0].encode())]
    if keys.get("nonce"):
        own.append((b"nonce", keys["nonce"].encode()))
    signed = canonical([*_given(request), *own])
    own.append((b"sig", digest(keys.get("digest", "sha256"), keys["key"].encode(), signed)))
    if _is_json(request):
        members = {name.decode(): value.decode() for name, value in own}
        return evolve(request, body=orjson.dumps({**orjson.loads(request.body), **members}))
    added = b"&".join(name + b"=" + forms.escape(value).encode() for name, value in own)
    if request.method == "GET":
        return evolve(request, target=request.target + (b"&" if request.query else b"?") + added)
    return evolve(request, body=request.body + b"&" + added if request.body else added)


def verified(request: HttpRequest, keys: Mapping[str, str], url: str) -> bool:
    """Tell whether the parameters carry a time and their right signature; the first one counts of those that repeat."""
    given = dict(reversed(_given(request)))
    claimed = given.pop(b"sig", b"")
    by = keys.get("digest", "sha256")
    if not claimed or not given.get(b"timestamp") or by not in DIGESTS:
        return False
    return hmac.compare_digest(claimed.lower(), digest(by, keys["key"].encode(), canonical(list(given.items()))))


def _is_json(request: HttpRequest) -> bool:
    return (request.header(b"content-type") or b"").lower().startswith(b"application/json")


def _given(request: HttpRequest) -> list[tuple[bytes, bytes]]:
    """Return the parameters: of a flat JSON object, of the query of a GET, or of a form."""
    if request.method == "GET":
        return forms.pairs(request.query)
    if not _is_json(request):
        return forms.pairs(request.body)
    try:
        members = orjson.loads(request.body)
    except ValueError:
        return []
    if not isinstance(members, dict):
        return []
    return [(name.encode(), value.encode() if isinstance(value, str) else orjson.dumps(value)) for name, value in members.items()]
