"""BulkSMS: one object for everything, told apart by its type, and a retry that is never sent twice."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpRequest
from cicsms.profile.values import NotReadable
from tests.profile.builders import facts, mt, profile, registration

RECEIVED = b'[{"id":1674811778896240640,"from":"15551230002","to":"12345","body":"hi"}]'


def post(body: bytes) -> HttpRequest:
    """Return a post of a JSON document."""
    return HttpRequest("POST", b"/in", ((b"Content-Type", b"application/json"),), body)


class BulkSmsTests(SynchronousTestCase):
    """Both profiles."""

    def test_type_may_be_missing(self) -> None:
        """The older form of the object names no type: it is an inbound message, ids kept whole."""
        (mo,) = profile("bulksms").read_mo(post(RECEIVED))
        self.assertEqual((mo.broker_id, mo.text), ("1674811778896240640", "hi"))

    def test_crossed_objects_are_refused(self) -> None:
        """A report is no message and a message is no report, though both have the same members."""
        one = profile("bulksms")
        report = one.write_receipt(Receipt(State.DELIVERED, "", "id-1"), mt(one), registration(), facts())
        self.assertRaises(NotReadable, one.read_mo, report)
        self.assertRaises(NotReadable, one.read_receipts, post(RECEIVED))

    def test_registration_test(self) -> None:
        """The empty array, by which BulkSMS tests a webhook, is taken and holds nothing."""
        one = profile("bulksms")
        self.assertEqual((one.read_mo(post(b"[]")), one.read_receipts(post(b"[]"))), ((), ()))
        self.assertEqual(one.mo_answer("taken").status, 200)

    def test_same_reference_same_deduplication(self) -> None:
        """A message that is tried again carries the same deduplication-id; it is a 32-bit number."""
        for name in ("bulksms/v1", "bulksms/simple"):
            one = profile(name)
            sent = mt(one)
            first, again = (one.write_mt(sent, registration()) for _ in range(2))
            self.assertEqual(first, again)
            self.assertEqual(first.query, b"deduplication-id=12345678")
            other = one.write_mt(evolve(sent, reference="12345679"), registration())
            self.assertNotEqual(first.query, other.query)
