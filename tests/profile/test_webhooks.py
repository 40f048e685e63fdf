"""What brokers push to us: fields, states, proofs and our answers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Alphabet, Mo, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpRequest, basic_credentials
from cicsms.profile.profile import Profile
from cicsms.profile.values import NotReadable, Registration, Unverified
from tests.profile.builders import facts, mt, names, profile, registration

HI = Mo("15551230002", "12345", "hi", "1")


def get(target: bytes) -> HttpRequest:
    """Return a GET."""
    return HttpRequest("GET", target)


class StateTests(SynchronousTestCase):
    """The broker's words and ours."""

    def state(self, name: str, target: bytes) -> tuple[State, bool]:
        """Return state and finality of the receipt in a query."""
        (receipt,) = profile(name).read_receipts(get(target))
        return receipt.state, receipt.final

    def test_twilio(self) -> None:
        """Twilio's code refines its status; an unknown word is unknown and not final."""
        rows = {
            b"queued": State.ACCEPTED,
            b"sent": State.SENT,
            b"delivered": State.DELIVERED,
            b"read": State.DELIVERED,
            b"undelivered&ErrorCode=30003": State.FAILED,
            b"undelivered&ErrorCode=30001": State.EXPIRED,
            b"undelivered&ErrorCode=30007": State.REJECTED,
            b"failed&ErrorCode=21610": State.REJECTED,
            b"failed&ErrorCode=30008": State.FAILED,
            b"canceled": State.REJECTED,
            b"teleported": State.UNKNOWN,
        }
        for status, state in rows.items():
            with self.subTest(status=status):
                self.assertEqual(self.state("twilio", b"/d?MessageSid=SM1&MessageStatus=" + status), (state, state.final))

    def test_kannel(self) -> None:
        """Kannel's value 2 is refined by the SMSC's own text."""
        rows = {
            b"1": State.DELIVERED,
            b"8&reply=ACK%2F": State.SENT,
            b"4": State.SENT,
            b"16": State.REJECTED,
            b"2&reply=id%3A1+stat%3AUNDELIV": State.FAILED,
            b"2&reply=id%3A1+stat%3AEXPIRED+err": State.EXPIRED,
            b"2&reply=id%3A1+stat%3AREJECTD+err": State.REJECTED,
            b"32": State.UNKNOWN,
        }
        for status, state in rows.items():
            with self.subTest(status=status):
                self.assertEqual(self.state("kannel", b"/d?ref=42&type=" + status), (state, state.final))

    def test_mblox_finality(self) -> None:
        """A lost notification leaves the state unknown and nothing will follow; case does not matter."""
        one = profile("mblox_xml")
        for word, state, final in (
            ("Lost Notification", State.UNKNOWN, True),
            ("DELIVERED", State.DELIVERED, True),
            ("Acked", State.SENT, False),
        ):
            request = one.write_receipt(Receipt(state, word, reference="12345678"), mt(one), registration(), facts())
            (read,) = one.read_receipts(request)
            self.assertEqual((read.state, read.final), (state, final))


class CallbackTests(SynchronousTestCase):
    """Receipt URLs that Kannel fills."""

    def test_our_template(self) -> None:
        """Our URL gets reference and signs, and is filled as smsbox fills it."""
        one = profile("kannel")
        request = one.write_mt(mt(one, callback="http://a.example/dlr?x=1"), registration())
        self.assertIn(b"dlr-url=http%3A%2F%2Fa.example%2Fdlr%3Fx%3D1%26ref%3D0123456789abcdef", request.target)
        (read,) = one.read_mt(request)
        self.assertEqual(read.callback, "http://a.example/dlr?x=1")
        pushed = one.write_receipt(Receipt(State.SENT, "8", said="ACK/"), read, registration(), facts())
        self.assertTrue(pushed.target.startswith(b"/dlr?x=1&ref=0123456789abcdef0123456789abcdef&type=8&reply=ACK%2F&"))

    def test_foreign_template(self) -> None:
        """A template of somebody else's making is filled where it has signs (observed: type=8&reply=ACK%2F)."""
        one = profile("kannel")
        foreign = mt(one, callback="http://127.0.0.1:8000/dlr?ref=42&type=%d&reply=%A")
        (read,) = one.read_mt(one.write_mt(foreign, registration()))
        self.assertEqual(read.callback, foreign.callback)
        pushed = one.write_receipt(Receipt(State.SENT, "8", said="ACK/"), read, registration(), facts())
        self.assertEqual(
            (pushed.method, pushed.target, pushed.authority), ("GET", b"/dlr?ref=42&type=8&reply=ACK%2F", "127.0.0.1:8000")
        )

    def test_option_wins(self) -> None:
        """ExternalDeliveryStatusURI goes on the wire in place of our own URL."""
        one = profile("twilio")
        request = one.write_mt(mt(one), registration(options={"ExternalDeliveryStatusURI": "https://ext.example/d"}))
        self.assertIn(b"StatusCallback=https%3A%2F%2Fext.example%2Fd&", request.body + b"&")


