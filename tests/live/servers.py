"""Real server and emulator processes for live tests: each in a folder of its own, on free loopback ports."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import treq
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionLost, ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived
from twisted.web.http_headers import Headers

TOKEN = "live-test-token"
START_SECONDS = 30.0
NETWORK: Any = reactor
HERE = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody uses just now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((HERE, 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


class _Watched(ProcessProtocol):
    """A process whose output goes to a file and whose end can be waited for."""

    def __init__(self, log: Path) -> None:
        self._file = log.open("ab")
        self.ended: Deferred[None] = Deferred()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Keep what the process says."""
        self._file.write(data)
        self._file.flush()

    def processEnded(self, reason: Failure) -> None:
        """Tell that it is gone."""
        self._file.close()
        self.ended.callback(None)


class Running:
    """One ``twistd`` process; ``probe`` is a URL that answers once it serves."""

    def __init__(self, folder: Path, words: list[str], probe: str) -> None:
        self.folder = folder
        self._words = [str(Path(sys.executable).with_name("twistd")), "-n", "--pidfile=", *words]
        self._probe = probe
        self._watched: _Watched | None = None

    @property
    def log(self) -> str:
        """All it has said."""
        return (self.folder / "process.log").read_text()

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        watched = self._watched = _Watched(self.folder / "process.log")
        NETWORK.spawnProcess(watched, self._words[0], self._words, env=os.environ, path=str(self.folder))
        end = NETWORK.seconds() + START_SECONDS
        while not await self._answers():
            if watched.ended.called or NETWORK.seconds() > end:
                raise AssertionError(f"it did not start:\n{self.log}")
            await deferLater(NETWORK, 0.05)

    async def signal(self, name: str) -> None:
        """Send a signal and wait for the end of the process; one that has ended already is fine."""
        watched = self._watched
        if watched is None or watched.ended.called:
            return
        transport: Any = watched.transport
        try:
            transport.signalProcess(name)
        except ProcessExitedAlready:
            return
        await watched.ended

    async def _answers(self) -> bool:
        try:
            reply = await treq.get(self._probe, timeout=5, persistent=False)
            await treq.content(reply)
        except (ConnectError, ConnectionLost, ResponseNeverReceived):
            return False
        return bool(reply.code == 200)


class Api:
    """The API of a running server, as a client of it sees it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{HERE}:{port}"

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call and return (status, JSON)."""
        reply = await treq.request(
            method,
            self.url + path,
            json=body,
            headers=Headers({"Authorization": [f"Bearer {TOKEN}"], **{name: [value] for name, value in headers.items()}}),
            timeout=30,
            persistent=False,
        )
        content = await treq.content(reply)
        return reply.code, (await treq.json_content(reply)) if content else None

    async def all_messages(self, query: str) -> list[dict[str, Any]]:
        """Return every message that a query finds, page by page."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            _, page = await self.call("GET", f"/api/v1/messages?limit=1000&{query}{cursor}")
            found += page["messages"]
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"


def server(folder: Path, configuration: str, api: int) -> Running:
    """Prepare a server whose API listens on the port ``api``; it starts when told to."""
    folder.mkdir(parents=True, exist_ok=True)
    site = f'interface = "{HERE}"\n[api]\nendpoint = "tcp:{api}:interface={HERE}"\ntoken = "{TOKEN}"\n'
    (folder / "site.toml").write_text(site)
    (folder / "configuration.toml").write_text(configuration)
    return Running(folder, ["cicsms", "--config", "site.toml"], f"http://{HERE}:{api}/api/v1/health")


def emulator(folder: Path, settings: str, http: int, https: int, control: int) -> Running:
    """Prepare an emulator on three ports; it starts when told to."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = "".join(f'{n} = "tcp:{p}:interface={HERE}"\n' for n, p in (("http", http), ("https", https), ("control", control)))
    (folder / "emulator.toml").write_text(ports + settings)
    probe = f"http://{HERE}:{control}/emulator/v1/health"
    return Running(folder, ["cicsms-emulator", "--config", "emulator.toml"], probe)
