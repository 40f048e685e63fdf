"""Coroutines run on a reactor of their own, with their failure let out as an exception."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.python.failure import Failure


def reacted(main: Callable[[Any], Awaitable[None]]) -> None:
    """Run ``main(reactor)`` to its end; what it raises is raised here."""
    failures: list[BaseException] = []

    def keep(failure: Failure) -> None:
        if failure.value is not None:
            failures.append(failure.value)

    def begin(reactor: Any) -> Deferred[None]:
        running: Deferred[None] = Deferred.fromCoroutine(main(reactor))  # type: ignore[arg-type]
        return running.addErrback(keep)

    try:
        react(begin, ())
    except SystemExit:
        for failed in failures:
            raise failed from None
