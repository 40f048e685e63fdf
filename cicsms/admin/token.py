"""The bearer token of the API: given by the site file, or made once and kept as a digest only."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest

from attrs import field, frozen

FACT = "api-token-sha256"
"""The name under which the digest of a token that was made here is kept in the store."""


@frozen
class Token:
    """What a caller's token is compared with."""

    digest: str = field(repr=False)

    @classmethod
    def of(cls, token: str) -> Token:
        """Make it of the token itself."""
        return cls(_digest(token.encode()))

    def admits(self, given: bytes) -> bool:
        """Tell in constant time whether this is the token."""
        return compare_digest(_digest(given), self.digest)


def fresh(random: Callable[[int], str]) -> str:
    """Make a token of 256 bits; ``random`` gives text from so many random octets (``secrets.token_urlsafe``)."""
    return random(32)


def _digest(token: bytes) -> str:
    return sha256(token).hexdigest()
