"""Signatures over time, nonce and body against the vendors' own vectors, and signed requests of whole profiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mo, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpRequest
from cicsms.profile.signatures import SCHEMES
from cicsms.profile.values import Unverified
from tests.profile.builders import NOW, facts, mt, profile, registration

PUBLIC = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
PRIVATE = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TELNYX = {
    "key": PUBLIC,
    "private": PRIVATE,
    "header": "telnyx-signature-ed25519",
    "time-header": "telnyx-timestamp",
    "of": "{timestamp}|{body}",
    "window": "300",
    "now": "1704164645.000000",
}
TELNYX_BODY = b'{"data":{}}'
TELNYX_SIGNATURE = b"DsLcP1rbazlArlqyQnAyqSb5ua23FwQajws+iZhqzAzLfrRsarSICgbx+eA6sEd8tYGny+LoNsXAkrj49btmBw=="
SINCH = {
    "key": "KayakingTheSwell",
    "header": "x-sinch-webhook-signature",
    "nonce-header": "x-sinch-webhook-signature-nonce",
    "time-header": "x-sinch-webhook-signature-timestamp",
    "of": "{body}.{nonce}.{timestamp}",
    "nonce": "01FJA8B4A7BM43YGWSG9GBV067",
    "now": "1634579353.000000",
}
SINCH_BODY = (
    b'{"type":"mo_text","id":"01FC66621XXXXX119Z8PMV1QPA","from":"15551230002","to":"15551230001","body":"Hello",'
    b'"operator_id":"310260","received_at":"2024-01-02T03:04:05.000Z"}'
)
SINCH_SIGNATURE = b"GDt+1qJ07D15ixm2zaKqp+iVevLRmgsfjg6kYLWMUiE="
URL = "https://sms.example.com/mo"


def post(body: bytes, *headers: tuple[bytes, bytes]) -> HttpRequest:
    """Return a webhook with these header lines."""
    return HttpRequest("POST", b"/mo", headers, body)


class Ed25519Tests(SynchronousTestCase):
    """Telnyx: the vector was computed with PyNaCl and accepted by the validator of the vendor's SDK 4.189.0."""

    scheme = SCHEMES["ed25519"]

    def test_vector(self) -> None:
        """The vector is signed and verified."""
        lines = self.scheme.sign(post(TELNYX_BODY), TELNYX, URL)
        self.assertEqual(lines, ((b"telnyx-signature-ed25519", TELNYX_SIGNATURE), (b"telnyx-timestamp", b"1704164645")))
        self.assertTrue(self.scheme.verify(post(TELNYX_BODY, *lines), TELNYX, URL))

    def test_one_change(self) -> None:
        """Another body, time, signature or key is refused."""
        signature, stamp = self.scheme.sign(post(TELNYX_BODY), TELNYX, URL)
        self.assertFalse(self.scheme.verify(post(b'{"data":{ }}', signature, stamp), TELNYX, URL))
        self.assertFalse(self.scheme.verify(post(TELNYX_BODY, signature, (stamp[0], b"1704164646")), TELNYX, URL))
        self.assertFalse(self.scheme.verify(post(TELNYX_BODY, (signature[0], b"E" + TELNYX_SIGNATURE[1:]), stamp), TELNYX, URL))
        self.assertFalse(self.scheme.verify(post(TELNYX_BODY, signature, stamp), TELNYX | {"key": PRIVATE}, URL))

    def test_missing(self) -> None:
        """A missing or repeated header, and one that is nonsense, are refused."""
        signature, stamp = self.scheme.sign(post(TELNYX_BODY), TELNYX, URL)
        nonsense = ((signature[0], b"\xff%"), (stamp[0], b"soon"), (stamp[0], b"-1"), (stamp[0], "٣".encode()))
        for lines in ((), (signature,), (stamp,), (signature, signature, stamp), (nonsense[0], stamp)):
            self.assertFalse(self.scheme.verify(post(TELNYX_BODY, *lines), TELNYX, URL))
        for line in nonsense[1:]:
            self.assertFalse(self.scheme.verify(post(TELNYX_BODY, signature, line), TELNYX, URL))
        for key in ("", "x", "AAAA"):
            self.assertFalse(self.scheme.verify(post(TELNYX_BODY, signature, stamp), TELNYX | {"key": key}, URL))

    def test_window(self) -> None:
        """Five minutes after it was signed a request is good, a second later it is not; without a clock its age is open."""
        signed = post(TELNYX_BODY, *self.scheme.sign(post(TELNYX_BODY), TELNYX, URL))
        for now, verdict in (("1704164945", True), ("1704164946", False), ("1704164345", True), ("1704164344", False)):
            self.assertEqual(self.scheme.verify(signed, TELNYX | {"now": now}, URL), verdict)
        timeless = {name: value for name, value in TELNYX.items() if name != "now"}
        self.assertTrue(self.scheme.verify(signed, timeless, URL))

    def test_no_private_key(self) -> None:
        """Who has the public key alone can't sign."""
        self.assertEqual(self.scheme.sign(post(b""), {"key": PUBLIC, "header": "x"}, URL), ())


