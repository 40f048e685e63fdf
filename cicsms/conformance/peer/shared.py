"""Things that are made once for all cases of a run: private servers, and experiments whose outcome several cases judge."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, DeferredList

S = TypeVar("S")
T = TypeVar("T")


@define(eq=False)
class Shared:
    """Remembers what was made, by name; whoever asks meanwhile waits for the same."""

    _made: dict[str, Deferred[Outcome]] = field(factory=dict)
    _waiting: dict[str, list[tuple[Any, Deferred[Any]]]] = field(factory=dict)
    _busy: set[str] = field(factory=set)

    async def once(self, name: str, make: Callable[[], Coroutine[Deferred[Any], Any, T]]) -> T:
        """Return what ``make`` makes, made once; its failure is everybody's failure."""
        if name not in self._made:
            self._made[name] = _outcome(make())
        waiting: Deferred[Any] = Deferred()
        self._made[name].addCallback(_passed, waiting)
        found: T = await waiting
        return found

    async def together(self, name: str, item: S, work: Callable[[Sequence[S]], Coroutine[Deferred[Any], Any, Sequence[T]]]) -> T:
        """Give ``item`` to the next turn of ``work``, which takes all that came meanwhile, and return its own result."""
        mine: Deferred[T] = Deferred()
        self._waiting.setdefault(name, []).append((item, mine))
        if name not in self._busy:
            self._busy.add(name)
            while self._waiting[name]:
                turn, self._waiting[name] = self._waiting[name], []
                await _settled(turn, work)
            self._busy.discard(name)
        return await mine


async def _settled(
    turn: Sequence[tuple[S, Deferred[T]]], work: Callable[[Sequence[S]], Coroutine[Deferred[Any], Any, Sequence[T]]]
) -> None:
    """Do one turn, and tell each of its own result; a failure is everybody's."""
    good, found = await _outcome(work([item for item, _ in turn]))
    for place, (_, waiting) in enumerate(turn):
        if good:
            waiting.callback(found[place])
        else:
            waiting.errback(found)


Outcome = tuple[bool, Any]
"""Whether it went well, and the result or the failure: a plain value, so that it is nobody's unhandled error."""


def _outcome(coroutine: Coroutine[Deferred[Any], Any, Any]) -> Deferred[Outcome]:
    """Run a coroutine and give its outcome."""
    return DeferredList([Deferred.fromCoroutine(coroutine)], consumeErrors=True).addCallback(lambda done: done[0])


def _passed(outcome: Outcome, waiting: Deferred[Any]) -> Outcome:
    """Tell one who waits, and keep the outcome for the next."""
    good, found = outcome
    if good:
        waiting.callback(found)
    else:
        waiting.errback(found)
    return outcome
