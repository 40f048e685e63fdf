"""Where the rooms of the emulator meet: one function makes the whole of it."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

from twisted.application.service import MultiService
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.server import Site

from cicsms.emulator.admission import Admission
from cicsms.emulator.brokers import Brokers
from cicsms.emulator.control import Control
from cicsms.emulator.desk import Desk
from cicsms.emulator.door import Voices
from cicsms.emulator.entries import Entries, Gateways
from cicsms.emulator.ledger import Ledger
from cicsms.emulator.listener import BrokerFactory
from cicsms.emulator.outbox import Outbox
from cicsms.emulator.ports import Opening, Ports
from cicsms.emulator.pushes import Pushes
from cicsms.emulator.receipts import Receipts
from cicsms.emulator.script import Script
from cicsms.emulator.settings import EmulatorSettings, default_entries
from cicsms.emulator.tls import Agents, identity
from cicsms.profile.catalogue import Catalogue
from cicsms.web.tls import server_options


class Emulator(MultiService):
    """The emulator as a service; ``desk`` is what the control API works on, ``ports`` tells where it listens."""

    log = Logger()

    def __init__(self, desk: Desk, settings: EmulatorSettings) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.desk = desk
        self.numbers: dict[str, int] = {}
        self._settings = settings

    def located(self, numbers: dict[str, int]) -> None:
        """Take note of the ports that were opened, and tell where everything is."""
        self.numbers = numbers
        host = self._settings.host
        urls = {name: f"{'https' if name == 'https' else 'http'}://{host}:{number}" for name, number in numbers.items()}
        self.desk.entries.move(Gateways(urls["http"], urls["https"]))
        self.log.info(
            "{count} brokers play at {http} and {https}; control and page at {control}/; seed {seed}",
            count=len(self.desk.entries),
            seed=self.desk.seed,
            **urls,
        )

    def stopService(self) -> Any:
        """Close the ports and give up the receipts that are pending."""
        self.desk.receipts.clear()
        return super().stopService()  # type: ignore[no-untyped-call]


class ControlSite(Site):
    """The control port; it logs no access, since queries hold message texts, and shows no tracebacks."""

    noisy = False
    displayTracebacks = False

    def log(self, request: object) -> None:
        """Say nothing of the request."""


def build(reactor: Any, settings: EmulatorSettings, voices: Voices | None = None) -> Emulator:
    """Make an emulator; it listens when its service starts.

    ``voices`` are the profiles it plays, by default the bundled ones and those in the folders of the settings. Raises
    ``Rejected`` where a definition or a certificate is not fit, and the catalogue's own error for an unknown profile.
    """
    desk = _desk(reactor, settings, voices or Catalogue.load(settings.profiles))
    emulator = Emulator(desk, settings)
    presented = identity(settings, reactor)
    brokers = Brokers(reactor, desk.entries, desk.ledger, desk.script, desk.receipts)
    plain, secure = (BrokerFactory(reactor, scheme, brokers) for scheme in ("http", "https"))
    tls = TLSMemoryBIOFactory(server_options(presented.credentials), False, secure, reactor)
    token = settings.token.get_secret_value() if settings.token else None
    control = ControlSite(Control(desk, Admission(token, settings.host), presented.anchors).app.resource(), reactor=reactor)  # type: ignore[no-untyped-call]
    tls.noisy = False
    openings = (
        Opening("http", settings.http, plain),
        Opening("https", settings.https, tls),
        Opening("control", settings.control, control),
    )
    emulator.addService(Ports(reactor, openings, emulator.located))  # type: ignore[no-untyped-call]
    return emulator


def _desk(reactor: Any, settings: EmulatorSettings, voices: Voices) -> Desk:
    """Make what needs no port: the entries, the ledger, the script, and the pushes."""
    seed = SystemRandom().randrange(2**32) if settings.seed is None else settings.seed
    entries = Entries(voices, Gateways(), seed)
    for entry in settings.brokers or default_entries(voices.names()):
        entries.put(entry)
    ledger = Ledger(reactor, settings.keep, settings.keep_bytes)
    outbox = Outbox(reactor, Pushes(reactor, Agents(reactor)), ledger)
    return Desk(reactor, seed, entries, ledger, Script(), outbox, Receipts(reactor, outbox))
