"""The signature schemes against the vendors' own vectors."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import Headers, HttpRequest
from cicsms.profile.signatures import SCHEMES, called_url, mac_signed, with_and_without_port

TWILIO = SCHEMES["twilio"]
SAMPLE = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
SET_A = [
    ("AccountSid", "AC" + "0" * 32),
    ("ApiVersion", "2010-04-01"),
    ("Body", "Hello ü world & more"),
    ("From", "+15551230002"),
    ("MessageSid", "SM00000000000000000000000000000001"),
    ("SmsMessageSid", "SM00000000000000000000000000000001"),
    ("SmsSid", "SM00000000000000000000000000000001"),
    ("NumMedia", "0"),
    ("NumSegments", "1"),
    ("SmsStatus", "received"),
    ("To", "+15551230001"),
]
SET_B = [
    ("AccountSid", "AC" + "0" * 32),
    ("ApiVersion", "2010-04-01"),
    ("From", "+15551230001"),
    ("To", "+15551230002"),
    ("MessageSid", "SM00000000000000000000000000000001"),
    ("SmsSid", "SM00000000000000000000000000000001"),
    ("MessageStatus", "delivered"),
    ("SmsStatus", "delivered"),
]
VECTORS: tuple[tuple[str, list[tuple[str, str]], str], ...] = (
    ("https://mycompany.com/myapp.php?foo=1&bar=2", SAMPLE, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("https://sms.example.com/mo?profile=tw1", SET_A, "OX/iXBfa/Zg1sLvimDMnvOKMtF8="),
    ("https://sms.example.com:8443/mo?profile=tw1", SET_A, "8MIPTvMsuXpoaUfm14oE/XECae8="),
    ("http://127.0.0.1:8080/dlr", SET_B, "0lTN4hkIQD/y6nzbm0PeWDrqY9o="),
    ("https://sms.example.com/mo?From=%2B15551230002&Body=Hi", [], "nKGcbLhQ6erBLrWDFWNB+Xg3ma4="),
)


def post(url: str, fields: list[tuple[str, str]], *headers: tuple[bytes, bytes], body: bytes | None = None) -> HttpRequest:
    """Return the request that calls ``url``; by GET where there are no fields."""
    target = "/" + url.split("/", 3)[3]
    lines: Headers = ((b"Content-Type", b"application/x-www-form-urlencoded"), *headers)
    sent = urlencode(fields).encode() if body is None else body
    return HttpRequest("POST" if sent else "GET", target.encode(), lines, sent)


def signed(value: str) -> tuple[bytes, bytes]:
    """Return the signature's header line."""
    return b"X-Twilio-Signature", value.encode()


class TwilioTests(SynchronousTestCase):
    """X-Twilio-Signature; vectors of the vendor's documentation and of its Python SDK 9.13.0, token 12345."""

    keys = {"key": "12345"}

    def test_vectors(self) -> None:
        """Every vector is signed and verified."""
        for url, fields, signature in VECTORS:
            with self.subTest(url=url):
                self.assertEqual(TWILIO.sign(post(url, fields), self.keys, url), (signed(signature),))
                self.assertTrue(TWILIO.verify(post(url, fields, signed(signature)), self.keys, url))

    def test_one_change(self) -> None:
        """One character changed in URL, field, signature or token is refused."""
        url, fields, signature = VECTORS[1]
        good = post(url, fields, signed(signature))
        self.assertFalse(TWILIO.verify(good, self.keys, url + "x"))
        self.assertFalse(TWILIO.verify(good, {"key": "12346"}, url))
        self.assertFalse(TWILIO.verify(post(url, fields, signed("P" + signature[1:])), self.keys, url))
        self.assertFalse(TWILIO.verify(post(url, [*fields[:-1], ("To", "+15551230009")], signed(signature)), self.keys, url))

    def test_missing(self) -> None:
        """No signature, an empty one and two of them are refused."""
        url, fields, signature = VECTORS[1]
        for headers in ((), (signed(""),), (signed(signature), signed(signature))):
            self.assertFalse(TWILIO.verify(post(url, fields, *headers), self.keys, url))

    def test_default_port(self) -> None:
        """The URL with and without its default port is the same URL."""
        url, fields, signature = VECTORS[1]
        self.assertTrue(TWILIO.verify(post(url, fields, signed(signature)), self.keys, url.replace(".com", ".com:443")))
        self.assertEqual(list(with_and_without_port("https://a:8443/x")), ["https://a:8443/x"])
        self.assertEqual(list(with_and_without_port("http://a/x")), ["http://a/x", "http://a:80/x"])

    def test_sha256(self) -> None:
        """The newer settings header asks for HMAC-SHA256 with the shared key."""
        url, fields, _ = VECTORS[1]
        settings = (b"X-Twilio-Webhooks-Signature-Settings", b"key=abc, algorithm=HMAC_SHA256")
        good = post(url, fields, signed("AuajC8yabn6j6aC2LeBgFgQ8HvOLtqHUGXCY78IfULU="), settings)
        self.assertTrue(TWILIO.verify(good, {"key": "x", "shared": "12345"}, url))
        self.assertFalse(TWILIO.verify(good, {"key": "12345"}, url))
        other = (settings[0], b"algorithm=MD5")
        self.assertFalse(TWILIO.verify(post(url, fields, good.headers[1], other), {"key": "12345", "shared": "12345"}, url))

    def test_json_body(self) -> None:
        """A JSON body is bound by its hash in the query (hash vector of the vendor's SDK tests)."""
        body = b'{"property": "value", "boolean": true}'
        digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        for hashed, verdict in ((digest, True), ("0" * 64, False)):
            url = f"https://sms.example.com/mo?bodySHA256={hashed}"
            request = post(url, [], body=body)
            request = HttpRequest("POST", request.target, ((b"Content-Type", b"application/json"),), body)
            ((name, value),) = TWILIO.sign(request, self.keys, url)
            again = HttpRequest("POST", request.target, (*request.headers, (name, value)), body)
            self.assertEqual(TWILIO.verify(again, self.keys, url), verdict)

    def test_repeated_field(self) -> None:
        """A field repeated with one value counts once, with two values both count, sorted (as the SDK does)."""
        url = "https://sms.example.com/mo"
        once, twice = post(url, [("a", "1")]), post(url, [("a", "1"), ("a", "1")])
        self.assertEqual(TWILIO.sign(once, self.keys, url), TWILIO.sign(twice, self.keys, url))

    def test_called_url(self) -> None:
        """The public URL is taken without its fragment, with the query as it came."""
        request = HttpRequest("GET", b"/mo?b=%2b&a", (), b"")
        self.assertEqual(called_url("https://sms.example.com/mo#rc=2", request), "https://sms.example.com/mo?b=%2b&a")


