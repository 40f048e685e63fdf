"""The bundled brokers, played: what the profiles' own other side makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.brokers import Brokers
from cicsms.emulator.composing import compose_mo
from cicsms.emulator.desk import Desk
from cicsms.emulator.entries import Entries, Entry, Gateways
from cicsms.emulator.ledger import Ledger
from cicsms.emulator.listener import Arrival
from cicsms.emulator.orders import AnswerOrder, MoOrder
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.raw import raw_request, read_reply
from cicsms.emulator.receipts import Receipts
from cicsms.emulator.script import Script
from cicsms.emulator.settings import default_entries
from cicsms.model.message import Answer, Mt, Outcome
from cicsms.model.state import State
from cicsms.model.wire import HttpRequest
from cicsms.profile.catalogue import Catalogue
from tests.emulator.fakes import FakePushes

CATALOGUE = Catalogue.load()
URLS = {"mo_url": "http://app.test/mo?a=1", "receipt_url": "http://app.test/dlr"}


class BundledTests(SynchronousTestCase):
    """Every bundled profile as its default entry."""

    def setUp(self) -> None:
        """Play them all."""
        self.clock, self.pushes = Clock(), FakePushes()
        self.clock.advance(datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC).timestamp())
        entries = Entries(CATALOGUE, Gateways("http://emu.test:8290", "https://emu.test:8291"), 7)
        for played in default_entries(CATALOGUE.names()):
            entries.put(played.model_copy(update=URLS))
        ledger, script = Ledger(self.clock, 1000, 2**20), Script()
        outbox = Outbox(self.clock, self.pushes, ledger)
        receipts = Receipts(self.clock, outbox)
        self.desk = Desk(self.clock, 7, entries, ledger, script, outbox, receipts)
        self.brokers = Brokers(self.clock, entries, ledger, script, receipts)

    def written(self, entry: Entry, password: str = "emulator", text: str = "grüße {}") -> tuple[Mt, HttpRequest]:
        """Write an MT as a customer of the broker does."""
        profile = CATALOGUE.profile(entry.profile.name).fitted(entry.registration().options)
        mt = Mt("15550100", ("+15550001",), text, "7", "http://app.test/dlr")
        registration = evolve(entry.registration(), password=password)
        return mt, profile.write_mt(mt, registration, datetime(2026, 5, 4, tzinfo=UTC))

    def answered(self, entry: Entry, mt: Mt, request: HttpRequest) -> Answer:
        """Hand an MT to the played broker, and read its answer as a customer does."""
        raw = self.successResultOf(self.brokers(Arrival(request, raw_request(request)))) or b""
        profile = CATALOGUE.profile(entry.profile.name).fitted(entry.registration().options)
        (answer,) = profile.read_answer(read_reply(raw), mt)
        return answer

    def test_accepts(self) -> None:
        """Each takes an MT of its own dialect, and says so in its own words."""
        for entry in self.desk.entries:
            answer = self.answered(entry, *self.written(entry))
            self.assertEqual(answer.outcome, Outcome.ACCEPTED, entry.name)

    def test_refuses_credentials(self) -> None:
        """Each refuses wrong credentials in words that its customers understand."""
        for entry in self.desk.entries:
            answer = self.answered(entry, *self.written(entry, "wrong"))
            self.assertEqual(answer.outcome, Outcome.AUTH_FAILED, entry.name)

    def test_wrong_path(self) -> None:
        """None takes an MT at a path of another dialect."""
        for entry in self.desk.entries:
            mt, request = self.written(entry)
            path, mark, query = request.target.partition(b"?")
            answer = self.answered(entry, mt, evolve(request, target=path + b"/more" + mark + query))
            self.assertNotEqual(answer.outcome, Outcome.ACCEPTED, entry.name)

    def test_scripted_outcomes(self) -> None:
        """Each can be told to refuse or to be busy, and its customers understand."""
        for entry in self.desk.entries:
            for error, outcomes in (("refused", {Outcome.REFUSED}), ("busy", {Outcome.RETRY, Outcome.THROTTLED})):
                self.desk.answer(AnswerOrder.model_validate({"broker": entry.name, "error": error}))
                answer = self.answered(entry, *self.written(entry))
                self.assertIn(answer.outcome, outcomes, entry.name)

    def test_reports(self) -> None:
        """Each reports on what it took: the same message, at last delivered."""
        for entry in self.desk.entries:
            if not CATALOGUE.profile(entry.profile.name).receipt_methods:
                continue
            self.pushes.sent.clear()
            answer = self.answered(entry, *self.written(entry))
            self.clock.pump([0.5] * 4)
            profile = CATALOGUE.profile(entry.profile.name)
            (receipt,) = profile.read_receipts(self.pushes.sent[-1])
            self.assertEqual(receipt.state, State.DELIVERED, entry.name)
            self.assertIn(receipt.broker_id, (answer.broker_id, "") if answer.broker_id else (receipt.broker_id,), entry.name)
            profile.verify_receipt(self.pushes.sent[-1], evolve(entry.registration(), receipt_url="http://app.test/dlr"))

    def test_mo(self) -> None:
        """Each delivers an MO that its customers can verify and read, character by character."""
        for entry in self.desk.entries:
            if not CATALOGUE.profile(entry.profile.name).mo_methods:
                continue
            order = MoOrder.model_validate({"broker": entry.name, "from": "+15550001", "to": "+15550100", "text": "Ω & 😀 +%2B"})
            composed = compose_mo(entry, order, self.clock)
            profile = CATALOGUE.profile(entry.profile.name)
            profile.verify_mo(composed.request, entry.registration())
            (mo,) = profile.read_mo(composed.request)
            self.assertEqual((mo.text, mo.remote.lstrip("+"), mo.local.lstrip("+")), ("Ω & 😀 +%2B", "15550001", "15550100"))
            self.assertEqual(mo.broker_id, composed.line.id, entry.name)

    @given(
        place=st.integers(0, 4),
        method=st.sampled_from(["GET", "POST", "PUT", "BREW"]),
        query=st.binary(max_size=40),
        body=st.one_of(st.binary(max_size=80), st.text(max_size=40).map(str.encode), st.just(b'{"messages": [{"to": 1}]}')),
        kind=st.sampled_from([b"application/json", b"text/xml", b"application/x-www-form-urlencoded; charset=x", b"\xff"]),
        credentials=st.one_of(st.binary(max_size=20), st.just(b"Basic ZW11bGF0b3I6ZW11bGF0b3I=")),
    )
    @settings(max_examples=150, deadline=None)
    def test_any_bytes(self, place: int, method: str, query: bytes, body: bytes, kind: bytes, credentials: bytes) -> None:
        """Whatever bytes reach a played broker, it answers in its own words, and never with a fault of the program."""
        entry = list(self.desk.entries)[place % len(self.desk.entries)]
        path = entry.profile.mt_path.replace("{account}", "emulator").encode()
        headers = ((b"Content-Type", kind), (b"Authorization", credentials))
        request = HttpRequest(method, b"/" + entry.name.encode() + path + b"?" + query, headers, body, "http", "h")
        raw = self.successResultOf(self.brokers(Arrival(request, raw_request(request)))) or b""
        self.assertTrue(200 <= read_reply(raw).status < 504, raw[:80])
