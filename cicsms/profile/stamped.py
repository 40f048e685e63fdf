"""Signatures of a request's body, often with a time and a nonce: by HMAC (RFC 2104), and by Ed25519 (RFC 8032).

The setting ``of`` says what is signed, ``{timestamp}|{body}`` for example. Telnyx (Ed25519): ``lib/webhook_verification`` of
the vendor's SDK 4.189.0. Sinch (HMAC with nonce and time): the validator of events in the vendor's SDK 2.3.0.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cicsms.model.wire import Headers, HttpRequest, all_headers

Keys = Mapping[str, str]
_HOLE = re.compile(r"\{(body|timestamp|nonce|url|method)\}")
_STAMP = re.compile(rb"[0-9]{1,12}")


def signed_octets(request: HttpRequest, keys: Keys, url: str, stamp: bytes, nonce: bytes) -> bytes:
    """Return what is signed: the pattern of the setting ``of``, its holes filled."""
    held = {"body": request.body, "timestamp": stamp, "nonce": nonce, "url": url.encode(), "method": request.method.encode()}
    pieces = _HOLE.split(keys.get("of", "{body}"))
    return b"".join(held[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces))


def _stamped(keys: Keys) -> tuple[bytes, bytes, Headers]:
    """Return time, nonce and the header lines that carry them."""
    stamp = str(int(float(keys["now"]))).encode() if "time-header" in keys else b""
    nonce = keys["nonce"].encode() if "nonce-header" in keys else b""
    named = ((keys.get("nonce-header"), nonce), (keys.get("time-header"), stamp))
    return stamp, nonce, tuple((name.encode(), value) for name, value in named if name)


def _only(request: HttpRequest, name: str | None) -> bytes | None:
    """Return the value of a header that must be there once; empty where the scheme has no such header."""
    if name is None:
        return b""
    given = all_headers(request.headers, name.lower().encode())
    return given[0].strip() if len(given) == 1 else None


def _taken(request: HttpRequest, keys: Keys) -> tuple[bytes, bytes, bytes] | None:
    """Return signature, time and nonce of a request; ``None`` where one is missing, repeated, or out of the window."""
    given, stamp, nonce = (_only(request, keys.get(name)) for name in ("header", "time-header", "nonce-header"))
    if not given or stamp is None or nonce is None or ("time-header" in keys and not _STAMP.fullmatch(stamp)):
        return None
    if "window" in keys and "now" in keys and abs(float(keys["now"]) - int(stamp)) > int(keys["window"]):
        return None
    return given, stamp, nonce


def _mac(keys: Keys, octets: bytes) -> bytes:
    mac = hmac.digest(keys["key"].encode(), octets, keys.get("algorithm", "sha256"))
    return keys.get("prefix", "").encode() + (mac.hex().encode() if keys.get("encoding") == "hex" else b64encode(mac))


def hmac_sign(request: HttpRequest, keys: Keys, url: str) -> Headers:
    """Return the header lines of an HMAC."""
    stamp, nonce, lines = _stamped(keys)
    return ((keys["header"].encode(), _mac(keys, signed_octets(request, keys, url, stamp, nonce))), *lines)


def hmac_verify(request: HttpRequest, keys: Keys, url: str) -> bool:
    """Tell whether the one header line holds the HMAC."""
    taken = _taken(request, keys)
    if taken is None:
        return False
    given, stamp, nonce = taken
    return hmac.compare_digest(given, _mac(keys, signed_octets(request, keys, url, stamp, nonce)))


def ed25519_sign(request: HttpRequest, keys: Keys, url: str) -> Headers:
    """Return the header lines of a signature with the private key, which only a broker has; none without it."""
    if "private" not in keys:
        return ()
    stamp, nonce, lines = _stamped(keys)
    private = Ed25519PrivateKey.from_private_bytes(b64decode(keys["private"], validate=True))
    signature = b64encode(private.sign(signed_octets(request, keys, url, stamp, nonce)))
    return ((keys["header"].encode(), signature), *lines)


def ed25519_verify(request: HttpRequest, keys: Keys, url: str) -> bool:
    """Tell whether the one header line holds a signature of the owner of the public key."""
    taken = _taken(request, keys)
    if taken is None:
        return False
    given, stamp, nonce = taken
    try:
        _public(keys["key"]).verify(b64decode(given, validate=True), signed_octets(request, keys, url, stamp, nonce))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _public(key: str) -> Ed25519PublicKey:
    """Return the public key of its base64; ``ValueError`` where it is none."""
    return Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True))
