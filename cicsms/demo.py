"""The demonstration: server and emulator as two processes on this machine, judged by the conformance suite."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from cicsms.certs.folder import provide
from cicsms.conformance.peer.client import JsonClient, Unreachable
from cicsms.conformance.peer.emulator_api import EmulatorApi
from cicsms.conformance.peer.ports import free_ports
from cicsms.conformance.peer.process import Twistd
from cicsms.conformance.peer.server_api import ServerApi
from cicsms.conformance.plan import Selection
from cicsms.conformance.result import Report
from cicsms.conformance.run import run_suite
from cicsms.conformance.site import Ports, generate
from cicsms.conformance.suite import Listener
from cicsms.conformance.target import Target, load_target
from cicsms.model.errors import CicsmsError
from cicsms.profile import Catalogue

HOSTS = ("localhost", "127.0.0.1")
MARK = ".cicsms-demo"
"""The file by which a folder is known as one that a demonstration may empty."""


class NotOurs(CicsmsError):
    """The folder holds something else: a demonstration empties only folders it made."""


@frozen
class Stage:
    """Where a demonstration plays: its folder, its target, and the two processes."""

    folder: Path
    target: Target
    server: Twistd
    emulator: Twistd

    async def start(self) -> None:
        """Start both processes; raises ``DidNotStart``."""
        await self.emulator.start()
        await self.server.start()

    async def stop(self) -> None:
        """End both processes."""
        await self.server.stop()
        await self.emulator.stop()

    async def judge(self, reactor: Any, selection: Selection, listener: Listener) -> Report:
        """Run the suite."""
        return await run_suite(reactor, self.target, selection, listener, folder=self.folder / "conformance")


def lay(reactor: Any, folder: Path) -> Stage:
    """Empty the folder and write certificates and settings into it; nothing is started yet.

    Raises ``NotOurs`` where the folder was not made by a demonstration.
    """
    _empty(folder)
    certificates = folder / "certs"
    provide(certificates, hosts=HOSTS, now=datetime.now(UTC))
    ports = Ports(*free_ports(6))
    target = load_target(generate(folder, ports=ports, certificates=certificates, catalogue=Catalogue.load()))
    server = ServerApi(JsonClient(reactor, target.server.api, target.server.token.get_secret_value()), reactor)
    token = target.emulator.token.get_secret_value() if target.emulator.token else ""
    emulator = EmulatorApi(JsonClient(reactor, target.emulator.control, token))
    return Stage(
        folder,
        target,
        Twistd(reactor, folder, ("cicsms", "--config", "site.toml"), _asking(server.version), folder / "server.log"),
        Twistd(
            reactor, folder, ("cicsms-emulator", "--config", "emulator.toml"), _asking(emulator.version), folder / "emulator.log"
        ),
    )


def _asking(question: Any) -> Any:
    """Make a function that tells whether a question is answered."""

    async def answers() -> bool:
        try:
            await question()
        except Unreachable:
            return False
        return True

    return answers


def _empty(folder: Path) -> None:
    """Make the folder anew, if it is ours or empty."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise NotOurs(f"{folder} holds files that no demonstration made: name another folder with --folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by 'cicsms demo', which empties this folder when it runs again.\n")
