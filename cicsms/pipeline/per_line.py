"""Services of which every account has one, such as its queue: started, kept and stopped as the configuration asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList

from cicsms.pipeline.lines import Line


class Startable(Protocol):
    """What an account may have one of."""

    def startService(self) -> None:
        """Begin."""

    def stopService(self) -> Deferred[None]:
        """Begin nothing more; fires when what is under way has ended."""


One = TypeVar("One", bound=Startable)


class PerLine(Service, Generic[One]):
    """One service for each line it is told of; ``make`` makes one."""

    def __init__(self, make: Callable[[Line], One]) -> None:
        self._make = make
        self._ones: dict[tuple[str, str], One] = {}

    def of(self, line: Line) -> One | None:
        """Return the service of a line, if it has one."""
        return self._ones.get(line.key)

    def apply(self, lines: Iterable[Line]) -> None:
        """Follow a new configuration: every line gets a new service; the old ones end what they have under way."""
        old, self._ones = self._ones, {line.key: self._make(line) for line in lines}
        for one in old.values():
            one.stopService()
        if self.running:
            for one in self._ones.values():
                one.startService()

    def startService(self) -> None:
        """Start them all."""
        super().startService()  # type: ignore[no-untyped-call]
        for one in self._ones.values():
            one.startService()

    def stopService(self) -> Deferred[None]:
        """Stop them all; fires when what they have under way has ended."""
        super().stopService()  # type: ignore[no-untyped-call]
        return DeferredList([one.stopService() for one in self._ones.values()]).addCallback(lambda _: None)
