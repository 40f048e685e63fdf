"""Signatures over the called URL and a nonce, as Plivo makes them.

Version 2 signs the URL without its query, and nothing of the body; version 3 signs query and form fields too. Either header may
list several signatures: https://www.plivo.com/docs/messaging/concepts/signature-validation, and the vendor's Python SDK 4.63.0.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping

from cicsms.model.wire import Headers, HttpRequest
from cicsms.profile import forms

VERSIONS = ("V3", "V2")


def signed_text(version: str, request: HttpRequest, url: str) -> bytes:
    """Return what is signed, but for the nonce at its end."""
    base, _, query = url.encode("utf-8", "replace").partition(b"?")
    if version == "V2":
        return base
    form = forms.pairs(request.body) if request.method == "POST" else []
    asked = b"&".join(name + b"=" + value for name, value in sorted(forms.pairs(query)))
    told = b"".join(name + value for name, value in sorted(form))
    if request.method == "POST" and not asked:
        return base + (b"?" + told if told else b"") + b"."
    return base + b"?" + asked + (b"." + told if told else b"") + b"."


def signature(version: str, token: str, nonce: bytes, request: HttpRequest, url: str) -> bytes:
    """Return the signature of a request, in base64."""
    return b64encode(hmac.digest(token.encode(), signed_text(version, request, url) + nonce, "sha256"))


def signing(request: HttpRequest, keys: Mapping[str, str], url: str) -> Headers:
    """Return the header lines of a callback: for the account's token and for that of the main account."""
    version, nonce = keys.get("digest", "V2"), keys.get("nonce", "0").encode()
    name = f"X-Plivo-Signature-{version}".encode()
    main = f"X-Plivo-Signature-Ma-{version}".encode()
    return (
        (name, signature(version, keys["key"], nonce, request, url)),
        (main, signature(version, keys.get("shared") or keys["key"], nonce, request, url)),
        (name + b"-Nonce", nonce),
    )


def verified(request: HttpRequest, keys: Mapping[str, str], url: str) -> bool:
    """Tell whether the newest version that the request speaks of is signed with one of the tokens."""
    for version in VERSIONS:
        name = f"x-plivo-signature-{version}".lower().encode()
        nonce = request.header(name + b"-nonce")
        if nonce is None:
            continue
        own = _listed(request.header(name))
        main = _listed(request.header(f"x-plivo-signature-ma-{version}".lower().encode()))
        tokens = ((own, keys["key"]), (main, keys.get("shared") or keys["key"]))
        return any(_among(signature(version, token, nonce, request, url), listed) for listed, token in tokens)
    return False


def _listed(line: bytes | None) -> list[bytes]:
    return [entry.strip() for entry in (line or b"").split(b",")]


def _among(wanted: bytes, listed: Iterable[bytes]) -> bool:
    return any(hmac.compare_digest(wanted, one) for one in listed)
