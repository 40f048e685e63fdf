"""The real rig: sockets, processes and control interfaces for the peers of a run."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field
from OpenSSL import crypto
from twisted.internet.defer import DeferredLock
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates

from cicsms.conformance.golden import Golden, goldens
from cicsms.conformance.peer.client import JsonClient, Unreachable
from cicsms.conformance.peer.command import Commands
from cicsms.conformance.peer.compose import Composer, fitted
from cicsms.conformance.peer.emulator_api import EmulatorApi
from cicsms.conformance.peer.lab import Lab
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.peer.server_api import ServerApi
from cicsms.conformance.peer.shared import Shared
from cicsms.conformance.peer.wire import Wire
from cicsms.conformance.peer.wirelog import WireLog
from cicsms.conformance.plan import Job
from cicsms.conformance.target import BrokerTarget, Target
from cicsms.profile.catalogue import Catalogue
from cicsms.profile.evidence import level, of_profile

_PEM_END = b"-----END CERTIFICATE-----"


@define(eq=False)
class RealRig:
    """Speaks with the target over the network, and keeps what it starts under ``folder``."""

    reactor: Any
    target: Target
    folder: Path
    journal: Path | None = None
    patience: float = field(default=0.0, init=False)
    _nonce: str = field(factory=lambda: secrets.token_hex(8), init=False)
    _shared: Shared = field(factory=Shared, init=False)
    _locks: dict[str, DeferredLock] = field(factory=dict, init=False)
    _goldens: tuple[Golden, ...] = field(init=False)
    _catalogue: Catalogue = field(factory=Catalogue.load, init=False)
    _api: JsonClient = field(init=False)
    _control: JsonClient = field(init=False)
    _lab: Lab = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._goldens = goldens(self.target.brokers)
        server, emulator = self.target.server, self.target.emulator
        token = emulator.token.get_secret_value() if emulator.token else ""
        self._api = JsonClient(self.reactor, server.api, server.token.get_secret_value())
        self._control = JsonClient(self.reactor, emulator.control, token)
        self._lab = Lab(self.reactor, self.target, self.folder)

    async def prepare(self) -> dict[str, Any]:
        """Look at both sides, measure the round trip, and tell what is tested."""
        self.folder.mkdir(parents=True, exist_ok=True)
        server = await ServerApi(self._api, self.reactor).version()
        emulator = await EmulatorApi(self._control).version()
        self.patience = await self._round_trip()
        profiles = sorted({broker.profile for broker in self.target.brokers})
        return {
            "suite": version("cicsms"),
            "server": server,
            "emulator": emulator,
            "round_trip_ms": round(self.patience * 1000, 2),
            "profiles": {
                name: {"digest": self._catalogue.profile(name).digest, "evidence": str(level(of_profile(name)))}
                for name in profiles
            },
        }

    async def _round_trip(self) -> float:
        """Return the seconds that one exchange on a new connection takes."""
        broker = self.target.brokers[0]
        raw = b"GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (secrets.token_hex(4).encode(), self.target.tls.name.encode())
        heard = await self.wire(broker, WireLog()).talk(raw)
        if not heard.data:
            raise Unreachable(f"port {broker.port} gives no answer to an HTTP request")
        return heard.seconds

    def peer(self, job: Job, seed: Random) -> Peer:
        """Make the peer of one job, with a wire log of its own."""
        broker = job.broker
        profile = fitted(self._catalogue.profile(broker.profile), broker)
        fresh = Random(f"{self._nonce}/{job.case.id}/{job.column}")  # noqa: S311  ids, not secrets
        return Peer(
            target=self.target,
            broker=broker,
            profile=profile,
            composer=Composer(profile, broker, fresh, datetime.now(UTC).replace(microsecond=0)),
            goldens=tuple(golden for golden in self._goldens if _alike(golden.broker, broker)),
            wire_to=self.wire,
            server=ServerApi(self._api, self.reactor),
            emulator=EmulatorApi(self._control),
            lab=self._lab,
            commands=Commands(self.reactor, self.folder),
            folder=self.folder,
            random=seed,
            log=WireLog([secret.encode() for secret in self.target.secrets]),
            patience=self.patience,
            journal=self.journal,
            locks=self._locks,
            shared=self._shared,
        )

    def wire(self, broker: BrokerTarget, log: WireLog) -> Wire:
        """Make raw connections to the port of a broker entry."""
        endpoint: IStreamClientEndpoint = TCP4ClientEndpoint(self.reactor, self.target.server.host, broker.port, timeout=10)
        if broker.scheme == "https":
            roots = trustRootFromCertificates(_certificates(self.target.tls.trust))
            endpoint = wrapClientTLS(optionsForClientTLS(self.target.tls.name, trustRoot=roots), endpoint)
        return Wire(endpoint, self.reactor, log, limit=10 + 20 * self.patience)

    async def close(self) -> None:
        """End private servers and connections."""
        await self._lab.close()
        await self._api.close()
        await self._control.close()


def _alike(one: BrokerTarget, other: BrokerTarget) -> bool:
    return one.profile == other.profile and one.scheme == other.scheme


def _certificates(path: Path) -> list[Certificate]:
    pieces = [piece + _PEM_END for piece in path.read_bytes().split(_PEM_END) if b"BEGIN CERTIFICATE" in piece]
    return [Certificate(crypto.load_certificate(crypto.FILETYPE_PEM, piece)) for piece in pieces]
