"""What a case is given: one broker entry of the target, and every way to speak with it and to see what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Protocol

from attrs import define, field
from twisted.internet.defer import DeferredLock
from twisted.internet.task import deferLater

from cicsms.conformance.golden import Golden, request_bytes
from cicsms.conformance.peer.command import Runs
from cicsms.conformance.peer.compose import Composer
from cicsms.conformance.peer.emulator_api import EmulatorApi, Taken
from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.lab import Labs
from cicsms.conformance.peer.serialise import Variation, aimed, plain
from cicsms.conformance.peer.server_api import ServerApi, Stored, Submitted, Told
from cicsms.conformance.peer.shared import Shared
from cicsms.conformance.peer.wire import Enough
from cicsms.conformance.peer.wirelog import WireLog
from cicsms.conformance.target import AccountTarget, BrokerTarget, Target
from cicsms.conformance.verdict import require
from cicsms.model.message import Mo
from cicsms.model.wire import HttpRequest
from cicsms.profile.profile import Profile


class Talks(Protocol):
    """A raw connection to a port of the server."""

    async def talk(self, *pieces: bytes, enough: Enough | None = None, pause: float = 0, limit: float | None = None) -> Heard:
        """Send the pieces, and return what was heard until it was enough."""


WireTo = Callable[[BrokerTarget, WireLog], Talks]


@define
class Peer:
    """One subject of one case.

    ``patience`` stretches every time limit by the measured round trip. ``collected`` names the places where secrets are
    searched for after the run.
    """

    target: Target
    broker: BrokerTarget
    profile: Profile
    composer: Composer
    goldens: tuple[Golden, ...]
    wire_to: WireTo
    server: ServerApi
    emulator: EmulatorApi
    lab: Labs
    commands: Runs
    folder: Path
    random: Random
    log: WireLog
    patience: float = 0.0
    journal: Path | None = None
    shared: Shared = field(factory=Shared)
    locks: dict[str, DeferredLock] = field(factory=dict)
    notes: list[str] = field(factory=list)

    @property
    def account(self) -> AccountTarget:
        """The first account of the entry."""
        return self.broker.accounts[0]

    @property
    def authority(self) -> str:
        """Host and port that requests are aimed at."""
        return f"{self.target.tls.name}:{self.broker.port}"

    @property
    def wire(self) -> Talks:
        """Raw connections to the port of this entry."""
        return self.wire_to(self.broker, self.log)

    def evidence(self, *directions: str) -> tuple[Golden, ...]:
        """Return the evidence of these directions that can be shown over this scheme.

        Where a signature covers the URL, a request that was published for the other scheme can't be genuine here.
        """
        strict = self.composer.covers_url()
        arriving = {"mo", "mo-auth", "receipt"}
        return tuple(
            golden
            for golden in self.goldens
            if golden.item.direction in directions and (golden.faithful or not strict or golden.item.direction not in arriving)
        )

    def golden_bytes(self, golden: Golden, path: str) -> bytes:
        """Return a published request aimed at ``path``."""
        return request_bytes(golden, path, self.authority)

    def aimed(self, request: HttpRequest, path: str | None = None) -> HttpRequest:
        """Return a composed request aimed at the entry's MO path, or at another one."""
        return aimed(request, self.broker.mo_path if path is None else path, self.authority)

    def written(self, mo: Mo, account: AccountTarget | None = None) -> bytes:
        """Write a message in one of its many equal forms, as the seed wants it."""
        variation = Variation(self.random, self.composer.signed(), self.notes)
        return variation.write(self.aimed(self.composer.write(mo, account)))

    async def deliver(self, mo: Mo, account: AccountTarget | None = None) -> Heard:
        """Deliver a message to the server as the broker does."""
        return await self.wire.talk(self.written(mo, account))

    async def push(self, request: HttpRequest, path: str | None = None) -> Heard:
        """Send a composed request the plainest way."""
        return await self.wire.talk(plain(self.aimed(request, path)))

    async def arrived(self, mo: Mo, *, anywhere: bool = False) -> tuple[Stored, ...]:
        """Return what the server has of this handset."""
        return await self.server.inbound(None if anywhere else self.broker.name, mo.remote)

    async def kept_exactly(self, mo: Mo, heard: Heard) -> Stored:
        """Hold that a delivery was acknowledged, and that one message with exactly this text is stored."""
        require(heard.good, "a 2xx acknowledgement", heard_and_body(heard))
        found = await self.arrived(mo)
        require(len(found) == 1, "one stored message", f"{len(found)} messages stored")
        require(found[0].text == mo.text, f"the text {mo.text!r}", f"the text {found[0].text!r}")
        return found[0]

    async def send(self, to: str, text: str) -> Submitted:
        """Hand in a message to send through this entry."""
        return await self.server.submit(to, text, self.broker.name, self.account.id, self.account.local)

    async def sent(self, to: str, text: str) -> tuple[Told, tuple[Taken, ...]]:
        """Hand in a message, and return it once the broker took it, with what reached the broker."""
        submitted = await self.send(to, text)
        require(submitted.accepted, "202 to the message to send", f"{submitted.status} {submitted.said}")
        told = await self.server.until(submitted.id, settled, self.limit(10))
        return told, await self.emulator.taken(self.broker.name, to)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Have an entry for oneself: published examples share numbers, so two cases at once would mix their answers."""
        lock = self.locks.setdefault(name, DeferredLock())
        await lock.acquire()
        try:
            yield
        finally:
            lock.release()

    async def pause(self, seconds: float) -> None:
        """Let time go by on the clock of the run."""
        await deferLater(self.server.clock, seconds)

    def limit(self, seconds: float) -> float:
        """Stretch a time limit by the measured round trip."""
        return seconds + 20 * self.patience


def settled(told: Told) -> bool:
    """Tell whether a message was handed to its broker, or never will be."""
    return told.message.state not in ("queued", "sending")


def heard_and_body(heard: Heard) -> str:
    """Tell what was heard, with the beginning of the first reply's body."""
    body = heard.reply.body[:200] if heard.reply else b""
    return f"{heard}; body {body!r}"
