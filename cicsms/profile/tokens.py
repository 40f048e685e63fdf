"""Signatures that are JSON web tokens (RFC 7519) with hashes of the URL and the body.

MessageBird: ``request_validator.py`` of the vendor's SDK 2.2.0, and ``signature_jwt/testdata/reference.json`` of its Go client.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from cicsms.model.wire import Headers, HttpRequest, all_headers

Keys = Mapping[str, str]
LIFE = 60
"""Seconds for which a token is good."""

LEEWAY = 1
"""Seconds by which the clocks of the two sides may differ."""

_ALGORITHMS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def _segment(value: object) -> bytes:
    return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")


def _octets(segment: bytes) -> bytes:
    return urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


def _object(segment: bytes) -> dict[str, Any]:
    """Return the JSON object of a segment; ``ValueError`` where it is none."""
    value = json.loads(_octets(segment))
    if isinstance(value, dict):
        return value
    raise ValueError("not an object")


def token(request: HttpRequest, keys: Keys, url: str) -> bytes:
    """Return the token of a request, good from ``now`` on; its id is the nonce."""
    start = int(float(keys["now"]))
    claims: dict[str, Any] = {"iss": keys.get("issuer", ""), "nbf": start, "exp": start + LIFE, "jti": keys["nonce"]}
    claims["url_hash"] = sha256(url.encode()).hexdigest()
    if request.body:
        claims["payload_hash"] = sha256(request.body).hexdigest()
    signed = _segment({"alg": "HS256", "typ": "JWT"}) + b"." + _segment(claims)
    mac = hmac.digest(keys["key"].encode(), signed, "sha256")
    return signed + b"." + urlsafe_b64encode(mac).rstrip(b"=")


def holds(raw: bytes, request: HttpRequest, keys: Keys, urls: Iterable[str]) -> bool:
    """Tell whether a token is of the key's owner, of its time, and of this body and one of these URLs."""
    try:
        head, body, mac = raw.split(b".")
        algorithm = _ALGORITHMS.get(str(_object(head).get("alg")))
        if algorithm is None or not hmac.compare_digest(
            _octets(mac), hmac.digest(keys["key"].encode(), head + b"." + body, algorithm)
        ):
            return False
        claims = _object(body)
    except (ValueError, RecursionError):
        return False
    payload = sha256(request.body).hexdigest() if request.body else None
    of_body = claims.get("payload_hash") == payload
    of_url = claims.get("url_hash") in {sha256(url.encode()).hexdigest() for url in urls}
    return of_body and of_url and claims.get("iss") == keys.get("issuer", "") and _timely(claims, keys.get("now"))


def _timely(claims: Mapping[str, Any], now: str | None) -> bool:
    """Tell whether the token is of this time; where the time is not told, whether it names one at all."""
    start, end = claims.get("nbf"), claims.get("exp")
    if type(start) is not int or type(end) is not int:
        return False
    return now is None or start - LEEWAY <= float(now) <= end + LEEWAY


def sign(request: HttpRequest, keys: Keys, url: str) -> Headers:
    """Return the header line with the token."""
    return ((keys["header"].encode(), token(request, keys, url)),)


def given(request: HttpRequest, keys: Keys) -> bytes | None:
    """Return the token of a request; ``None`` where there is none, or more than one."""
    lines = all_headers(request.headers, keys["header"].lower().encode())
    return lines[0].strip() if len(lines) == 1 else None
