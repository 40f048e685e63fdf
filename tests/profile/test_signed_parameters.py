"""Signatures among the parameters, against vectors of Vonage's own SDKs and tests."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.profile.signed_parameters import DIGESTS, canonical, digest, sealed, verified

URL = "https://sms.example.com/mo"
FORM = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
JSON = ((b"Content-Type", b"application/json"),)
FIRST = {
    "message-timestamp": "2013-11-21 15:27:30",
    "messageId": "020000001B0FE827",
    "msisdn": "14843472194",
    "text": "Test again",
    "timestamp": "1385047698",
    "to": "13239877404",
    "type": "text",
}
"""Parameters of the vendor's PHP test, with the digests that its Python SDK makes of them."""
FIRST_DIGESTS = {
    "md5hash": "d2e7b1dc968737c5998ad624e02f90b7",
    "md5": "ddebd46008c2d4e93cce578a332a52d5",
    "sha1": "27d0d05c2876c7cb1720dbcdba4d492e1e55c09a",
    "sha256": "ddb8397c2b90aac7f3882d306475c9a5058c92322eef43c92b298b6e0fc0d330",
    "sha512": "e0d3c650f8c9d1a5c174d10dddbfb003e561f59b265616208b0487c5d819481c"
    "d3c311d59cf6165ecd1139622d5ba3a256c0d763ac4a9ad9144b5a426b94fe82",
}
SECOND = {
    "msisdn": "15551230002",
    "to": "15551230001",
    "messageId": "0A0000000123ABCD1",
    "text": "Hi & bye = ok",
    "type": "text",
    "keyword": "HI",
    "api-key": "abcd1234",
    "message-timestamp": "2024-01-02 03:04:05",
    "timestamp": "1704164645",
    "nonce": "00000000-0000-4000-8000-000000000001",
}
SECOND_KEYS = {"key": "sig-secret-0001", "digest": "sha256"}
SECOND_SHA256 = "b5a9ca98455d979f7eb12d67d0bf56dde36342c33a625f0ec5238a690b25a5e0"


def octets(fields: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Return the fields as octets."""
    return [(name.encode(), value.encode()) for name, value in fields.items()]


def form(fields: dict[str, str]) -> HttpRequest:
    """Return a post of a form."""
    return HttpRequest("POST", b"/mo", FORM, urlencode(fields).encode())


class VectorTests(SynchronousTestCase):
    """What the vendor computes."""

    def test_digests(self) -> None:
        """Each of the five digests is the vendor's."""
        for by in DIGESTS:
            self.assertEqual(digest(by, b"my_secret_key_for_testing", canonical(octets(FIRST))).decode(), FIRST_DIGESTS[by], by)

    def test_separators_in_values(self) -> None:
        """An ampersand or an equals sign in a value is signed as an underscore."""
        self.assertIn(b"&text=Hi _ bye _ ok&timestamp=", canonical(octets(SECOND)))
        self.assertTrue(verified(form({**SECOND, "sig": SECOND_SHA256}), SECOND_KEYS, URL))

    def test_outbound(self) -> None:
        """A message of ours is signed as the vendor's SDK signs it."""
        fields = {"api_key": "not_a_key", "to": "14843472194", "from": "12192259404", "text": "Test&test=something"}
        keys = {"key": "my_secret_key_for_testing", "digest": "md5hash", "now": "1490638615.000000"}
        signed = sealed(form(fields), keys, URL)
        self.assertEqual(signed.body, form(fields).body + b"&timestamp=1490638615&sig=17f5e3b22f778ec73464c01d180e9d0f")


class VerificationTests(SynchronousTestCase):
    """What is accepted and what is not."""

    def test_every_transport(self) -> None:
        """What is sealed as a form, in a query or as JSON is verified; the signature may be in upper case."""
        keys = {**SECOND_KEYS, "now": "1704164645.000000", "nonce": "n-1"}
        requests = (
            form({"text": "Grüße 文"}),
            HttpRequest("GET", b"/mo?text=Gr%C3%BC%C3%9Fe", (), b""),
            HttpRequest("GET", b"/mo", (), b""),
            HttpRequest("POST", b"/mo", JSON, '{"text":"Grüße 文","n":1}'.encode()),
            HttpRequest("POST", b"/mo", FORM, b""),
        )
        for request in requests:
            signed = sealed(request, keys, URL)
            self.assertTrue(verified(signed, SECOND_KEYS, URL), request)
            self.assertFalse(verified(request, SECOND_KEYS, URL), request)
        self.assertTrue(verified(form({**SECOND, "sig": SECOND_SHA256.upper()}), SECOND_KEYS, URL))

    def test_one_change(self) -> None:
        """One other character in a value, a name, the signature, the key or the digest is refused."""
        good = {**SECOND, "sig": SECOND_SHA256}
        for name in good:
            changed = {**good, name: good[name][:-1] + ("0" if good[name][-1] != "0" else "1")}
            self.assertFalse(verified(form(changed), SECOND_KEYS, URL), name)
        self.assertFalse(verified(form({**good, "more": "1"}), SECOND_KEYS, URL))
        for other in ({"key": "other"}, {"digest": "sha512"}, {"digest": "none"}):
            self.assertFalse(verified(form(good), SECOND_KEYS | other, URL))

    def test_missing(self) -> None:
        """Without a signature or a time nothing is verified; documents that are no flat object hold neither."""
        self.assertFalse(verified(form(SECOND), SECOND_KEYS, URL))
        timeless = {name: value for name, value in SECOND.items() if name != "timestamp"}
        right = digest("sha256", SECOND_KEYS["key"].encode(), canonical(octets(timeless))).decode()
        self.assertFalse(verified(form({**timeless, "sig": right}), SECOND_KEYS, URL))
        for body in (b"", b"[1]", b"{", b"\xff"):
            self.assertFalse(verified(HttpRequest("POST", b"/mo", JSON, body), SECOND_KEYS, URL))

    def test_repeated_parameter(self) -> None:
        """Where a parameter comes twice the first one is both signed and read."""
        good = form({**SECOND, "sig": SECOND_SHA256})
        self.assertTrue(verified(evolve(good, body=good.body + b"&text=other"), SECOND_KEYS, URL))
        self.assertFalse(verified(evolve(good, body=b"text=other&" + good.body), SECOND_KEYS, URL))
