"""Things that are made once for all cases of a run: private servers, and experiments whose outcome several cases judge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


@define(eq=False)
class Shared:
    """Remembers what was made, by name; whoever asks meanwhile waits for the same."""

    _made: dict[str, Deferred[Any]] = field(factory=dict)

    async def once(self, name: str, make: Callable[[], Coroutine[Deferred[Any], Any, T]]) -> T:
        """Return what ``make`` makes, made once; its failure is everybody's failure."""
        if name not in self._made:
            self._made[name] = Deferred.fromCoroutine(make())
        found: T = await _branch(self._made[name])
        return found


def _branch(trunk: Deferred[Any]) -> Awaitable[Any]:
    """Return a Deferred of its own that fires as the trunk does."""
    branch: Deferred[Any] = Deferred()

    def good(value: Any) -> Any:
        branch.callback(value)
        return value

    def bad(failure: Failure) -> None:
        branch.errback(failure)

    # A failed trunk must stay failed for those who come later, without being reported as unhandled.
    def kept(failure: Failure) -> Failure:
        bad(failure)
        return failure

    trunk.addCallbacks(good, kept)
    return branch
