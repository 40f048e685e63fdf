"""Places of the language that no single broker teaches: namespaces, multipart, expressions, what is ignored, odd requests."""

from __future__ import annotations

from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Answer, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest, first_header
from cicsms.profile.values import NotReadable, Unverified
from tests.profile.builders import NOW, TEXTS, facts, registration
from tests.profile.language import FORM, answered, compiled, found, mo, mt, receipt

HANDSET = "15551230002"
SOAP = """<xml root="s:Envelope" namespaces="s=urn:soap =urn:own x=urn:x">
  <at path="s:Body/send/@x:to" field="recipient"/><at path="s:Body/send/text" field="text"/></xml>"""


class NamespaceTests(SynchronousTestCase):
    """XML in namespaces."""

    def test_written(self) -> None:
        """Root and paths carry their prefixes, and the root declares them."""
        request = compiled(mt(SOAP)).write_mt(Mt("", (HANDSET,), "hi"), registration())
        wanted = (
            b'<s:Envelope xmlns:s="urn:soap" xmlns="urn:own" xmlns:x="urn:x"><s:Body><send x:to="15551230002"><text>hi</text>'
        )
        self.assertTrue(request.body.startswith(wanted), request.body)

    def test_other_prefixes(self) -> None:
        """Reading goes by the namespaces, whatever prefixes the sender chose."""
        send = b'<a:send xmlns:a="urn:own" xmlns:b="urn:x" b:to="1"><a:text>hi</a:text></a:send>'
        body = b'<Envelope xmlns="urn:soap"><Body>' + send + b"</Body></Envelope>"
        (read,) = compiled(mt(SOAP)).read_mt(HttpRequest("POST", b"/send", (), body))
        self.assertEqual((read.recipient, read.text), ("1", "hi"))

    @given(TEXTS)
    def test_read_back(self, text: str) -> None:
        """Any text comes back."""
        one = compiled(mt(SOAP))
        (read,) = one.read_mt(one.write_mt(Mt("", (HANDSET,), text), registration()))
        self.assertEqual((read.recipient, read.text), (HANDSET, text))

    def test_tests(self) -> None:
        """A rule's test takes a prefix for any namespace."""
        rules = '<accepted><if xml="x:code" is="0"/></accepted><refused status="2xx"/>'
        self.assertIs(answered(rules, b'<r xmlns="urn:any"><code>0</code></r>').outcome, Outcome.ACCEPTED)
        self.assertIs(answered(rules, b'<r xmlns="urn:any"><code>1</code></r>').outcome, Outcome.REFUSED)

    def test_undeclared(self) -> None:
        """A prefix without a namespace is found."""
        self.assertIn("unknown-prefix", found(mt(SOAP.replace("x=urn:x", ""))))
        self.assertEqual(found(mt(SOAP)), [])


class MultipartTests(SynchronousTestCase):
    """Forms as multipart/form-data."""

    @given(TEXTS)
    def test_read_back(self, text: str) -> None:
        """Any text comes back as it was."""
        one = compiled(mt(FORM.replace("<form>", '<form type="multipart/form-data">')))
        request = one.write_mt(Mt("", (HANDSET,), text), registration())
        (read,) = one.read_mt(request)
        self.assertEqual((read.recipient, read.text), (HANDSET, text))
        self.assertIn(b"multipart/form-data; boundary=", first_header(request.headers, b"content-type") or b"")


class ExpressionTests(SynchronousTestCase):
    """What an expression finds in a longer text."""

    RULES = r"""<accepted status="200"><if starts="Success"/>
      <plain field="broker-id" match='^Success "([^"]+)"' says='Success "{broker-id}"' need="yes"/></accepted>
      <refused status="200"><plain field="code" match="^ERR ([0-9]+)" says="ERR {code}"/></refused>"""

    def test_read(self) -> None:
        """The group is the value; without it the rule is not the one."""
        for body, outcome, broker_id, code in (
            (b'Success "ab-1" queued', Outcome.ACCEPTED, "ab-1", ""),
            (b"Success", Outcome.REFUSED, "", ""),
            (b"ERR 17: no", Outcome.REFUSED, "", "17"),
        ):
            with self.subTest(body=body):
                answer = answered(self.RULES, body)
                self.assertEqual((answer.outcome, answer.broker_id, answer.code), (outcome, broker_id, code))

    def test_written(self) -> None:
        """What is written is the literal with the value in its hole."""
        one = compiled(mt(answer=self.RULES))
        message = Mt("", (HANDSET,), "hi")
        reply = one.write_answer([Answer(Outcome.ACCEPTED, "ab-1")], message, registration(), facts())
        self.assertEqual(reply.body, b'Success "ab-1"')
        self.assertEqual(one.read_answer(reply, message)[0].broker_id, "ab-1")

    def test_rules(self) -> None:
        """An expression without a literal, with another one, without a group or ill-formed is found."""
        rows = (
            ('match="id ([0-9]+)"', "one-way"),
            ('match="id ([0-9]+)" says="ID {broker-id}"', "one-way"),
            ('match="id ([0-9]+)" says="id 7"', "one-way"),
            ('says="id {broker-id}"', "one-way"),
            ('match="id [0-9]+" says="id {broker-id}"', "bad-pattern"),
            ('match="id (" says="id {broker-id}"', "bad-pattern"),
        )
        for attributes, wanted in rows:
            with self.subTest(attributes=attributes):
                self.assertIn(wanted, found(mt(answer=f'<accepted><plain field="broker-id" {attributes}/></accepted>')))
        self.assertEqual(found(mt(answer=self.RULES)), [])