class HmacTests(SynchronousTestCase):
    """Sinch: the vector was accepted by the validator of the vendor's SDK 2.3.0."""

    scheme = SCHEMES["body-hmac"]

    def test_vector(self) -> None:
        """The vector is signed and verified."""
        lines = self.scheme.sign(post(SINCH_BODY), SINCH, URL)
        self.assertEqual(lines[0], (b"x-sinch-webhook-signature", SINCH_SIGNATURE))
        self.assertTrue(self.scheme.verify(post(SINCH_BODY, *lines), SINCH, URL))

    def test_one_change(self) -> None:
        """A blank more, another nonce, another time and another secret are refused."""
        signature, nonce, stamp = self.scheme.sign(post(SINCH_BODY), SINCH, URL)
        self.assertFalse(self.scheme.verify(post(SINCH_BODY + b" ", signature, nonce, stamp), SINCH, URL))
        self.assertFalse(self.scheme.verify(post(SINCH_BODY, signature, (nonce[0], b"0"), stamp), SINCH, URL))
        self.assertFalse(self.scheme.verify(post(SINCH_BODY, signature, nonce, (stamp[0], b"1634579354")), SINCH, URL))
        self.assertFalse(self.scheme.verify(post(SINCH_BODY, signature, nonce, stamp), SINCH | {"key": "x"}, URL))

    def test_other_parts(self) -> None:
        """URL and method may be signed as well."""
        keys = {"key": "k", "header": "s", "of": "{method} {url} {body}"}
        signed = post(b"x", *self.scheme.sign(post(b"x"), keys, URL))
        self.assertTrue(self.scheme.verify(signed, keys, URL))
        self.assertFalse(self.scheme.verify(signed, keys, URL + "?"))
        self.assertFalse(self.scheme.verify(evolve(signed, method="PUT"), keys, URL))


class ProfileTests(SynchronousTestCase):
    """Profiles whose webhooks are signed at a moment."""

    options = (
        ("telnyx", {"PublicKey": PUBLIC, "PrivateKey": PRIVATE}, b"telnyx-signature-ed25519"),
        ("messagebird", {"SigningKey": "0123456789abcdef"}, b"messagebird-signature-jwt"),
        ("sinch", {"WebhookSecret": "KayakingTheSwell"}, b"x-sinch-webhook-signature"),
    )

    def test_signed(self) -> None:
        """MOs and receipts are signed where there is a key, and refused without their signature."""
        for name, options, header in self.options:
            one, account = profile(name), registration(options=options)
            mo = one.write_mo(Mo("15551230002", "12345", "grüße", "1"), account, facts())
            receipt = one.write_receipt(Receipt(State.DELIVERED, "", "1"), mt(one), account, facts())
            for request, verify in ((mo, one.verify_mo), (receipt, one.verify_receipt)):
                with self.subTest(profile=name):
                    verify(request, account, NOW)
                    bare = tuple(line for line in request.headers if line[0].lower() != header)
                    self.assertNotEqual(bare, request.headers)
                    self.assertRaises(Unverified, verify, evolve(request, headers=bare), account, NOW)

    def test_replayed(self) -> None:
        """An hour later what was signed for a time is refused."""
        for name, options, _ in self.options[:2]:
            one, account = profile(name), registration(options=options)
            mo = one.write_mo(Mo("15551230002", "12345", "x", "1"), account, facts())
            self.assertRaises(Unverified, one.verify_mo, mo, account, NOW + timedelta(hours=1))
            self.assertRaises(Unverified, one.verify_mo, mo, account, datetime(1990, 1, 1, tzinfo=UTC))