class KannelTextTests(SynchronousTestCase):
    """Kannel's charsets."""

    def test_mo_charsets(self) -> None:
        """The text is read in the charset that comes with it; UCS-2 without one is UTF-16BE."""
        rows = (
            (b"text=%CE%A9&charset=UTF-8&coding=0", "Ω"),
            (b"text=%03%A9%20%20&charset=UTF-16BE&coding=2", "Ω\u2020"),
            (b"text=%03%A9&coding=2", "Ω"),
            (b"charset=windows-1252&coding=2&text=%80", "€"),
            (b"charset=hex&text=a%FF", "a\ufffd"),
            (b"text=%03%A9%04&charset=UTF-16BE&coding=2", "Ω\ufffd"),
        )
        for query, text in rows:
            with self.subTest(query=query):
                self.assertEqual(profile("kannel").read_mo(get(b"/mo?from=1&" + query))[0].text, text)

    def test_binary(self) -> None:
        """8-bit data is kept as hex, both ways."""
        (mo,) = profile("kannel").read_mo(get(b"/mo?from=1&text=%00%FF&coding=1"))
        self.assertEqual((mo.text, mo.alphabet), ("00ff", Alphabet.BINARY))
        request = profile("kannel").write_mt(mt(profile("kannel"), "00ff", alphabet=Alphabet.BINARY), registration())
        self.assertIn(b"&text=%00%FF&coding=1&", request.target)

    def test_utf16_option(self) -> None:
        """By option a UCS-2 text travels as UTF-16BE, which is smsbox' default for it; a GSM-7 text never does."""
        account = registration(options={"UnicodeCharset": "UTF-16BE"})
        one = profile("kannel")
        self.assertIn(b"&text=%03%A9&coding=2&", one.write_mt(mt(one, "Ω"), account).target)
        self.assertIn(b"&text=hello&", one.write_mt(mt(one), account).target)
        self.assertEqual(one.read_mt(one.write_mt(mt(one, "Ω"), account))[0].text, "Ω")


