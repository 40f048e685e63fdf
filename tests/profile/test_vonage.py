"""Vonage: the outcome in a 200, part by part, and three ways to prove who one is."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Answer, Mo, Outcome
from cicsms.model.wire import HttpReply
from cicsms.profile.submissions import NotWritable
from cicsms.profile.values import NotReadable, Unverified
from tests.profile.builders import NOW, facts, mt, profile, registration

ACCEPTED = b'{"message-id":"%d","status":"0"}'
THROTTLED = b'{"status":"1","error-text":"Throughput Rate Exceeded - please wait [ 250 ] and retry"}'


class PartTests(SynchronousTestCase):
    """A long text is answered part by part."""

    def read(self, *rows: bytes) -> Answer:
        """Return the answer read from a 200 with these entries."""
        one = profile("vonage/json")
        (answer,) = one.read_answer(HttpReply(200, (), b'{"messages":[' + b",".join(rows) + b"]}"), mt(one))
        return answer

    def test_all_taken(self) -> None:
        """Parts that are all taken make an accepted message with the first id."""
        answer = self.read(ACCEPTED % 1, ACCEPTED % 2, ACCEPTED % 3)
        self.assertEqual((answer.outcome, answer.broker_id, answer.parts), (Outcome.ACCEPTED, "1", 3))

    def test_some_taken(self) -> None:
        """A throttled part among others that went is no reason to send them again."""
        for rows in ((ACCEPTED % 1, THROTTLED), (THROTTLED, ACCEPTED % 1)):
            answer = self.read(*rows)
            self.assertEqual((answer.outcome, answer.broker_id, answer.code, answer.wait), (Outcome.REFUSED, "1", "1", None))

    def test_none_taken(self) -> None:
        """Where no part went the first one's reason counts, with its waiting time."""
        answer = self.read(THROTTLED, THROTTLED)
        self.assertEqual((answer.outcome, answer.wait, answer.parts), (Outcome.THROTTLED, 0.25, 0))

    def test_not_success(self) -> None:
        """An empty list, a status without an id and a page of HTML leave it open whether the message went."""
        self.assertEqual(self.read().outcome, Outcome.UNKNOWN)
        self.assertNotEqual(self.read(b'{"status":"0"}').outcome, Outcome.ACCEPTED)
        for name in ("vonage/json", "vonage/xml"):
            one = profile(name)
            (answer,) = one.read_answer(HttpReply(200, (), b"<html>"), mt(one))
            self.assertEqual(answer.outcome, Outcome.UNKNOWN)


class AuthenticationTests(SynchronousTestCase):
    """The option chooses; nothing else is accepted or sent."""

    def test_ways(self) -> None:
        """Each way is known by the broker's side under that way only, and no other leaves the secret in the request."""
        one = profile("vonage")
        ways = {
            way: registration(password="api-secret", options={"Authentication": way, "SignatureSecret": "sign-secret"})
            for way in ("secret", "basic", "signature")
        }
        for way, known in ways.items():
            request = one.write_mt(mt(one), known, NOW)
            self.assertEqual(b"api-secret" in request.body, way == "secret")
            self.assertNotIn(b"sign-secret", request.body)
            self.assertEqual([other for other in ways if one.authentic(request, ways[other])], [way])

    def test_signed_needs_the_time(self) -> None:
        """A signature has a time in it; without one nothing is written."""
        one = profile("vonage")
        signing = registration(options={"Authentication": "signature", "SignatureSecret": "s"})
        self.assertRaises(NotWritable, one.write_mt, mt(one), signing)
        self.assertEqual(one.write_mt(mt(one), registration()).method, "POST")


class WebhookTests(SynchronousTestCase):
    """Messages and receipts."""

    def test_signed_by_every_method(self) -> None:
        """With a secret, what is signed is taken by GET and POST, and what is changed or unsigned is not."""
        one, mo = profile("vonage"), Mo("15551230002", "12345", "a & b = c", "id")
        for by in ("md5hash", "md5", "sha1", "sha256", "sha512"):
            known = registration(options={"SignatureSecret": "s", "SignatureMethod": by})
            for method in ("GET", "POST"):
                request = one.write_mo(mo, known, facts(), method)
                one.verify_mo(request, known)
                self.assertEqual(one.read_mo(request)[0].text, mo.text)
                changed = evolve(request, body=request.body.replace(b"id", b"ie"), target=request.target.replace(b"id", b"ie"))
                self.assertRaises(Unverified, one.verify_mo, changed, known)
                self.assertRaises(Unverified, one.verify_mo, one.write_mo(mo, registration(), facts(), method), known)

    def test_another_account(self) -> None:
        """A webhook that names another account's key is not this account's; one that names none may be."""
        one, known = profile("vonage"), registration()
        request = one.write_mo(Mo("15551230002", "12345", "hi", "id"), known, facts())
        one.verify_mo(request, known)
        one.verify_mo(evolve(request, body=request.body.replace(b"&api-key=peer", b"")), known)
        self.assertRaises(Unverified, one.verify_mo, request, registration(login="other"))

    def test_crossed(self) -> None:
        """A message is no receipt, and a receipt is no message."""
        one = profile("vonage")
        message = one.write_mo(Mo("15551230002", "12345", "hi", "id"), registration(), facts())
        self.assertRaises(NotReadable, one.read_receipts, message)
        self.assertRaises(NotReadable, one.read_mo, evolve(message, body=message.body.replace(b"text=hi", b"status=delivered")))
