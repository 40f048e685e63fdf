"""Access tokens in the language: how one is asked for, read, granted and told from others."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import orjson
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.message import Mt
from cicsms.model.wire import HttpReply, first_header
from cicsms.profile.check import check
from cicsms.profile.grants import Grants
from cicsms.profile.profile import Profile
from cicsms.profile.reader import read
from cicsms.profile.values import NotReadable
from tests.profile.builders import NOW, facts, registration

TOKEN = """<token method="POST" path="/oauth/token" LIFE>
      <basic login="{login}" password="{password}"/>
      <form><at name="grant_type" value="client_credentials"/></form>
      <grant><json>
        <at path="$.access_token" field="access-token" need="yes"/>
        EXPIRY
      </json></grant>
    </token>"""
MT = """<mt method="POST" gateway="https://api.acme.example" path="/send">
      <header><at name="Authorization" value="Bearer {access-token}" proof="yes"/></header>
      <form><at name="to" field="recipient" need="yes"/><at name="text" field="text"/></form>
      <answer><accepted status="2xx"/><auth-failed status="401"/></answer>
    </mt>"""
SECONDS = '<at path="$.expires_in" field="life" type="string"/>'


def definition(token: str = TOKEN, mt: str = MT, expiry: str = SECONDS, life: str = 'life="600"') -> str:
    """Return the definition of a broker with tokens."""
    inside = token.replace("EXPIRY", expiry).replace("LIFE", life) + mt
    return f"""<broker xmlns="urn:cicsms:broker:1" name="acme" title="Acme"><profile name="json" title="JSON">
    <capabilities/><ids mt="{{uuid}}"/>{inside}</profile></broker>"""


def compiled(**changes: str) -> Profile:
    """Return the profile of such a definition."""
    broker = read(definition(**changes).encode(), "acme.xml")
    return Profile(broker, next(iter(broker.all("profile"))), "")


def grants(**changes: str) -> Grants:
    """Return how such a profile gets its tokens."""
    return cast(Grants, compiled(**changes).grants)


class TokenTests(SynchronousTestCase):
    """The request for a token, the grant, and messages that carry it."""

    def test_asked(self) -> None:
        """A token is asked for with the account's credentials, below the account's gateway."""
        request = grants().ask(registration(gateway="http://emulator.test/acme"), NOW)
        self.assertEqual(request.url, "http://emulator.test/acme/oauth/token")
        self.assertEqual(request.body, b"grant_type=client_credentials")
        self.assertTrue(grants().authentic(request, registration()))
        self.assertFalse(grants().authentic(request, registration(password="other")))

    def test_elsewhere(self) -> None:
        """Where tokens have a host of their own, no account moves it."""
        token = TOKEN.replace("LIFE", 'gateway="https://auth.example" LIFE')
        request = grants(token=token).ask(registration(gateway="http://emulator.test"), NOW)
        self.assertEqual(request.url, "https://auth.example/oauth/token")

    def test_expiry(self) -> None:
        """The life is told in seconds, as a number or a text, in other units, as a date, or by the definition."""
        date = '<at path="$.until" field="expires" codec="iso(z)"/>'
        milliseconds = SECONDS.replace("field", 'codec="milliseconds" field')
        minutes = SECONDS.replace("field", 'codec="minutes" field')
        rows = (
            (SECONDS, '"expires_in":"900"', 900.0),
            (SECONDS, '"expires_in":900', 900.0),
            (SECONDS, '"other":1', 600.0),
            (milliseconds, '"expires_in":90000', 90.0),
            (minutes, '"expires_in":2', 120.0),
            (date, '"until":"2024-01-02T03:14:05Z"', 600.0),
            (date, '"until":"2020-01-02T03:14:05Z"', 0.0),
        )
        for expiry, said, wanted in rows:
            with self.subTest(said=said):
                reply = HttpReply(200, (), b'{"access_token":"t",' + said.encode() + b"}")
                self.assertEqual(grants(expiry=expiry).read(reply, NOW).life, wanted)

    def test_no_token(self) -> None:
        """A refusal, a document without a token, and rubble are not readable."""
        for status, body in ((401, b'{"access_token":"t"}'), (200, b"{}"), (200, b'{"access_token":""}'), (200, b"\xff")):
            with self.subTest(status=status, body=body):
                self.assertRaises(NotReadable, grants().read, HttpReply(status, (), body), NOW)

    def test_whole_way(self) -> None:
        """What the emulator grants is carried by a message, accepted for its time, and refused later."""
        profile, account = compiled(), registration()
        reply = grants().reply(grants().ask(account, NOW), account, facts())
        granted = grants().read(reply, NOW)
        self.assertEqual(granted.life, 600.0)
        request = profile.write_mt(Mt("", ("15551230002",), "hi"), registration(token=granted.token), NOW)
        self.assertEqual(first_header(request.headers, b"authorization"), f"Bearer {granted.token}".encode())
        for later, wanted in ((0, True), (600, True), (1200, False)):
            with self.subTest(later=later):
                self.assertIs(profile.authentic(request, account, NOW + timedelta(seconds=later)), wanted)
        self.assertFalse(profile.authentic(profile.write_mt(Mt("", ("1",), "hi"), account, NOW), account, NOW))

    def test_refused(self) -> None:
        """Wrong credentials get no token."""
        self.assertEqual(grants().reply(grants().ask(registration(login="x"), NOW), registration(), facts()).status, 401)

    def test_hidden(self) -> None:
        """A token shows in no repr."""
        self.assertNotIn("s3same", repr(registration(token="s3same")))

    @given(st.text(st.characters(codec="utf-8"), min_size=1))
    def test_any_token(self, token: str) -> None:
        """Whatever text the token is, it is read as it stands."""
        reply = HttpReply(200, (), b'{"access_token":%s}' % orjson.dumps(token))
        self.assertEqual(grants().read(reply, NOW).token, token)


class TokenRuleTests(SynchronousTestCase):
    """What the check says of tokens that lead nowhere."""

    def found(self, text: str) -> list[str]:
        """Return the rules that a definition breaks."""
        return [finding.rule for finding in check(read(text.encode(), "acme.xml"))]

    def test_sound(self) -> None:
        """A token that is granted and carried breaks no rule."""
        self.assertEqual(self.found(definition()), [])

    def test_not_fetched(self) -> None:
        """A message that carries a token nobody fetches is found."""
        self.assertIn("no-token", self.found(definition(token="")))

    def test_not_granted(self) -> None:
        """A grant without the token is found."""
        self.assertIn("never-bound", self.found(definition(token=TOKEN.replace('"access-token"', '"life"'))))

    def test_not_carried(self) -> None:
        """A token that no message carries is found."""
        self.assertIn("unused-token", self.found(definition(mt=MT.replace("{access-token}", "{password}"))))
