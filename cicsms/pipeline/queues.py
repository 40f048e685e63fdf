"""The queues of all accounts: started, kept and stopped as the configuration asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList

from cicsms.pipeline.lines import Line
from cicsms.pipeline.queue import AccountQueue


class Queues(Service):
    """One queue for each line that sends; ``make`` makes one."""

    def __init__(self, make: Callable[[Line], AccountQueue]) -> None:
        self._make = make
        self._queues: dict[tuple[str, str], AccountQueue] = {}

    def apply(self, lines: Iterable[Line]) -> None:
        """Follow a new configuration: every line gets a new queue; the old ones settle what they have under way."""
        old, self._queues = self._queues, {line.key: self._make(line) for line in lines}
        for queue in old.values():
            queue.stopService()
        if self.running:
            for queue in self._queues.values():
                queue.startService()

    def wake(self, line: Line) -> None:
        """A part of this line became durable."""
        queue = self._queues.get(line.key)
        if queue is not None:
            queue.wake()

    def startService(self) -> None:
        """Take up what was left waiting."""
        super().startService()  # type: ignore[no-untyped-call]
        for queue in self._queues.values():
            queue.startService()

    def stopService(self) -> Deferred[None]:
        """Claim nothing more; fires when all that is under way is settled."""
        super().stopService()  # type: ignore[no-untyped-call]
        return DeferredList([queue.stopService() for queue in self._queues.values()]).addCallback(lambda _: None)
