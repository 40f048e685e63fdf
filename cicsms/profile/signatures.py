"""The library of signature schemes: each signs a request as the broker does and verifies one as we do.

Twilio: https://www.twilio.com/docs/usage/security, and ``request_validator.py`` of the vendor's SDK 9.13.0.
SMSGlobal (``mac``): https://github.com/smsglobal/smsglobal-php, its SDK.
``body-hmac`` is what many brokers do, each with a header of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from cicsms.model.wire import Headers, HttpRequest, all_headers
from cicsms.profile import forms, signed_parameters, signed_urls, stamped, tokens

Keys = Mapping[str, str]
_PARAMETER = re.compile(r'([a-z]+)="([^"]*)"')


@frozen
class Scheme:
    """The two directions of one scheme: the header lines to add, and whether a request carries the right ones.

    Each is given the request, the keys by name, and the public URL that was called. A scheme whose signature stands among
    the parameters adds no lines; ``seal`` gives the request with its signature.
    """

    sign: Callable[[HttpRequest, Keys, str], Headers]
    verify: Callable[[HttpRequest, Keys, str], bool]
    seal: Callable[[HttpRequest, Keys, str], HttpRequest] | None = None


def called_url(public: str, request: HttpRequest) -> str:
    """Return the URL that was called: the public one with the raw query of the request."""
    base = public.partition("#")[0].partition("?")[0]
    return f"{base}?{request.query.decode('latin-1')}" if request.query else base


def with_and_without_port(url: str) -> Iterator[str]:
    """Give the URL as it is, then with its default port added or taken away."""
    yield url
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    if default and parts.port is None:
        yield url.replace(parts.netloc, parts.netloc + default, 1)
    elif default and parts.netloc.endswith(default):
        yield url.replace(parts.netloc, parts.netloc.removesuffix(default), 1)


def twilio_canonical(url: str, fields: list[tuple[bytes, bytes]]) -> bytes:
    """Return what Twilio signs: the URL, then each name and value, sorted, a repeated pair once."""
    return url.encode("utf-8", "replace") + b"".join(map(b"".join, sorted(set(fields))))


def _twilio_fields(request: HttpRequest) -> list[tuple[bytes, bytes]] | None:
    """Return the signed form fields; ``None`` where the body is no form and its hash in the query does not fit."""
    if request.method != "POST" or not request.body:
        return []
    kind = (request.header(b"content-type") or b"").lower()
    if not kind or kind.startswith(b"application/x-www-form-urlencoded"):
        return forms.pairs(request.body)
    claimed = forms.split(request.query).get(b"bodySHA256", b"")
    found = hashlib.sha256(request.body).hexdigest().encode()
    return [] if hmac.compare_digest(claimed, found) else None


def _mac(key: str, signed: bytes, algorithm: str) -> bytes:
    return b64encode(hmac.digest(key.encode(), signed, algorithm))


def _twilio_sign(request: HttpRequest, keys: Keys, url: str) -> Headers:
    signed = twilio_canonical(url, _twilio_fields(request) or [])
    return ((b"X-Twilio-Signature", _mac(keys["key"], signed, "sha1")),)


def _twilio_verify(request: HttpRequest, keys: Keys, url: str) -> bool:
    given = all_headers(request.headers, b"x-twilio-signature")
    settings = request.header(b"x-twilio-webhooks-signature-settings")
    key, algorithm = keys["key"], "sha1"
    if settings is not None:
        key, algorithm = keys.get("shared", ""), "sha256"
        if b"algorithm=HMAC_SHA256" not in settings.replace(b" ", b""):
            return False
    fields = _twilio_fields(request)
    if len(given) != 1 or not key or fields is None:
        return False
    macs = (_mac(key, twilio_canonical(variant, fields), algorithm) for variant in with_and_without_port(url))
    return any(hmac.compare_digest(given[0].strip(), mac) for mac in macs)


def _token_verify(request: HttpRequest, keys: Keys, url: str) -> bool:
    given = tokens.given(request, keys)
    return given is not None and tokens.holds(given, request, keys, with_and_without_port(url))


def mac_signed(time: str, nonce: str, request: HttpRequest) -> bytes:
    """Return what the MAC scheme signs: seven values, a line each, the last one empty."""
    parts = urlsplit(request.url)
    port = parts.port or (443 if request.scheme == "https" else 80)
    values = (time, nonce, request.method, request.target.decode("latin-1"), parts.hostname or "", port, "")
    return "".join(f"{value}\n" for value in values).encode("utf-8", "replace")


def _mac_sign(request: HttpRequest, keys: Keys, url: str) -> Headers:
    time = str(int(float(keys["now"])))
    seed = f"{keys['now']} {keys.get('reference', '')} {request.url}".encode()
    nonce = hashlib.sha256(seed).hexdigest()[:32]
    mac = _mac(keys["key"], mac_signed(time, nonce, request), "sha256").decode()
    return ((b"Authorization", f'MAC id="{keys["id"]}", ts="{time}", nonce="{nonce}", mac="{mac}"'.encode()),)


def _mac_verify(request: HttpRequest, keys: Keys, url: str) -> bool:
    scheme, _, rest = (request.header(b"authorization") or b"").decode("latin-1").partition(" ")
    given = dict(_PARAMETER.findall(rest))
    if scheme.upper() != "MAC" or given.get("id") != keys.get("id") or not given.get("ts") or not given.get("nonce"):
        return False
    try:
        signed = mac_signed(given["ts"], given["nonce"], request)
    except ValueError:
        return False
    return hmac.compare_digest(given.get("mac", "").encode(), _mac(keys["key"], signed, "sha256"))


SCHEMES: dict[str, Scheme] = {
    "twilio": Scheme(_twilio_sign, _twilio_verify),
    "body-hmac": Scheme(stamped.hmac_sign, stamped.hmac_verify),
    "ed25519": Scheme(stamped.ed25519_sign, stamped.ed25519_verify),
    "jwt": Scheme(tokens.sign, _token_verify),
    "mac": Scheme(_mac_sign, _mac_verify),
    "parameters": Scheme(lambda *_: (), signed_parameters.verified, signed_parameters.sealed),
    "plivo": Scheme(signed_urls.signing, signed_urls.verified),
}
