"""Real server and emulator processes for live tests: each in a folder of its own, on free loopback ports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import treq
from twisted.internet import reactor
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.web.client import ResponseNeverReceived
from twisted.web.http_headers import Headers

from cicsms.conformance.peer.ports import HERE, free_ports
from cicsms.conformance.peer.process import Twistd

__all__ = ["HERE", "NETWORK", "TOKEN", "Api", "Running", "emulator", "free_ports", "server"]

TOKEN = "live-test-token"
NETWORK: Any = reactor


class Running(Twistd):
    """One ``twistd`` process of a test."""

    def said(self) -> str:
        """All it has said."""
        return self.log.read_text("utf-8", "replace")


def _running(folder: Path, words: tuple[str, ...], probe: str) -> Running:
    """Prepare a process; ``probe`` is a URL that answers once it serves."""

    async def answers() -> bool:
        try:
            reply = await treq.get(probe, timeout=5, persistent=False)
            await treq.content(reply)
        except (ConnectError, ConnectionLost, ResponseNeverReceived):
            return False
        return bool(reply.code == 200)

    return Running(NETWORK, folder, words, answers, folder / "process.log")


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
    return _running(folder, ("cicsms", "--config", "site.toml"), f"http://{HERE}:{api}/api/v1/health")


def emulator(folder: Path, settings: str, http: int, https: int, control: int) -> Running:
    """Prepare an emulator on three ports; it starts when told to."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = "".join(f'{n} = "tcp:{p}:interface={HERE}"\n' for n, p in (("http", http), ("https", https), ("control", control)))
    (folder / "emulator.toml").write_text(ports + settings)
    probe = f"http://{HERE}:{control}/emulator/v1/health"
    return _running(folder, ("cicsms-emulator", "--config", "emulator.toml"), probe)
