"""A small profile that is spoken in plain forms, and a webhook that remembers what it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from cicsms.emulator.brokers import Brokers
from cicsms.emulator.desk import Desk
from cicsms.emulator.entries import Entries, Gateways
from cicsms.emulator.ledger import Ledger
from cicsms.emulator.listener import Arrival
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.pushes import Pushed, Pushes
from cicsms.emulator.raw import raw_request
from cicsms.emulator.receipts import Receipts
from cicsms.emulator.script import Script
from cicsms.emulator.settings import BrokerEntry
from cicsms.model.message import Answer, Mo, Mt, Receipt
from cicsms.model.state import State
from cicsms.model.wire import HttpReply, HttpRequest, basic_credentials
from cicsms.profile.values import Facts, NotReadable, Option, Registration

ENTRY = BrokerEntry.model_validate(
    {"name": "acme", "profile": "acme/form", "mo_url": "http://app.test/mo", "receipt_url": "http://app.test/dlr"}
)
OTHER = BrokerEntry.model_validate({"name": "other", "profile": "acme/form", "login": "else", "local": "777"})


class AcmeVoice:
    """Speaks urlencoded forms, with Basic credentials and ids that begin with ``id-``."""

    name = "acme/form"
    title = "Acme"
    mt_path = "/send"
    options: Mapping[str, Option] = {}
    states = frozenset(State)
    grants = None

    def fitted(self, options: Mapping[str, str]) -> AcmeVoice:
        """Be the same for every account."""
        return self

    def authentic(self, request: HttpRequest, registration: Registration, now: object = None) -> bool:
        """Hold the Basic credentials against the registration's."""
        return request.header(b"authorization") == basic_credentials(registration.login, registration.password)

    def read_mt(self, request: HttpRequest) -> tuple[Mt, ...]:
        """Read one MT; ``to`` may hold several numbers."""
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if not {"from", "to", "text"} <= set(fields):
            raise NotReadable("no from, to or text")
        recipients = tuple(fields["to"].split(","))
        return (Mt(fields["from"], recipients, fields["text"], fields.get("ref", ""), fields.get("cb", "")),)

    def write_answer(self, answers: Sequence[Answer], mt: Mt, registration: Registration, facts: Facts) -> HttpReply:
        """Write a line for each recipient."""
        lines = (f"{answer.outcome} {answer.recipient} {answer.broker_id} {answer.code}".strip() for answer in answers)
        return HttpReply(200, ((b"Content-Type", b"text/plain"),), "\n".join(lines).encode())

    def write_mo(self, mo: Mo, registration: Registration, facts: Facts, method: str = "") -> HttpRequest:
        """Write a form, signed with the password."""
        fields = {"from": mo.remote, "to": mo.local, "text": mo.text, "id": mo.broker_id}
        return _form(registration.mo_url, fields, registration.password)

    def write_receipt(
        self, receipt: Receipt, mt: Mt | None, registration: Registration, facts: Facts, method: str = ""
    ) -> HttpRequest:
        """Write a form with the broker's word for the state."""
        fields = {"id": receipt.broker_id, "status": receipt.status or receipt.state.upper(), "ref": receipt.reference}
        return _form((mt.callback if mt else "") or registration.receipt_url, fields, registration.password)

    def new_id(self, random: Random, kind: str = "mt") -> str:
        """Make ``id-`` and eight hex digits."""
        return f"id-{random.getrandbits(32):08x}"

    def error_reply(self, kind: str, registration: Registration, facts: Facts | None = None) -> HttpReply:
        """Say the word."""
        status = {"auth": 401, "refused": 400, "throttled": 429, "busy": 503}[kind]
        return HttpReply(status, (), f"acme: {kind}".encode())


class AcmeVoices:
    """A catalogue of one."""

    def names(self) -> Sequence[str]:
        """List it."""
        return ("acme/form",)

    def profile(self, name: str) -> AcmeVoice:
        """Return it whatever is asked for."""
        return AcmeVoice()


class FakePushes(Pushes):
    """Takes pushes down instead of sending them; ``answers`` are given in turn, the last one for ever."""

    def __init__(self, *answers: Pushed) -> None:
        self.answers = list(answers) or [Pushed(HttpReply(200, (), b"taken"))]
        self.sent: list[HttpRequest] = []
        self.held: list[Deferred[Pushed]] | None = None

    def push(self, request: HttpRequest, trust: Any, timeout: float) -> Deferred[Pushed]:
        """Note the request and answer it, or keep it waiting while ``held`` is a list."""
        self.sent.append(request)
        if self.held is not None:
            self.held.append(Deferred())
            return self.held[-1]
        return succeed(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


@define
class Played:
    """An emulator without ports: the rooms, a clock and the pushes that were made."""

    pushes: FakePushes = field(factory=FakePushes)
    clock: Clock = field(factory=Clock)
    ledger: Ledger = field(init=False)
    desk: Desk = field(init=False)
    brokers: Brokers = field(init=False)

    def __attrs_post_init__(self) -> None:
        entries = Entries(AcmeVoices(), Gateways("http://emu.test:8290", "https://emu.test:8291"), 7)
        for entry in (ENTRY, OTHER):
            entries.put(entry)
        self.ledger = Ledger(self.clock, 1000, 2**20)
        outbox = Outbox(self.clock, self.pushes, self.ledger)
        receipts = Receipts(self.clock, outbox)
        script = Script()
        self.desk = Desk(self.clock, 7, entries, self.ledger, script, outbox, receipts)
        self.brokers = Brokers(self.clock, entries, self.ledger, script, receipts)

    def take(self, request: HttpRequest) -> Deferred[bytes | None]:
        """Let the brokers answer a request."""
        return self.brokers(Arrival(request, raw_request(request)))


def mt_request(
    to: str = "+15550001", text: str = "hello", path: str = "/acme/send", password: str = "emulator", **more: str
) -> HttpRequest:
    """Make an MT as a customer of Acme sends it."""
    login = more.pop("login", "emulator")
    body = urlencode({"from": "12345", "to": to, "text": text, **more}).encode()
    headers = ((b"Authorization", basic_credentials(login, password)), (b"Content-Type", b"application/x-www-form-urlencoded"))
    return HttpRequest("POST", path.encode(), headers, body, "http", "emu.test:8290")


def form_of(request: HttpRequest) -> dict[str, str]:
    """Read the fields of a pushed form."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _form(url: str, fields: dict[str, str], secret: str) -> HttpRequest:
    parts = urlsplit(url)
    headers = ((b"Content-Type", b"application/x-www-form-urlencoded"), (b"X-Signature", secret.encode()))
    target = (parts.path or "/").encode()
    return HttpRequest("POST", target, headers, urlencode(fields).encode(), parts.scheme, parts.netloc)
