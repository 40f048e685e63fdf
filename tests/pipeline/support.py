"""A site in memory: real profiles, a real store without threads, a clock that stands still, and a scripted network."""

from __future__ import annotations

from collections import deque
from functools import cache
from random import Random
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from cicsms.model.message import Mo
from cicsms.model.settings import Configuration
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import Line
from cicsms.pipeline.record import Recorder
from cicsms.pipeline.setup import Setup, set_up
from cicsms.profile import Catalogue, Facts
from cicsms.store.views import Direction, Message, MessageRecord, Search
from tests.store.support import START, StoreCase

Result = TypeVar("Result")
HANDSET = "+15551230002"
ACCOUNT = "AC00000000000000000000000000000000"

SITE: dict[str, Any] = {
    "default_inbound_route": {"kind": "queue", "workgroup": "all"},
    "workgroups": [{"name": "all"}, {"name": "sales"}],
    "inbound_routes": [{"type": "body", "pattern": "BUY.*", "destination": {"kind": "queue", "workgroup": "sales"}}],
    "brokers": [
        {
            "name": "twilio",
            "profile": "twilio",
            "public_url": "http://sms.example.com",
            "accounts": [
                {"id": ACCOUNT, "login": ACCOUNT, "password": "first-token", "local_addresses": [{"address": "+15551230001"}]},
                {"id": "other", "login": "other", "password": "other-token", "local_addresses": [{"address": "+15551230009"}]},
            ],
            "mo": {"port": 8191, "path": "/twilio/mo", "receipt_path": "/twilio/receipts"},
            "mt": {"gateway": "http://broker.example", "window": 2},
        },
        {
            "name": "kannel",
            "profile": "kannel",
            "accounts": [{"id": "main", "login": "u", "password": "hush-hush", "local_addresses": [{"address": "12345"}]}],
            "mo": {"port": 8191, "path": "/kannel/mo", "receipt_path": "/kannel/receipts"},
            "mt": {"gateway": "http://kannel.example:13013"},
        },
    ],
}


@cache
def catalogue() -> Catalogue:
    """Load the bundled profiles once."""
    return Catalogue.load()


class Network:
    """Stands for the brokers: gives scripted results to requests, in order, and keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[HttpRequest] = []
        self.script: deque[HttpReply | Exception | None] = deque()
        self.waiting: list[Deferred[HttpReply]] = []

    def send(self, line: Line, request: HttpRequest) -> Deferred[HttpReply]:
        """Take a request; a scripted ``None``, or no script, leaves it without an answer until ``waiting`` is fired."""
        self.sent.append(request)
        answer: Deferred[HttpReply] = Deferred()
        result = self.script.popleft() if self.script else None
        if isinstance(result, Exception):
            answer.errback(result)
        elif result is not None:
            answer.callback(result)
        else:
            self.waiting.append(answer)
        return answer


class PipelineCase(StoreCase):
    """A test of the ways, with a site that has a Twilio of two accounts and a Kannel."""

    def setUp(self) -> None:
        """Set the site up."""
        super().setUp()
        self.clock.advance(max(0.0, START - self.clock.seconds()))
        self.recorder = Recorder(self.clock.seconds, self.store.new_id)
        self.network = Network()
        self.facts = Facts(now=_moment(self.clock), random=Random(1))
        self.setup = self.site()

    def site(self, **changes: Any) -> Setup:
        """Set up the site with some settings changed."""
        configuration = Configuration.model_validate({**SITE, **changes})
        return set_up(configuration, catalogue(), self.store, self.recorder, None)

    def line(self, broker: str, account: str = "") -> Line:
        """Return a line of the site."""
        return next(line for key, line in self.setup.lines.items() if key[0] == broker and account in ("", key[1]))

    def mo(self, broker: str, account: str = "", **values: Any) -> HttpRequest:
        """Write an inbound message as the broker would send it, signed with the account's secret."""
        line = self.line(broker, account)
        said = {"remote": HANDSET, "local": line.registration.local, "text": "hello", "broker_id": "SM" + "0" * 31 + "1"} | values
        return line.profile.write_mo(Mo(**said), line.registration, self.facts)

    def answer(self, request: HttpRequest) -> HttpReply:
        """Give a request to the endpoint of its path and return the reply."""
        found = self.setup.ports[0].paths.find(request.path)
        assert found is not None
        reply = found.answer(request)
        return self.successResultOf(reply) if isinstance(reply, Deferred) else reply

    def kept(self, direction: Direction = Direction.IN) -> list[Message]:
        """Return the messages kept, oldest first."""
        page = self.successResultOf(self.store.queries.messages(Search(direction=direction, limit=1000)))
        return list(reversed(page.messages))

    def record(self, message: str) -> MessageRecord:
        """Return all that is known of one message."""
        found = self.successResultOf(self.store.queries.message(message))
        assert found is not None
        return found


def _moment(clock: Clock) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(clock.seconds(), UTC)