class IgnoreTests(SynchronousTestCase):
    """Requests that carry nothing for us, and more than one place to tell by."""

    GROUPS = '<form><at name="from" field="remote" need="yes"/><at name="text" field="text"/></form>'

    def test_ignored(self) -> None:
        """What a rule passes over has no messages, by form, query, header, JSON or text; everything else is read."""
        rules = "".join(
            f"<ignore>{test}</ignore>"
            for test in (
                '<if form="type" is="mms"/><if query="v" set="yes"/>',
                '<if header="X-Kind" is="dlr"/>',
                '<if starts="#"/>',
            )
        )
        one = compiled(mo(self.GROUPS, before=rules))
        for target, kind, body, count in (
            (b"/mo?v=1", b"mo", b"type=mms", 0),
            (b"/mo", b"mo", b"type=mms&from=1&text=x", 1),
            (b"/mo", b"dlr", b"", 0),
            (b"/mo", b"mo", b"#", 0),
        ):
            with self.subTest(target=target, body=body):
                self.assertEqual(len(one.read_mo(HttpRequest("POST", target, ((b"X-Kind", kind),), body))), count)

    def test_receipts(self) -> None:
        """Receipts may be passed over as well."""
        groups = '<form><at name="id" field="broker-id"/><at name="s" field="status"/></form>'
        one = compiled(receipt(groups, before='<ignore><if form="interim" is="1"/></ignore>'))
        self.assertEqual(one.read_receipts(HttpRequest("POST", b"/dlr", (), b"interim=1")), ())
        self.assertEqual(len(one.read_receipts(HttpRequest("POST", b"/dlr", (), b"id=1&s=ok"))), 1)


