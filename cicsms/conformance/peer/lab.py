"""Private servers: started by the command line in a folder of their own, killed, started again on the same store."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Protocol, cast

from attrs import define, field
from twisted.internet import defer, error
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from cicsms.conformance import site
from cicsms.conformance.peer.client import JsonClient, Unreachable
from cicsms.conformance.peer.ports import HERE, free_ports
from cicsms.conformance.peer.server_api import ServerApi
from cicsms.conformance.target import BrokerTarget, Target
from cicsms.model.errors import CicsmsError

START = 60.0
"""Seconds a private server has until its API answers."""

AT_ONCE = 2
"""Private servers that run at the same time: each is a process."""


class DidNotStart(CicsmsError):
    """A private server ended, or its API stayed silent; the text has the end of its log."""


class Private(Protocol):
    """A private server as a case sees it."""

    brokers: tuple[BrokerTarget, ...]
    api: ServerApi

    async def kill(self) -> None:
        """End it with SIGKILL."""

    async def start(self) -> None:
        """Start it (again) on the same store."""


class Labs(Protocol):
    """What starts private servers."""

    async def server(self, brokers: Sequence[BrokerTarget], changes: Changes = ...) -> Private:
        """Start a server that has these brokers, on ports of its own."""

    async def end(self, server: Private) -> None:
        """End a private server."""


Changes = Mapping[str, Mapping[str, Any]]
"""Settings to put over a broker's, by its name: ``{"twilio-http-off": {"enabled": False}}``."""


class _Process(ProcessProtocol):
    """Writes the output of a process to its log file and tells of its end."""

    def __init__(self, log: Path) -> None:
        self._file = log.open("ab")
        self.ended: defer.Deferred[None] = defer.Deferred()

    def outReceived(self, data: bytes) -> None:
        """Keep standard output."""
        self._file.write(data)
        self._file.flush()

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        """Tell that it is gone."""
        self._file.close()
        self.ended.callback(None)


@define(eq=False)
class PrivateServer:
    """One server process with its folder; ``brokers`` are aimed at its own ports."""

    reactor: Any
    folder: Path
    brokers: tuple[BrokerTarget, ...]
    api: ServerApi
    client: JsonClient
    _process: _Process | None = field(default=None, init=False)

    async def start(self) -> None:
        """Start the process and wait until its API answers."""
        self._process = _Process(self.folder / "server.log")
        twistd = str(Path(sys.executable).parent / "twistd")
        words = [twistd, "-n", "--pidfile=", "cicsms", "--config", "site.toml"]
        self.reactor.spawnProcess(self._process, words[0], words, os.environ, str(self.folder))
        end = self.reactor.seconds() + START
        while not await self._answers():
            if self._process.ended.called or self.reactor.seconds() > end:
                raise DidNotStart(f"the private server in {self.folder} did not start: {self._said()}")
            await deferLater(self.reactor, 0.05)

    async def _answers(self) -> bool:
        try:
            await self.api.version()
        except Unreachable:
            return False
        return True

    async def kill(self) -> None:
        """End the process at once, as a power cut does."""
        process = self._process
        if process is not None and not process.ended.called:
            try:
                cast(Any, process.transport).signalProcess("KILL")
            except error.ProcessExitedAlready:
                return
            await process.ended

    def _said(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", "replace")[-1500:]


@define(eq=False)
class Lab:
    """Starts private servers under ``folder``; ``close`` ends those that are left."""

    reactor: Any
    target: Target
    folder: Path
    _numbers: count[int] = field(factory=count, init=False)
    _running: list[PrivateServer] = field(factory=list, init=False)
    _slots: defer.DeferredSemaphore = field(factory=lambda: defer.DeferredSemaphore(AT_ONCE), init=False)

    async def server(self, brokers: Sequence[BrokerTarget], changes: Changes | None = None) -> PrivateServer:
        """Start a server that has these brokers, on ports of its own, with a store of its own."""
        http, https, api = free_ports(3)
        folder = self.folder / f"lab-{next(self._numbers)}"
        own = tuple(evolve_ports(broker, http, https) for broker in brokers)
        site.write_server(folder, own, self.target, api, changes or {})
        client = JsonClient(self.reactor, f"http://{HERE}:{api}", self.target.server.token.get_secret_value())
        server = PrivateServer(self.reactor, folder, own, ServerApi(client, self.reactor), client)
        await self._slots.acquire()
        self._running.append(server)
        await server.start()
        return server

    async def end(self, server: Private) -> None:
        """End a private server."""
        for one in [one for one in self._running if one is server]:
            self._running.remove(one)
            self._slots.release()
            await one.kill()
            await one.client.close()

    async def close(self) -> None:
        """End every private server that is left."""
        for server in list(self._running):
            await self.end(server)


def evolve_ports(broker: BrokerTarget, http: int, https: int) -> BrokerTarget:
    """Return the broker with its MO port on a private server; the URLs it is called by stay, for signatures."""
    return broker.model_copy(update={"port": https if broker.scheme == "https" else http})
