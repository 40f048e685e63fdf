"""How the API is served: a quiet HTTP site; and the signal that asks for a reload."""

from __future__ import annotations

import signal
from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.interfaces import IReactorFromThreads
from twisted.web.server import Request, Site


class QuietSite(Site):
    """A site without a log line for each request, and without tracebacks for its callers."""

    displayTracebacks = False

    def log(self, request: Request) -> None:  # type: ignore[override]
        """Say nothing: ``/metrics`` counts."""


class Hangup(Service):
    """Calls ``act`` in the reactor's thread when the process gets SIGHUP, where the system has that signal."""

    def __init__(self, reactor: IReactorFromThreads, act: Callable[[], None]) -> None:
        self._reactor = reactor
        self._act = act

    def startService(self) -> None:
        """Listen for the signal."""
        super().startService()  # type: ignore[no-untyped-call]
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda *_: self._reactor.callFromThread(self._act))