class BodyHmacTests(SynchronousTestCase):
    """An HMAC of the raw body in a header; the vectors are of RFC 4231, case 2, and of GitHub's webhook guide."""

    def test_vectors(self) -> None:
        """Digests in hex and with a prefix are those published."""
        jefe = {"key": "Jefe", "header": "X-Mac", "encoding": "hex"}
        octets = HttpRequest("POST", b"/", (), b"what do ya want for nothing?")
        wanted = b"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        self.assertEqual(SCHEMES["body-hmac"].sign(octets, jefe, ""), ((b"X-Mac", wanted),))
        hello = HttpRequest("POST", b"/", (), b"Hello, World!")
        github = {"key": "It's a Secret to Everybody", "header": "X-Hub-Signature-256", "encoding": "hex", "prefix": "sha256="}
        signed = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        self.assertEqual(SCHEMES["body-hmac"].sign(hello, github, ""), ((b"X-Hub-Signature-256", signed),))

    def test_refuses(self) -> None:
        """Another body, another key, no line or two lines are refused."""
        keys = {"key": "k", "header": "X-Signature", "algorithm": "sha1"}
        scheme, request = SCHEMES["body-hmac"], HttpRequest("POST", b"/", (), b"{}")
        line = scheme.sign(request, keys, "")
        self.assertTrue(scheme.verify(evolve(request, headers=line), keys, ""))
        for changed in ({"headers": ()}, {"headers": line + line}, {"headers": line, "body": b"{ }"}):
            self.assertFalse(scheme.verify(evolve(request, **changed), keys, ""))
        self.assertFalse(scheme.verify(evolve(request, headers=line), keys | {"key": "l"}, ""))


class MacTests(SynchronousTestCase):
    """The MAC scheme of SMSGlobal; the strings are those its SDKs build."""

    def test_signed_string(self) -> None:
        """Time, nonce, method, path with query, host, port and an empty line make the string."""
        request = HttpRequest("GET", b"/v2/sms-incoming?offset=1&limit=100", (), b"", "https", "api.smsglobal.com")
        wanted = b"1325376000\n0123456789abcdef\nGET\n/v2/sms-incoming?offset=1&limit=100\napi.smsglobal.com\n443\n\n"
        self.assertEqual(mac_signed("1325376000", "0123456789abcdef", request), wanted)

    def test_verifies_what_it_signs(self) -> None:
        """A signed request is known by its keys; a changed path, host, time or key is not, and no nonce comes twice."""
        keys = {"key": "s", "id": "i", "now": "1325376000.000001"}
        scheme, request = SCHEMES["mac"], HttpRequest("POST", b"/v2/sms", (), b"", "https", "api.example:8443")
        good = evolve(request, headers=scheme.sign(request, keys, ""))
        self.assertTrue(scheme.verify(good, keys, ""))
        self.assertNotEqual(good.headers, scheme.sign(request, keys | {"now": "1325376000.000002"}, ""))
        for changed in (
            {"target": b"/v2/x"},
            {"authority": "api.example"},
            {"authority": "a:b"},
            {"headers": ()},
            {"method": "GET"},
        ):
            self.assertFalse(scheme.verify(evolve(good, **changed), keys, ""))
        for other in ({"key": "t"}, {"id": "j"}):
            self.assertFalse(scheme.verify(good, keys | other, ""))
