"""Where the store's work is done: a thread of its own, or, in tests, the spot."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Protocol, TypeVar

from twisted.internet.interfaces import IReactorFromThreads

Result = TypeVar("Result")


class Lane(Protocol):
    """Does one piece of work after the other, in order."""

    def run(self, work: Callable[[], Result], done: Callable[[Result], None]) -> None:
        """Do ``work``, which never raises, and hand its result to ``done`` in the caller's thread."""

    def close(self) -> None:
        """Do what was handed in, then end; nothing may be handed in any more."""


class ThreadLane:
    """Works in a thread of its own; results come back through the reactor."""

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def _loop(self) -> None:
        while (job := self._work.get()) is not None:
            job()

    def run(self, work: Callable[[], Result], done: Callable[[Result], None]) -> None:
        """Queue ``work`` for the thread."""

        def job() -> None:
            self._reactor.callFromThread(done, work())

        self._work.put(job)

    def close(self) -> None:
        """Wait for the thread to finish what it has."""
        self._work.put(None)
        self._thread.join()


class InlineLane:
    """Works at once, in the caller's thread: for tests that never wait."""

    def run(self, work: Callable[[], Result], done: Callable[[Result], None]) -> None:
        """Do ``work`` now."""
        done(work())

    def close(self) -> None:
        """Nothing is left to be done."""
