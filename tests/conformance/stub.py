"""Peers of the world: everything a case speaks through, in memory and at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import SecretStr
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock

from cicsms.certs.issue import issue
from cicsms.certs.recipe import recipe
from cicsms.cli import main
from cicsms.conformance.case import Case
from cicsms.conformance.catalogue import all_cases
from cicsms.conformance.golden import Golden, goldens
from cicsms.conformance.peer.command import Ran
from cicsms.conformance.peer.compose import Composer
from cicsms.conformance.peer.emulator_api import EmulatorApi
from cicsms.conformance.peer.heard import Heard
from cicsms.conformance.peer.lab import VARIANTS, variant
from cicsms.conformance.peer.peer import Peer
from cicsms.conformance.peer.server_api import ServerApi
from cicsms.conformance.peer.wire import Enough
from cicsms.conformance.peer.wirelog import WireLog
from cicsms.conformance.target import BrokerTarget, EmulatorTarget, ServerTarget, Target, TlsTarget
from cicsms.conformance.verdict import Ended, Verdict
from tests.conformance.far import Far
from tests.conformance.world import LIMIT, World, catalogue, entries

CRASH, BENCH = 2001, 2002
NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


class Hasty(Clock):
    """A clock on which nothing takes time: every call is made as soon as it is asked for."""

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> IDelayedCall:  # noqa: A002
        """Schedule a call and make it at once."""
        call = super().callLater(delay, callable, *args, **kw)
        self.advance(delay)
        return call


@define
class StubWire:
    """A connection to a world."""

    world: World

    async def talk(self, *pieces: bytes, enough: Enough | None = None, pause: float = 0, limit: float | None = None) -> Heard:
        """Answer all pieces; a client that drips is closed after four seconds, unless the world is patient."""
        if pause:
            return Heard(b"", "patient" not in self.world.broken, 4.0)
        data = b"".join(pieces)
        early = len(data) > 4 * LIMIT and "greedy" not in self.world.broken
        return Heard(self.world.serve(data), True, 0.01, LIMIT if early else len(data))


@define
class StubPrivate:
    """A private server: a world of its own, which forgets everything if it is sabotaged."""

    world: World
    api: ServerApi

    def broker(self, name: str) -> BrokerTarget:
        """Return one of its brokers."""
        return self.world.brokers[name]

    async def kill(self) -> None:
        """Lose what was not stored."""
        if "forgets" in self.world.broken:
            self.world.messages.clear()

    async def start(self) -> None:
        """Be there again."""


@define(eq=False)
class StubLab:
    """Private servers of a world."""

    world: World
    privates: dict[int, World] = field(factory=dict)

    async def crash_site(self) -> StubPrivate:
        """Return a private server with the same brokers."""
        brokers = {one.name: one.model_copy(update={"port": CRASH}) for one in self.world.brokers.values()}
        return self._private(World(brokers, self.world.far, self.world.broken), CRASH)

    async def bench(self) -> StubPrivate:
        """Return a private server with the variants of every broker."""
        own = [one.model_copy(update={"port": BENCH}) for one in self.world.brokers.values() if not one.golden]
        made = {(one.name, word): variant(one, word) for one in own for word in VARIANTS}
        words = {one.name: word for (_, word), one in made.items() if "ignores-enable" not in self.world.broken or word == "dead"}
        return self._private(World({one.name: one for one in made.values()}, self.world.far, self.world.broken, words), BENCH)

    def _private(self, world: World, port: int) -> StubPrivate:
        self.privates[port] = world
        return StubPrivate(world, ServerApi(world, Hasty()))


@define
class StubCommands:
    """Runs the product's command line in memory; ``openssl`` tells what a client of a sound chain sees."""

    broken: frozenset[str]

    async def cicsms(self, *words: str) -> Ran:
        """Run the command line, or pretend that all is fine."""
        if "lax" in self.broken:
            return Ran(0, "fine")
        result = CliRunner().invoke(main, list(words))
        return Ran(result.exit_code, result.output)

    async def run(self, words: Sequence[str]) -> Ran:
        """Tell what ``openssl s_client`` would."""
        chain = issue(recipe(), hosts=["localhost"], now=NOW).sent
        sent = chain[:1] if "leaf-only" in self.broken else chain
        pems = "".join(one.public_bytes(Encoding.PEM).decode() for one in sent)
        return Ran(0, f"Certificate chain\n{pems}---\nServer certificate\nVerify return code: 0 (ok)\n")


@contextmanager
def peer_of(profile: str, broken: frozenset[str] = frozenset(), seed: int = 1) -> Iterator[Peer]:
    """Make a peer for one profile of a world; a second profile is its neighbour on the port."""
    other = "kannel/sendsms" if profile != "kannel/sendsms" else "twilio/form"
    profiles = (profile, other)
    brokers = {one.name: one for one in entries(profiles)}
    world = World(brokers, Far(), broken)
    with tempfile.TemporaryDirectory() as folder:
        yield _peer(world, profiles, Path(folder), seed)


@cache
def published(profiles: tuple[str, ...]) -> tuple[Golden, ...]:
    """Return the evidence of the first of these profiles, read once."""
    return tuple(one for one in goldens(entries(profiles)) if one.broker.profile == profiles[0])


def _peer(world: World, profiles: tuple[str, ...], folder: Path, seed: int) -> Peer:
    profile = profiles[0]
    for name in ("server.pem", "server.key", "chain.pem", "trust.pem"):
        (folder / name).write_text("", "ascii")
    broker = next(one for one in world.brokers.values() if one.profile == profile and not one.golden)
    known = catalogue().profile(profile)
    lab = StubLab(world)
    return Peer(
        target=_target(world.brokers, folder),
        broker=broker,
        profile=known,
        composer=Composer(known, broker, Random(seed), NOW),
        goldens=published(profiles),
        wire_to=lambda one, log: StubWire(lab.privates.get(one.port, world)),
        server=ServerApi(world, Hasty()),
        emulator=EmulatorApi(world.far),
        lab=lab,
        commands=StubCommands(world.broken),
        folder=folder,
        random=Random(seed),
        log=WireLog(),
    )


def _target(brokers: Mapping[str, BrokerTarget], folder: Path) -> Target:
    https = next(iter(brokers.values())).model_copy(update={"scheme": "https", "name": "over-https", "golden": ("none",)})
    return Target(
        server=ServerTarget(api="http://127.0.0.1:1", token=SecretStr("a-very-secret-token"), request_seconds=4, body=LIMIT),
        emulator=EmulatorTarget(control="http://127.0.0.1:2"),
        tls=TlsTarget(trust=folder / "trust.pem", folder=folder),
        brokers=(*brokers.values(), https),
    )


def judged(case: Case, peer: Peer) -> Verdict:
    """Drive a case to its end, in memory."""
    outcome: list[Any] = []
    Deferred.fromCoroutine(_driven(case, peer)).addBoth(outcome.append)
    found = outcome[0]
    if hasattr(found, "raiseException"):
        found.raiseException()
    verdict: Verdict = found
    return verdict


async def _driven(case: Case, peer: Peer) -> Verdict:
    try:
        return await case.drive(peer)
    except Ended as ended:
        return ended.verdict


def case_of(name: str) -> Case:
    """Return a case by its id."""
    return next(case for case in all_cases() if case.id == name)
