"""Signatures that are JSON web tokens, against MessageBird's own reference data."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.profile.signatures import SCHEMES

SCHEME = SCHEMES["jwt"]
HEADER = b"MessageBird-Signature-JWT"
SETTINGS = {"header": HEADER.decode(), "issuer": "MessageBird"}
PUBLISHED = (
    "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb",
    "https://example.com/path?bar=1&foo=2",
    b"Hello, World!",
    "1625479200",
    "93e55006-a0e8-4526-a190-fa5ff00ea116",
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiO"
    b"iI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZWExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEy"
    b"NTdlZDc0YjI0MDA0YmFlNzUzZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzdmNzBh"
    b"NGIyODY4OGEzNjIxODI5ODZmIn0._H--TOuYFLpeEH39-rg5E3IHVkjHozBcaKVWPRC5m9I",
)
COMPUTED = (
    "0123456789abcdef0123456789abcdef",
    "https://sms.example.com/mo?profile=mb1",
    b"id=mb-0001&recipient=15551230001&originator=15551230002&body=Hello",
    "1704164645",
    "00000000-0000-4000-8000-000000000001",
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTcwNDE2NDY0NSwiZXhwIjoxNzA0MTY0NzA1LCJqdGkiO"
    b"iIwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEiLCJ1cmxfaGFzaCI6IjhhMmEzOGVmY2ZmY2M4YTIxOGRjZDVhN2RhN2MxZTQxMmI4MjFk"
    b"YzIyYjcyNzE4ODg0MWM1NTk4ZjMwMzc2MGEiLCJwYXlsb2FkX2hhc2giOiI2YWQ4NDkyOWRjNTVmNjAzOWZhMmY3MjlhNThkNTk1MGJkYTgzZTIwNzIwMDcy"
    b"YzJiNTIxNGUxZWY2MmM3ZDRlIn0.nVnyyZ1wB_C3k08v-aPFw7dCkJUEfpCh51_l4e-8W8Q",
)
"""Key, URL, body, time, id and token: the reference data of the vendor's Go client; one that its Python SDK's validator took."""


def call(url: str, body: bytes, *tokens: bytes) -> HttpRequest:
    """Return the request that calls ``url`` with these tokens."""
    target = "/" + url.split("/", 3)[3]
    return HttpRequest("POST" if body else "GET", target.encode(), tuple((HEADER, token) for token in tokens), body)


def made(key: str, head: object, claims: object) -> bytes:
    """Return a token that is signed right, whatever it says."""
    signed = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
    return signed + b"." + urlsafe_b64encode(hmac.digest(key.encode(), signed, "sha256")).rstrip(b"=")


class TokenTests(SynchronousTestCase):
    """Claims, hashes, times."""

    def test_vectors(self) -> None:
        """Each vector is signed, octet by octet, and verified."""
        for key, url, body, now, own, token in (PUBLISHED, COMPUTED):
            keys = SETTINGS | {"key": key, "now": now, "nonce": own}
            self.assertEqual(SCHEME.sign(call(url, body), keys, url), ((HEADER, token),))
            self.assertTrue(SCHEME.verify(call(url, body, token), keys, url))

    def test_one_change(self) -> None:
        """Another URL, order of its query, body, key or issuer is refused, and so is a body that no hash is of."""
        key, url, body, now, _, token = PUBLISHED
        keys = SETTINGS | {"key": key, "now": now}
        self.assertFalse(SCHEME.verify(call(url, body, token), keys, "https://example.com/path?foo=2&bar=1"))
        self.assertFalse(SCHEME.verify(call(url, body + b"!", token), keys, url))
        self.assertFalse(SCHEME.verify(call(url, b"", token), keys, url))
        self.assertFalse(SCHEME.verify(call(url, body, token), keys | {"key": COMPUTED[0]}, url))
        self.assertFalse(SCHEME.verify(call(url, body, token), keys | {"issuer": "Bird"}, url))
        bare = SCHEME.sign(call(url, b""), keys | {"nonce": "1"}, url)[0][1]
        self.assertTrue(SCHEME.verify(call(url, b"", bare), keys, url))
        self.assertFalse(SCHEME.verify(call(url, body, bare), keys, url))

    def test_url_hash(self) -> None:
        """The hash of a URL without a path's name is the published one; the default port makes no other URL."""
        keys = SETTINGS | {"key": "k", "now": "1625479200", "nonce": "1"}
        token = SCHEME.sign(call("https://example.com/", b""), keys, "https://example.com/")[0][1]
        claims = json.loads(b64(token.split(b".")[1]))
        self.assertEqual(claims["url_hash"], "0f115db062b7c0dd030b16878c99dea5c354b49dc37b38eb8846179c7783e9d7")
        self.assertNotIn("payload_hash", claims)
        self.assertTrue(SCHEME.verify(call("https://example.com/", b"", token), keys, "https://example.com:443/"))

    def test_times(self) -> None:
        """A token is good for its minute, and a second around it; where no time is told it is good at any."""
        key, url, body, now, _, token = PUBLISHED
        start = int(now)
        for at, verdict in ((start - 2, False), (start - 1, True), (start + 61, True), (start + 62, False)):
            self.assertEqual(SCHEME.verify(call(url, body, token), SETTINGS | {"key": key, "now": str(at)}, url), verdict)
        self.assertTrue(SCHEME.verify(call(url, body, token), SETTINGS | {"key": key}, url))

    def test_missing(self) -> None:
        """No token, an empty one and two of them are refused."""
        key, url, body, now, _, token = PUBLISHED
        for tokens in ((), (b"",), (token, token)):
            self.assertFalse(SCHEME.verify(call(url, body, *tokens), SETTINGS | {"key": key, "now": now}, url))

    def test_algorithms(self) -> None:
        """A token that claims to need no signature, or one of another kind, is refused, as is one without times."""
        _, url, _, now, _, _ = PUBLISHED
        keys = SETTINGS | {"key": "k", "now": now}
        good = json.loads(b64(SCHEME.sign(call(url, b""), keys | {"nonce": "1"}, url)[0][1].split(b".")[1]))
        self.assertTrue(SCHEME.verify(call(url, b"", made("k", {"alg": "HS256"}, good)), keys, url))
        heads: tuple[object, ...] = ({"alg": "none"}, {"alg": "RS256"}, {"alg": ["HS256"]}, {}, [], "HS256")
        for head in heads:
            self.assertFalse(SCHEME.verify(call(url, b"", made("k", head, good)), keys, url))
        for lacking in ({"exp": None}, {"nbf": "1"}, {"exp": True}, {"iss": None}):
            self.assertFalse(SCHEME.verify(call(url, b"", made("k", {"alg": "HS256"}, good | lacking)), keys, url))
        self.assertFalse(SCHEME.verify(call(url, b"", made("k", {"alg": "HS256"}, [good])), keys, url))

    @settings(max_examples=80, deadline=None)
    @given(st.binary(max_size=60), st.integers(0, 300), st.integers(0, 255))
    def test_any_octets(self, octets: bytes, place: int, octet: int) -> None:
        """Random octets, and a good token with one octet changed, are refused without another error."""
        key, url, body, now, _, token = PUBLISHED
        changed = bytearray(token)
        changed[place % len(token)] = octet
        keys = SETTINGS | {"key": key, "now": now}
        self.assertFalse(SCHEME.verify(call(url, body, octets), keys, url))
        if b64(bytes(changed[-43:])) != b64(token[-43:]) or changed[:-43] != token[:-43]:
            self.assertFalse(SCHEME.verify(call(url, body, bytes(changed)), keys, url))


def b64(segment: bytes) -> bytes:
    """Return the octets of a segment, as the scheme's own lenient reading has them."""
    return urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
