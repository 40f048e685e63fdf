"""Where the store's work is done: in threads of its own, or, in tests, on the spot."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

Result = TypeVar("Result")


class Lane(Protocol):
    """Does work elsewhere; a lane of one thread does it in order."""

    def run(self, work: Callable[[], Result]) -> Deferred[Result]:
        """Do ``work`` and fire with its result, in the caller's thread."""

    def close(self) -> None:
        """End when what was handed in is done; nothing may be handed in any more."""


class _Daemon(Thread):
    """A thread that keeps no process alive whose reactor has ended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, daemon=True)


class ThreadLane:
    """Works in threads; results come back through the reactor."""

    def __init__(self, reactor: IReactorFromThreads, name: str, threads: int = 1) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(threads, threads, name)
        self._pool.threadFactory = _Daemon
        self._pool.start()

    def run(self, work: Callable[[], Result]) -> Deferred[Result]:
        """Queue ``work`` for the threads."""
        return deferToThreadPool(self._reactor, self._pool, work)

    def close(self) -> None:
        """Wait for the threads to finish what they have."""
        self._pool.stop()


class InlineLane:
    """Works at once, in the caller's thread: for tests that never wait."""

    def run(self, work: Callable[[], Result]) -> Deferred[Result]:
        """Do ``work`` now."""
        return maybeDeferred(work)

    def close(self) -> None:
        """Nothing is left to be done."""