class OddTests(SynchronousTestCase):
    """Rows of the field that need nothing of their own."""

    def test_query_by_post(self) -> None:
        """A POST may have everything in its query and an empty body."""
        one = compiled(mt(FORM.replace("form", "query")))
        request = one.write_mt(Mt("", (HANDSET,), "a b"), registration())
        self.assertEqual((request.method, request.target, request.body), ("POST", b"/send?to=15551230002&text=a%20b", b""))
        self.assertEqual(one.read_mt(request)[0].text, "a b")

    def test_own_scheme(self) -> None:
        """An Authorization line of any scheme proves the account."""
        header = '<header><at name="Authorization" value="App {login}:{password}" proof="yes"/></header>'
        one = compiled(mt(header + FORM))
        request = one.write_mt(Mt("", (HANDSET,), "x"), registration())
        self.assertEqual(first_header(request.headers, b"authorization"), b"App peer:s3cret")
        self.assertTrue(one.authentic(request, registration()))
        self.assertFalse(one.authentic(request, registration(password="other")))

    def test_states(self) -> None:
        """States go by words, ranges and bits, the first line first."""
        states = '<state is="10..12" of="delivered"/><state is="&amp;16" of="failed"/><state is="x*" of="sent"/>'
        groups = '<form><at name="id" field="broker-id"/><at name="s" field="status"/></form>'
        one = compiled(receipt(groups, states=states))
        wanted = {"11": State.DELIVERED, "17": State.FAILED, "48": State.FAILED, "xy": State.SENT, "13": State.UNKNOWN}
        for status, state in wanted.items():
            with self.subTest(status=status):
                (read,) = one.read_receipts(HttpRequest("POST", b"/dlr", (), b"id=1&s=" + status.encode()))
                self.assertIs(read.state, state)

    def test_latin(self) -> None:
        """Percent escapes may be in another character set, which a binding names."""
        one = compiled(mo('<form><at name="f" field="remote"/><at name="t" field="text" charset="iso-8859-1"/></form>'))
        (read,) = one.read_mo(HttpRequest("POST", b"/mo", (), b"f=1&t=gr%FC%DFe"))
        self.assertEqual(read.text, "grüße")
        request = one.write_mo(Mo("1", "2", "grüße"), registration(), facts())
        self.assertEqual(request.body, b"f=1&t=gr%FC%DFe")

    def test_nested_receipts(self) -> None:
        """Lists inside lists are walked: each inner entry is a receipt that knows what its outer one says."""
        groups = """<json><each path="$.batch[*]" of="messages"><at path="$.id" field="broker-id"/>
          <each path="$.to[*]" of="messages"><at path="$.no" field="remote"/><at path="$.s" field="status"/></each>
          </each></json>"""
        body = b'{"batch":[{"id":"a","to":[{"no":"1","s":"ok"},{"no":"2","s":"no"}]},{"id":"b","to":[{"no":"3","s":"ok"}]}]}'
        read = compiled(receipt(groups)).read_receipts(HttpRequest("POST", b"/dlr", (), body))
        self.assertEqual(
            [(one.broker_id, one.remote, one.status) for one in read], [("a", "1", "ok"), ("a", "2", "no"), ("b", "3", "ok")]
        )

    def test_id_in_array(self) -> None:
        """An id may be an entry of an array, and a number."""
        rules = '<accepted><json><at path="$.ids[0]" field="broker-id" need="yes"/></json></accepted>'
        self.assertEqual(answered(rules, b'{"ids":[4711,4712]}').broker_id, "4711")

    def test_form_answer(self) -> None:
        """An answer may be an URL-encoded form, tested and read by its names."""
        rules = '<accepted><if form="status" is="OK"/><form><at name="id" field="broker-id"/></form></accepted>'
        rules += '<refused status="2xx"/>'
        self.assertEqual(answered(rules, b"status=OK&id=a%2Fb").broker_id, "a/b")
        self.assertIs(answered(rules, b"status=BLACKLISTED").outcome, Outcome.REFUSED)

    def test_stop(self) -> None:
        """A keyword that says STOP becomes an event, any other one nothing."""
        groups = """<form><at name="f" field="remote"/><at name="t" field="text"/>
          <at name="k" field="extra.event" codec="words(stop=STOP)"/></form>"""
        one = compiled(mo(groups))
        for word, wanted in ((b"STOP", {"event": "stop"}), (b"START", {})):
            (read,) = one.read_mo(HttpRequest("POST", b"/mo", (), b"f=1&t=x&k=" + word))
            self.assertEqual(read.extra, wanted)

    def test_recipient_check(self) -> None:
        """A message for another number than the account's is refused where the definition says so."""
        groups = """<form><at name="f" field="remote"/><at name="t" field="text"/><at name="to" field="local" write="no"/>
          <at name="to" value="{default-local}" proof="yes"/></form>"""
        one = compiled(mo(groups))
        request = one.write_mo(Mo("1", "15551230001", "hi"), registration(), facts())
        one.verify_mo(request, registration(), NOW)
        self.assertRaises(Unverified, one.verify_mo, request, registration(local="999"), NOW)
        self.assertEqual(one.read_mo(request)[0].local, "15551230001")

    def test_reference_in_callback(self) -> None:
        """Our own reference travels inside the receipt URL and comes back with the receipt."""
        groups = '<query><at name="ref" field="reference" need="yes"/><at name="s" field="status"/></query>'
        text = FORM.replace("</form>", '<at name="dlr" field="callback"/></form>')
        head = 'method="POST" gateway="https://api.test" path="/send" callback="template"'
        one = compiled(mt(text, head=head), receipt(groups, head='methods="GET" path="/dlr" key="reference"'))
        message = Mt("", (HANDSET,), "hi", reference="r1", callback="https://sms.example.com/dlr")
        request = one.write_mt(message, registration())
        self.assertIn(b"dlr%3Fref%3Dr1", request.body)
        (read,) = one.read_mt(request)
        self.assertEqual((read.reference, read.callback), ("r1", "https://sms.example.com/dlr"))
        (told,) = one.read_receipts(HttpRequest("GET", b"/dlr?ref=r1&s=ok"))
        self.assertEqual((told.reference, told.state), ("r1", State.DELIVERED))

    def test_status_in_the_path(self) -> None:
        """A status may be the end of the called path; signatures are over the URL that was called."""
        groups = '<form><at name="id" field="broker-id"/></form>'
        verify = '<verify><signed by="body-hmac" key="{password}" header="X-Sig" of="{url}{body}"/></verify>'
        head = 'methods="POST" path="/dlr" key="broker-id" suffixes="ok|no"'
        one = compiled(receipt(groups, head=head, before=verify))
        request = one.write_receipt(Receipt(State.FAILED, "", "b1"), None, registration(), facts())
        self.assertEqual((request.path, request.body), (b"/dlr/no", b"id=b1"))
        one.verify_receipt(request, registration(), NOW)
        (read,) = one.read_receipts(request)
        self.assertEqual((read.broker_id, read.state), ("b1", State.FAILED))
        moved = HttpRequest("POST", b"/dlr/ok", request.headers, request.body, request.scheme, request.authority)
        self.assertRaises(Unverified, one.verify_receipt, moved, registration(), NOW)
        self.assertRaises(NotReadable, one.read_receipts, HttpRequest("POST", b"/dlr/other", (), b"id=1"))

    def test_unreadable_status(self) -> None:
        """An answer that no rule names leaves it open whether the message went."""
        self.assertIs(answered('<accepted status="201"/>', b"", 200).outcome, Outcome.UNKNOWN)
        self.assertEqual(HttpReply(200).body, b"")
