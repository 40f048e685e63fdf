"""Signatures over URL and nonce, against vectors of Plivo's own SDK."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.profile.signed_urls import signature, signed_text, signing, verified

TOKEN = "my_auth_token"
URL = "https://sms.example.com/mo"
FORM = urlencode(
    {
        "From": "15551230002",
        "To": "15551230001",
        "Text": "Hello & bye",
        "Type": "sms",
        "MessageUUID": "db3ce55a-7f1d-11e1-8ea7-1231380bc196",
    }
).encode()
PROFILE_1 = URL + "?profile=pl1"
SORTED = URL + "?b=2&a=1"
VECTORS = (
    ("V2", "POST", b"", "https://answer.url", b"12345", b"ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="),
    ("V2", "POST", FORM, PROFILE_1, b"05429567804466091622", b"4dDORu7n8BRo2otsmP7PLB+e6OhsyGW7zTTbl78+IE0="),
    ("V3", "POST", FORM, URL, b"12345", b"hvE/cPXFE8QQwY76yMi+eKJym94Zx91HEY78p4ZVgLI="),
    ("V3", "POST", FORM, SORTED, b"12345", b"YNmt3ze3XV2hlE5jUn8DczmRgV8SX1y1u8M6WPokfQo="),
    ("V3", "POST", b"", URL, b"12345", b"1Kp0vNJf/unZXBR2HCpeZQdiy9NtasaPXz4vxHCpI7c="),
    ("V3", "GET", b"", f"{URL}?{FORM.decode()}", b"12345", b"xfkkopI8FMLC6yAqq2oA3cfv2BXW3HNUzgmMOyc1bMU="),
)


def called(method: str, url: str, body: bytes) -> HttpRequest:
    """Return the request that calls a URL."""
    return HttpRequest(method, url.removeprefix("https://sms.example.com").encode(), (), body)


class VectorTests(SynchronousTestCase):
    """What the vendor computes."""

    def test_vectors(self) -> None:
        """Each version signs what the vendor's SDK signs, by POST and by GET, with and without parameters."""
        for version, method, body, url, nonce, wanted in VECTORS:
            self.assertEqual(signature(version, TOKEN, nonce, called(method, url, body), url), wanted, (version, url))

    def test_signed_text(self) -> None:
        """Form fields stand sorted and without separators, decoded."""
        wanted = b"From15551230002MessageUUIDdb3ce55a-7f1d-11e1-8ea7-1231380bc196TextHello & byeTo15551230001Typesms."
        self.assertEqual(signed_text("V3", called("POST", URL, FORM), URL), URL.encode() + b"?" + wanted)


class VerificationTests(SynchronousTestCase):
    """What is accepted and what is not."""

    def signed(self, **keys: str) -> HttpRequest:
        """Return a callback with the lines that these keys make."""
        request = called("POST", URL, FORM)
        return evolve(request, headers=signing(request, {"key": TOKEN, "nonce": "12345", **keys}, URL))

    def test_both_versions(self) -> None:
        """What is signed by either version is verified."""
        for version in ("V2", "V3"):
            self.assertTrue(verified(self.signed(digest=version), {"key": TOKEN}, URL), version)

    def test_one_change(self) -> None:
        """Another URL, nonce, token or signature is refused; version 3 notices another body, too."""
        for version in ("V2", "V3"):
            good = self.signed(digest=version)
            self.assertFalse(verified(good, {"key": "other"}, URL))
            self.assertFalse(verified(good, {"key": TOKEN}, URL + "x"))
            self.assertFalse(verified(evolve(good, headers=(*good.headers[:2], (good.headers[2][0], b"1"))), {"key": TOKEN}, URL))
        self.assertFalse(verified(evolve(good, body=FORM + b"&a=b"), {"key": TOKEN}, URL))

    def test_newest_version_counts(self) -> None:
        """A wrong signature of version 3 is not made good by a right one of version 2."""
        old, new = self.signed(), self.signed(digest="V3")
        both = evolve(old, headers=(*old.headers, *new.headers))
        self.assertTrue(verified(both, {"key": TOKEN}, URL))
        self.assertFalse(verified(evolve(both, body=FORM + b"&a=b"), {"key": TOKEN}, URL))

    def test_lists(self) -> None:
        """A header may list several signatures; one that fits is enough."""
        good = self.signed()
        listed = tuple((name, value if b"Nonce" in name else b"AAAA, " + value) for name, value in good.headers)
        self.assertTrue(verified(evolve(good, headers=listed), {"key": TOKEN}, URL))

    def test_main_account(self) -> None:
        """The main account's token verifies what was sent for a subaccount."""
        good = self.signed(key="sub", shared="main")
        self.assertTrue(verified(good, {"key": "unknown", "shared": "main"}, URL))
        self.assertTrue(verified(good, {"key": "sub"}, URL))
        self.assertFalse(verified(good, {"key": "unknown", "shared": "other"}, URL))

    def test_missing(self) -> None:
        """Without nonce or signature nothing is verified."""
        good = self.signed()
        self.assertFalse(verified(evolve(good, headers=good.headers[:2]), {"key": TOKEN}, URL))
        self.assertFalse(verified(evolve(good, headers=good.headers[2:]), {"key": TOKEN}, URL))
