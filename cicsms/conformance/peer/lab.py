"""Private servers: started by the command line in a folder of their own, killed, started again on the same store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from attrs import define, field

from cicsms.conformance import site
from cicsms.conformance.peer.client import JsonClient
from cicsms.conformance.peer.ports import HERE, black_hole, free_ports
from cicsms.conformance.peer.process import Twistd
from cicsms.conformance.peer.server_api import ServerApi
from cicsms.conformance.peer.shared import Shared
from cicsms.conformance.target import BrokerTarget, Target


class Private(Protocol):
    """A private server as a case sees it."""

    api: ServerApi

    def broker(self, name: str) -> BrokerTarget:
        """Return one of its brokers."""

    async def kill(self) -> None:
        """End it with SIGKILL."""

    async def start(self) -> None:
        """Start it (again) on the same store."""


class Labs(Protocol):
    """What has private servers, each started when it is first asked for and shared by all cases."""

    async def crash_site(self) -> Private:
        """Return a server that may be killed; it has the brokers of the target."""

    async def bench(self) -> Private:
        """Return a server that has each broker of the target in four variants: ``off``, ``nomo``, ``nomt`` and ``dead``."""


VARIANTS: dict[str, dict[str, Any]] = {
    "off": {"enabled": False},
    "nomo": {"mo": {"enabled": False}},
    "nomt": {"mt": {"enabled": False}},
    "dead": {"mt": {"timeout": 1.0}},
}
"""What the bench changes in a broker; the gateway of ``dead`` never answers a connection attempt."""
TIMEOUT = 1.0


def variant(broker: BrokerTarget, word: str) -> BrokerTarget:
    """Return the broker under another name and paths; what is signed and where MTs go stays."""
    name = f"{broker.name}-{word}"
    return broker.model_copy(update={"name": name, "mo_path": f"/{name}/mo", "receipt_path": f"/{name}/receipts"})


@define(eq=False)
class PrivateServer:
    """One server process with its folder; ``brokers`` are aimed at its own ports."""

    brokers: Mapping[str, BrokerTarget]
    api: ServerApi
    client: JsonClient
    process: Twistd

    def broker(self, name: str) -> BrokerTarget:
        """Return one of its brokers."""
        return self.brokers[name]

    async def start(self) -> None:
        """Start the process and wait until its API answers."""
        await self.process.start()

    async def kill(self) -> None:
        """End the process at once, as a power cut does."""
        await self.process.kill()


@define(eq=False)
class Lab:
    """Starts private servers under ``folder``; ``close`` ends them."""

    reactor: Any
    target: Target
    folder: Path
    _running: list[PrivateServer] = field(factory=list, init=False)
    _shared: Shared = field(factory=Shared, init=False)
    _holes: ExitStack = field(factory=ExitStack, init=False)

    async def crash_site(self) -> Private:
        """Return a server that may be killed; it has the brokers of the target."""
        server: PrivateServer = await self._shared.once("crash", lambda: self._start("crash", self._own(), {}))
        return server

    async def bench(self) -> Private:
        """Return a server that has each broker of the target in its variants."""
        server: PrivateServer = await self._shared.once("bench", self._bench)
        return server

    async def _bench(self) -> PrivateServer:
        hole = self._holes.enter_context(black_hole())
        brokers = [variant(broker, word) for broker in self._own() for word in VARIANTS]
        dead = {"gateway": f"http://{HERE}:{hole}", "timeout": TIMEOUT}
        changes = {broker.name: VARIANTS[broker.name.rpartition("-")[2]] for broker in brokers}
        for broker in brokers:
            if broker.name.endswith("-dead"):
                changes[broker.name] = {"mt": dead | {"gateway": f"{broker.scheme}://{HERE}:{hole}"}}
        return await self._start("bench", brokers, changes)

    def _own(self) -> list[BrokerTarget]:
        return [broker for broker in self.target.brokers if not broker.golden]

    async def _start(self, name: str, brokers: Sequence[BrokerTarget], changes: Mapping[str, Any]) -> PrivateServer:
        """Start a server that has these brokers, on ports of its own, with a store of its own."""
        http, https, api = free_ports(3)
        folder = self.folder / f"{name}-{api}"
        own = {broker.name: _moved(broker, http, https) for broker in brokers}
        site.write_server(folder, list(own.values()), self.target, api, changes)
        client = JsonClient(self.reactor, f"http://{HERE}:{api}", self.target.server.token.get_secret_value())
        found = ServerApi(client, self.reactor)
        words = ("cicsms", "--config", "site.toml")
        process = Twistd(self.reactor, folder, words, found.answers, folder / "server.log")
        server = PrivateServer(own, found, client, process)
        self._running.append(server)
        await server.start()
        return server

    async def close(self) -> None:
        """End every private server."""
        for server in self._running:
            await server.kill()
            await server.client.close()
        self._running.clear()
        self._holes.close()


def _moved(broker: BrokerTarget, http: int, https: int) -> BrokerTarget:
    """Return the broker with its MO port on a private server; the URLs it is called by stay, for signatures."""
    return broker.model_copy(update={"port": https if broker.scheme == "https" else http})
