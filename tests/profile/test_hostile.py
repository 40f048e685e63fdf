"""Whatever octets arrive, a reader gives messages or says that it cannot; nothing else."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mo
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.profile.profile import Profile
from cicsms.profile.values import NotReadable, Unverified
from tests.profile.builders import facts, mt, names, profile, registration, with_mo

TYPES = st.sampled_from(
    [b"", b"application/json", b"text/xml; charset=utf-16", b"application/x-www-form-urlencoded; charset=idna"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["results", "messages", "text", "to", "status"]), inner)
    ),
    max_leaves=12,
)


def read_everything(one: Profile, request: HttpRequest) -> None:
    """Put a request through every reader of a profile; any error but the promised ones comes out of here."""
    for read in (one.read_mo, one.read_receipts, one.read_mt):
        try:
            read(request)
        except NotReadable:
            continue
    for verify in (one.verify_mo, one.verify_receipt):
        try:
            verify(request, registration())
        except (NotReadable, Unverified):
            continue
    one.authentic(request, registration())
    one.read_answer(HttpReply(200, request.headers, request.body), mt(one))


class HostileTests(SynchronousTestCase):
    """Octets of any kind."""

    @settings(max_examples=80, deadline=None)
    @given(st.sampled_from(names()), st.binary(max_size=80), st.binary(max_size=40), TYPES)
    def test_octets(self, name: str, body: bytes, query: bytes, kind: bytes) -> None:
        """Random octets raise nothing but the promised errors."""
        for method in ("POST", "GET"):
            read_everything(profile(name), HttpRequest(method, b"/x?" + query, ((b"Content-Type", kind),), body))

    @settings(max_examples=80, deadline=None)
    @given(JSON)
    def test_json(self, value: object) -> None:
        """JSON of the wrong shape raises nothing but the promised errors."""
        body = json.dumps(value).encode()
        for name in ("infobip/v3", "infobip/v2", "twilio"):
            read_everything(profile(name), HttpRequest("POST", b"/x", (), body))

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(with_mo()), st.integers(0, 400), st.integers(0, 255))
    def test_one_octet_changed(self, name: str, place: int, octet: int) -> None:
        """A good MO with one octet changed raises nothing but the promised errors."""
        one = profile(name)
        good = one.write_mo(Mo("15551230002", "12345", "héllo", "1"), registration(), facts())
        body, target = bytearray(good.body), bytearray(good.target)
        for part in (body, target):
            if part:
                part[place % len(part)] = octet
        read_everything(one, HttpRequest(good.method, bytes(target), good.headers, bytes(body)))

    def test_xml_bombs(self) -> None:
        """Entities, document types and deep nesting are refused, quickly and without a fetch."""
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><ResponseService>&b;</ResponseService>'
        utf16 = (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "a">]><ResponseService>&a;</ResponseService>'.encode(
                "utf-16"
            )
        )
        external = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><ResponseService/>'
        for document in (bomb, utf16, external, b"<a>" * 100_000, b"\x00", b"<", b""):
            body = b"XMLDATA=" + document.replace(b"&", b"%26").replace(b"+", b"%2B")
            with self.assertRaises(NotReadable):
                profile("mblox_xml").read_mo(HttpRequest("POST", b"/x", (), body))

    def test_array_for_text(self) -> None:
        """An array where a text belongs is no text: what needs it cannot be read."""
        body = b'{"type":"mo_text","id":["1"],"from":"2","to":"3","body":["x"]}'
        self.assertRaises(NotReadable, profile("sinch").read_mo, HttpRequest("POST", b"/x", (), body))
        self.assertRaises(NotReadable, profile("sinch").read_mt, HttpRequest("POST", b"/x", (), b'{"to":["1"],"body":["x"]}'))

    def test_deep_json(self) -> None:
        """A hundred thousand brackets are no JSON document."""
        for body in (b"[" * 100_000, b'{"results":' * 50_000, b"NaN", b'{"results":[NaN]}'):
            with self.assertRaises(NotReadable):
                profile("infobip").read_mo(HttpRequest("POST", b"/x", (), body))

    def test_lone_surrogate(self) -> None:
        """A lone surrogate in JSON becomes U+FFFD; a pair stays the character it is."""
        body = b'{"results":[{"messageId":"1","from":"2","text":"\\ud83d|\\ud83d\\ude00"}]}'
        (mo,) = profile("infobip").read_mo(HttpRequest("POST", b"/x", (), body))
        self.assertEqual(mo.text, "\ufffd|\U0001f600")

    def test_bad_utf8(self) -> None:
        """Octets that are no UTF-8 become U+FFFD, in a form and in JSON."""
        (mo,) = profile("twilio").read_mo(HttpRequest("POST", b"/x", (), b"MessageSid=1&From=2&Body=%ff%fea"))
        self.assertEqual(mo.text, "\ufffd\ufffda")
        body = b'{"results":[{"messageId":"1","from":"2","text":"\xffa"}]}'
        self.assertEqual(profile("infobip").read_mo(HttpRequest("POST", b"/x", (), body))[0].text, "\ufffda")

    def test_crossed(self) -> None:
        """A receipt on the MO path, or an MO on the receipt path, is refused."""
        for name in with_mo():
            one = profile(name)
            with self.subTest(profile=name):
                mo = one.write_mo(Mo("15551230002", "12345", "x", "1"), registration(), facts())
                self.assertRaises(NotReadable, one.read_receipts, mo)
