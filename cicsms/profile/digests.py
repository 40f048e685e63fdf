"""Digests with which a message proves its sender: over fields joined in an order, in any place that a template can fill.

MD5: RFC 1321; SHA: RFC 6234; HMAC: RFC 2104.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from cicsms.profile.node import Node
from cicsms.profile.rows import row
from cicsms.profile.templates import Scope, template

ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "hmac-md5", "hmac-sha1", "hmac-sha256", "hmac-sha512")
_CASES: Mapping[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower}
_ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "HEX": lambda octets: octets.hex().upper(),
    "base64": lambda octets: b64encode(octets).decode(),
}


def digest(algorithm: str, key: bytes, text: bytes) -> bytes:
    """Return the digest of a text, keyed where the algorithm is an HMAC."""
    keyed, _, name = algorithm.rpartition("-")
    if keyed:
        return hmac.digest(key, text, name)
    return hashlib.new(name, text, usedforsecurity=False).digest()


class Digest:
    """One digest of a definition; templates find it under its ``name``."""

    def __init__(self, node: Node) -> None:
        self.name = f"digest.{node.get('name')}"
        self._by, self._join = node.get("by"), node.get("join")
        self._key = template(node.get("key"))
        self._parts = tuple(row(part, "mt").write for part in node.all("part"))
        self._case = _CASES.get(node.get("case"), str)
        self._encode = _ENCODINGS[node.get("encoding", "hex")]

    def text(self, scope: Scope) -> str:
        """Return what is digested; a part without a value is empty."""
        values = (part(scope) for part in self._parts)
        return self._case(self._join.join("" if value is None else str(value) for value in values))

    def made(self, scope: Scope) -> str:
        """Return the digest as it is written."""
        key = (self._key(scope) or "").encode()
        return self._encode(digest(self._by, key, self.text(scope).encode("utf-8", "replace")))


def with_digests(digests: tuple[Digest, ...], scope: dict[str, Any]) -> dict[str, Any]:
    """Return a scope with its digests; a later one may be over an earlier one."""
    for one in digests:
        scope = {**scope, one.name: one.made(scope)}
    return scope
