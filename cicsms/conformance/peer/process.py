"""A ``twistd`` process of this installation: started, waited for, told to end, or killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from cicsms.model.errors import CicsmsError

START = 60.0
"""Seconds a process has until it answers."""

STOP = 20.0
"""Seconds a process has to end by itself before it is killed."""

STEP = 0.05
LAUNCH = "import sys; from twisted.scripts.twistd import run; sys.argv[0] = 'twistd'; run()"
"""What ``twistd`` does; the script itself lies elsewhere in every installation."""


class DidNotStart(CicsmsError):
    """A process ended, or stayed silent; the text has the end of its log."""


class _Watched(ProcessProtocol):
    """Writes what a process says to its log file, and tells of its end."""

    def __init__(self, log: Path) -> None:
        self._file = log.open("ab")
        self.ended: Deferred[None] = Deferred()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Keep what it says."""
        self._file.write(data)
        self._file.flush()

    def processEnded(self, reason: Failure) -> None:
        """Tell that it is gone."""
        self._file.close()
        self.ended.callback(None)


@define(eq=False)
class Twistd:
    """One process, run from ``folder``: ``words`` follow ``twistd``; ``answers`` tells whether it serves already."""

    reactor: Any
    folder: Path
    words: Sequence[str]
    answers: Callable[[], Awaitable[bool]]
    log: Path
    _watched: _Watched | None = field(default=None, init=False)

    @property
    def command(self) -> tuple[str, ...]:
        """The whole command line."""
        return (sys.executable, "-c", LAUNCH, "-n", "--pidfile=", *self.words)

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._watched is not None and not self._watched.ended.called

    async def start(self) -> None:
        """Start it and wait until it answers; raises ``DidNotStart``."""
        watched = self._watched = _Watched(self.log)
        self.reactor.spawnProcess(watched, self.command[0], self.command, os.environ, str(self.folder))
        end = self.reactor.seconds() + START
        while not await self.answers():
            if watched.ended.called or self.reactor.seconds() > end:
                raise DidNotStart(f"{self.words[0]} in {self.folder} did not start:\n{self.said()}")
            await deferLater(self.reactor, STEP)

    async def stop(self) -> None:
        """Ask it to end; where it does not, kill it."""
        if self._watched is None or not self.running:
            return
        self._signal("TERM")
        end = self.reactor.seconds() + STOP
        while self.running and self.reactor.seconds() < end:
            await deferLater(self.reactor, STEP)
        await self.kill()

    async def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._watched is not None and self.running:
            self._signal("KILL")
            await self._watched.ended

    def said(self) -> str:
        """Return the end of its log."""
        return self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else ""

    def _signal(self, name: str) -> None:
        """Send a signal; a process that has just ended needs none."""
        transport: Any = self._watched.transport if self._watched else None
        try:
            transport.signalProcess(name)
        except ProcessExitedAlready:
            return
