"""What brokers answer to an MT, rule by rule."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Answer, Outcome
from cicsms.model.wire import HttpReply
from cicsms.profile.answers import by_class
from tests.profile.builders import facts, mt, profile, registration


def outcome(name: str, status: int, body: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return the answer a profile reads from a reply."""
    one = profile(name)
    (answer,) = one.read_answer(HttpReply(status, headers, body.encode()), mt(one))
    return answer


class AnswerTests(SynchronousTestCase):
    """Rules in order, the first that fits."""

    def test_twilio(self) -> None:
        """Twilio's answers: accepted with an id, refused, stopped, throttled, out of order."""
        rows = (
            (201, '{"sid":"SM1","num_segments":"2"}', Outcome.ACCEPTED),
            (201, "{}", Outcome.UNKNOWN),
            (200, "<html>", Outcome.UNKNOWN),
            (400, '{"code":21211,"message":"bad"}', Outcome.REFUSED),
            (400, '{"code":21610}', Outcome.STOPPED),
            (400, '{"code":21611}', Outcome.THROTTLED),
            (401, '{"code":20003}', Outcome.AUTH_FAILED),
            (404, '{"code":20404}', Outcome.REFUSED),
            (404, "", Outcome.REFUSED),
            (429, '{"code":20429}', Outcome.THROTTLED),
            (500, '{"code":20500}', Outcome.UNKNOWN),
            (503, "", Outcome.RETRY),
            (302, "", Outcome.REFUSED),
        )
        for status, body, wanted in rows:
            with self.subTest(status=status, body=body):
                self.assertEqual(outcome("twilio", status, body).outcome, wanted)

    def test_fields(self) -> None:
        """Id, parts, code, text and waiting time are taken from where the broker puts them."""
        self.assertEqual(outcome("twilio", 201, '{"sid":"SM1","num_segments":"2"}').parts, 2)
        refused = outcome("twilio", 400, '{"code":21211,"message":"bad"}')
        self.assertEqual((refused.code, refused.said), ("21211", "bad"))
        self.assertEqual(outcome("twilio", 429, "{}", (b"Retry-After", b"7")).wait, 7.0)
        self.assertIsNone(outcome("twilio", 429, "{}", (b"Retry-After", b"Fri, 31 Dec 1999 23:59:59 GMT")).wait)

    def test_kannel(self) -> None:
        """Kannel's answers are told by status and text; 202 is accepted in all its wordings."""
        rows = (
            (202, "0: Accepted for delivery", Outcome.ACCEPTED),
            (202, "3: Queued for later delivery", Outcome.ACCEPTED),
            (202, "Sent.", Outcome.ACCEPTED),
            (202, "Sent. Denied receivers are: 1555", Outcome.REFUSED),
            (403, "Authorization failed for sendsms", Outcome.AUTH_FAILED),
            (403, "Not routable. Do not try again.", Outcome.REFUSED),
            (400, "Empty receiver number not allowed, rejected", Outcome.REFUSED),
            (415, "Unsupported content-type, rejected", Outcome.REFUSED),
            (500, "Sending failed.", Outcome.UNKNOWN),
            (503, "Temporal failure, try again later.", Outcome.RETRY),
        )
        for status, body, wanted in rows:
            with self.subTest(body=body):
                self.assertEqual(outcome("kannel", status, body).outcome, wanted)

    def test_infobip(self) -> None:
        """In Infobip's 200 each recipient has its own verdict."""
        body = '{"messages":[{"messageId":"m","status":{"groupId":%d,"id":%d,"name":"N"},"destination":"15551230002"}]}'
        rows = (
            (200, body % (1, 26), Outcome.ACCEPTED),
            (200, body % (3, 5), Outcome.ACCEPTED),
            (200, body % (5, 12), Outcome.REFUSED),
            (200, body % (5, 21), Outcome.RETRY),
            (200, body % (9, 1), Outcome.UNKNOWN),
            (200, '{"messages":[]}', Outcome.UNKNOWN),
            (200, "[]", Outcome.UNKNOWN),
            (401, '{"errorCode":"E401"}', Outcome.AUTH_FAILED),
            (429, "{}", Outcome.THROTTLED),
        )
        for status, reply, wanted in rows:
            with self.subTest(reply=reply):
                self.assertEqual(outcome("infobip", status, reply).outcome, wanted)

    def test_mblox(self) -> None:
        """MBlox speaks on three levels; Retry decides what is tried again, a time-out leaves it open."""
        head = "<NotificationRequestResult><NotificationResultHeader><RequestResultCode>{}</RequestResultCode>"
        head += "</NotificationResultHeader>"
        note = "<NotificationResultList><NotificationResult><NotificationResultCode>{}</NotificationResultCode>{}"
        tail = "</NotificationResult></NotificationResultList></NotificationRequestResult>"
        one = "<SubscriberResult><SubscriberResultCode>{}</SubscriberResultCode><Retry>{}</Retry></SubscriberResult>"
        rows = (
            (head.format(3) + "</NotificationRequestResult>", Outcome.AUTH_FAILED),
            (head.format(9) + "</NotificationRequestResult>", Outcome.REFUSED),
            (head.format(0) + note.format(7, "") + tail, Outcome.REFUSED),
            (head.format(0) + note.format(0, one.format(0, 0)) + tail, Outcome.ACCEPTED),
            (head.format(0) + note.format(0, one.format(100, 1)) + tail, Outcome.RETRY),
            (head.format(0) + note.format(0, one.format(9, 0)) + tail, Outcome.UNKNOWN),
            (head.format(0) + note.format(0, one.format(12, 0)) + tail, Outcome.REFUSED),
            ("<html/>", Outcome.UNKNOWN),
            ("nonsense", Outcome.UNKNOWN),
        )
        for reply, wanted in rows:
            with self.subTest(reply=reply):
                self.assertEqual(outcome("mblox_xml", 200, reply).outcome, wanted)

    def test_codes_choose_the_rule(self) -> None:
        """The emulator writes an error by the rule of its code, with that rule's HTTP status."""
        one = profile("twilio")
        for code, status in (("20404", 404), ("21211", 400), ("", 400)):
            reply = one.write_answer([Answer(Outcome.REFUSED, code=code)], mt(one), registration(), facts())
            self.assertEqual(reply.status, status)

    def test_by_class(self) -> None:
        """Without a rule the class of the status speaks; a 2xx nobody can read leaves it open."""
        wanted = {
            200: Outcome.UNKNOWN,
            301: Outcome.REFUSED,
            400: Outcome.REFUSED,
            401: Outcome.AUTH_FAILED,
            403: Outcome.REFUSED,
            429: Outcome.THROTTLED,
            500: Outcome.UNKNOWN,
            503: Outcome.RETRY,
        }
        self.assertEqual({status: by_class(status) for status in wanted}, wanted)


class ListTests(SynchronousTestCase):
    """Lists of answers that a broker writes only for some outcomes."""

    def reply(self, name: str, *outcomes: Outcome) -> HttpReply:
        """Return what a profile writes for recipients of these outcomes."""
        one = profile(name)
        numbers = tuple(f"1555123000{place}" for place in range(len(outcomes)))
        answers = [Answer(outcome, "a", number) for outcome, number in zip(outcomes, numbers, strict=True)]
        return one.write_answer(answers, evolve(mt(one), recipients=numbers), registration(), facts())

    def test_which_is_written(self) -> None:
        """All accepted: 202; some: 207; none: the error of the whole request."""
        accepted, refused = Outcome.ACCEPTED, Outcome.REFUSED
        self.assertEqual(self.reply("clickatell/one-api", accepted, accepted).status, 202)
        self.assertEqual(self.reply("clickatell/one-api", accepted, refused).status, 207)
        self.assertEqual(self.reply("clickatell/one-api", refused).status, 400)
        self.assertEqual(self.reply("clickatell/platform", accepted, refused).status, 202)
        self.assertEqual(self.reply("clickatell/platform", refused).status, 400)
