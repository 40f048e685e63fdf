"""Messages and receipts that come to one path: each goes its own way, and rubble is answered as a message."""

from __future__ import annotations

from typing import Any, cast

from cicsms.model.settings import Configuration
from cicsms.model.wire import HttpRequest
from cicsms.pipeline.setup import Setup, set_up
from cicsms.profile import Catalogue
from tests.pipeline.support import SITE, PipelineCase
from tests.profile.language import compiled, mo, mt, receipt

MO = '<form><at name="kind" is="mo"/><at name="from" field="remote"/><at name="text" field="text" need="yes"/></form>'
RECEIPT = '<form><at name="kind" is="dlr"/><at name="id" field="broker-id" need="yes"/><at name="s" field="status"/></form>'
HEAD = 'methods="POST" path="/dlr" key="broker-id" shared="yes"'


class Only:
    """A catalogue of one profile."""

    def __init__(self, head: str) -> None:
        self.one = compiled(mt(), mo(MO), receipt(RECEIPT, head=head))

    def profile(self, name: str) -> Any:
        """Return the profile, whatever its name."""
        return self.one


class SharedTests(PipelineCase):
    """One path for both."""

    head = HEAD

    def site(self, **changes: Any) -> Setup:
        """Set up one broker with one path."""
        broker = {**SITE["brokers"][0], "mo": {"port": 8191, "path": "/acme", "receipt_path": "/acme"}}
        configuration = Configuration.model_validate({**SITE, "brokers": [broker]})
        return set_up(configuration, cast(Catalogue, Only(self.head)), self.store, self.recorder, None)

    def test_told_apart(self) -> None:
        """A message is kept, a receipt parked, and neither counts for the other."""
        for body in (b"kind=mo&from=1&text=hi", b"kind=dlr&id=1&s=ok", b"kind=other"):
            self.answer(HttpRequest("POST", b"/acme", (), body, "http", "sms.example.com"))
        messages, reports = self.setup.doors["twilio"]
        self.assertEqual((messages.tally.taken, messages.tally.unreadable), (1, 1))
        self.assertEqual((reports.tally.taken, reports.tally.unreadable), (1, 0))
        self.assertEqual([message.text for message in self.kept()], ["hi"])

    def test_ignored(self) -> None:
        """A request with nothing in it for us is acknowledged, and keeps no message."""
        profile = compiled(mt(), mo(MO, before='<ignore><if form="kind" is="mms"/></ignore>'))
        self.assertEqual(profile.read_mo(HttpRequest("POST", b"/acme", (), b"kind=mms")), ())
        door = self.setup.doors["twilio"][0]
        self.patch(door.way, "read", lambda line, request: ())
        self.assertEqual(self.answer(HttpRequest("POST", b"/acme", (), b"kind=mo&text=x")).status, 200)
        self.assertEqual(self.kept(), [])


class SuffixTests(SharedTests):
    """A path for each status beside the shared one."""

    head = HEAD.replace("shared", 'suffixes="ok|no" shared')

    def test_suffix(self) -> None:
        """Each word has a path of its own, and its requests are reports."""
        request = HttpRequest("POST", b"/acme/no", (), b"kind=dlr&id=1", "http", "sms.example.com")
        self.assertEqual(self.answer(request).status, 200)
        self.assertEqual(self.setup.doors["twilio"][1].tally.taken, 1)
        self.assertIsNone(self.setup.ports[0].paths.find(b"/acme/other"))