class ProofTests(SynchronousTestCase):
    """Who the caller is."""

    def refusal(self, one: Profile, request: HttpRequest, account: Registration) -> Unverified:
        """Return the refusal of an MO."""
        with self.assertRaises(Unverified) as caught:
            one.verify_mo(request, account)
        refused: Unverified = caught.exception
        return refused

    def test_no_key(self) -> None:
        """Without a token Twilio's webhooks are refused, not believed; the profile says that the key is missing."""
        one, bare = profile("twilio"), registration(password="")
        self.assertEqual(self.refusal(one, one.write_mo(HI, bare, facts()), bare).status, 403)
        self.assertTrue(one.unkeyed(bare))
        self.assertFalse(one.unkeyed(registration(password="", options={"AuthToken": "x"})))

    def test_token_option(self) -> None:
        """With an API key as login, the auth token comes from the option."""
        one, account = profile("twilio"), registration(options={"AuthToken": "t0ken"})
        request = one.write_mo(HI, account, facts())
        one.verify_mo(request, account)
        self.refusal(one, request, registration())

    def test_get(self) -> None:
        """Twilio's GET is signed over the URL alone, and reads as the POST does."""
        one = profile("twilio")
        request = one.write_mo(HI, registration(mo_url="https://sms.example.com/in?profile=1"), facts(), "GET")
        self.assertTrue(request.target.startswith(b"/in?profile=1&"))
        one.verify_mo(request, registration(mo_url="https://sms.example.com/in?profile=1"))
        self.assertEqual(one.read_mo(request)[0].text, "hi")

    def test_basic(self) -> None:
        """Basic is challenged, then checked; wrong forms of it are refused with the same answer."""
        one, account = profile("infobip"), registration(options={"WebhookLogin": "u", "WebhookPassword": "pä"})
        request = one.write_mo(HI, account, facts())
        one.verify_mo(request, account)
        bare = one.write_mo(HI, registration(), facts())
        refusal = self.refusal(one, bare, account)
        self.assertEqual((refusal.status, refusal.headers[0][0]), (401, b"WWW-Authenticate"))
        for value in (basic_credentials("u", "x"), b"Basic dQ==", b"Basic ???", b"Bearer x", b""):
            self.refusal(one, HttpRequest("POST", b"/in", ((b"Authorization", value),), bare.body), account)

    def test_peers(self) -> None:
        """Only the listed networks may call; an IPv4 address in IPv6 clothes is that address."""
        one, account = profile("kannel"), registration(options={"Peers": "192.0.2.0/24, 2001:db8::1"})
        for peer in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"):
            one.verify_mo(HttpRequest("GET", b"/mo", peer=peer), account)
        for peer in ("192.0.3.7", "2001:db8::2", ""):
            self.refusal(one, HttpRequest("GET", b"/mo", peer=peer), account)

    def test_secret_field(self) -> None:
        """A secret in the URL is compared, and our own receipt template carries it."""
        one, account = profile("kannel"), registration(options={"WebhookSecret": "k&y"})
        one.verify_mo(get(b"/mo?key=k%26y"), account)
        self.refusal(one, get(b"/mo?key=other"), account)
        self.refusal(one, get(b"/mo"), account)
        (read,) = one.read_mt(one.write_mt(mt(one), account))
        one.verify_receipt(one.write_receipt(Receipt(State.SENT, ""), read, account, facts()), account)

    def test_password_in_xml(self) -> None:
        """MBlox proves itself by the password in the document; no document proves nothing."""
        one = profile("mblox_xml")
        request = one.write_mo(HI, registration(), facts())
        one.verify_mo(request, registration())
        self.refusal(one, request, registration(password="other"))
        self.refusal(one, HttpRequest("POST", b"/in", (), b"XMLDATA=x"), registration())

    def test_blank_login(self) -> None:
        """Blank login and password give no authentication field at all."""
        bare = registration(account="AC1", login="", password="")
        for name in ("infobip", "kannel"):
            request = profile(name).write_mt(mt(profile(name)), bare)
            self.assertIsNone(request.header(b"authorization"))
            self.assertNotIn(b"password", request.target)


class AnswerTests(SynchronousTestCase):
    """What we answer."""

    def test_answers(self) -> None:
        """Every profile that is called has its own 2xx for what was taken, 4xx for nonsense, and 503 with Retry-After if busy."""
        for name in names():
            one = profile(name)
            for methods, answer in ((one.mo_methods, one.mo_answer), (one.receipt_methods, one.receipt_answer)):
                if not methods:
                    continue
                self.assertEqual(answer("taken").status // 100, 2)
                self.assertEqual(answer("refused").status // 100, 4)
                self.assertEqual((answer("busy").status, answer("busy").header(b"retry-after")), (503, b"5"))

    def test_twiml(self) -> None:
        """Twilio gets an empty TwiML document."""
        reply = profile("twilio").mo_answer("taken")
        self.assertEqual((reply.header(b"content-type"), reply.body), (b"text/xml", b"<Response/>"))

    def test_missing_fields(self) -> None:
        """An MO without its text or sender is not read; an empty text is a message."""
        one = profile("twilio")
        for body in (b"MessageSid=1&From=2", b"MessageSid=1&Body=x", b"From=2&Body=x", b"MessageSid=1&From=&Body=x"):
            self.assertRaises(NotReadable, one.read_mo, HttpRequest("POST", b"/", (), body))
        (mo,) = one.read_mo(HttpRequest("POST", b"/", (), b"MessageSid=1&From=2&Body="))
        self.assertEqual(mo.text, "")

    def test_form_charset(self) -> None:
        """A form that says it is ISO-8859-1 is read as such; one without a type is read all the same."""
        body = b"MessageSid=1&From=2&Body=%FC+x"
        typed = ((b"Content-Type", b"application/x-www-form-urlencoded; charset=ISO-8859-1"),)
        self.assertEqual(profile("twilio").read_mo(HttpRequest("POST", b"/", typed, body))[0].text, "ü x")
        self.assertEqual(profile("twilio").read_mo(HttpRequest("POST", b"/", (), body))[0].text, "\ufffd x")
