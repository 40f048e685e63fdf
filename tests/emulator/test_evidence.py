"""What the brokers published, sent to the played brokers as their customers send it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.brokers import Brokers
from cicsms.emulator.entries import Entries, Gateways
from cicsms.emulator.ledger import Ledger, Query
from cicsms.emulator.listener import Arrival
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.raw import raw_request
from cicsms.emulator.receipts import Receipts
from cicsms.emulator.script import Script
from cicsms.emulator.settings import BrokerEntry
from cicsms.model.message import Mt
from cicsms.profile.catalogue import Catalogue
from cicsms.profile.evidence import Direction, Item, brokers, load, registration
from cicsms.profile.evidence_sides import canonical, exchange
from tests.emulator.fakes import FakePushes

CATALOGUE = Catalogue.load()


def published() -> Iterator[Item]:
    """Give every MT request that a broker published."""
    for broker in brokers():
        yield from (item for item in load(broker) if item.direction is Direction.MT_REQUEST)


def entry_of(item: Item) -> BrokerEntry:
    """Make the entry that the published request was written for."""
    known = registration(item)
    return BrokerEntry.model_validate(
        {
            "name": "played",
            "profile": item.profile,
            "account": known.account,
            "login": known.login,
            "password": known.password,
            "options": dict(known.options),
            "local": known.local,
            "mt_path": known.mt_path,
        }
    )


def base_path(item: Item) -> bytes:
    """Return the path of the broker's base URL, in whose place the played broker's own stands."""
    gateway = registration(item).gateway or CATALOGUE.profile(item.profile).gateway
    return urlsplit(gateway).path.rstrip("/").encode()


class EvidenceTests(SynchronousTestCase):
    """Requests that this program did not write."""

    def test_taken(self) -> None:
        """Every published MT request is taken, and understood as the evidence says."""
        items = tuple(published())
        for item in items:
            clock, pushes = Clock(), FakePushes()
            entries = Entries(CATALOGUE, Gateways("http://emu.test", "https://emu.test"), 1)
            entries.put(entry_of(item))
            ledger = Ledger(clock, 10, 2**20)
            played = Brokers(clock, entries, ledger, Script(), Receipts(clock, Outbox(clock, pushes, ledger)))
            request, _ = exchange(item)
            assert request is not None
            sent = evolve(request, target=b"/played" + request.target.removeprefix(base_path(item)))
            self.successResultOf(played(Arrival(sent, raw_request(sent))))
            (found,) = ledger.find(Query())
            self.assertEqual((found.kind, found.error), ("mt", ""), item)
            texts = [mt.text for mt in canonical(item) if isinstance(mt, Mt) for _ in mt.recipients]
            self.assertEqual([line.text for line in found.lines], texts, item)
        self.assertGreater(len(items), 6)
