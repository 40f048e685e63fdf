"""The three ports of the emulator: brokers over HTTP, brokers over HTTPS, and control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import DeferredList
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorCore
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.model.errors import CicsmsError


class NotListening(CicsmsError):
    """A port can't be opened."""


@frozen
class Opening:
    """A port to be opened: the setting's name, its endpoint string, and who answers there."""

    name: str
    endpoint: str
    factory: IProtocolFactory


@define(eq=False)
class Ports(Service):
    """Opens the ports in order and tells where they are; ``told`` gets the port number of each by its name."""

    reactor: IReactorCore
    openings: tuple[Opening, ...]
    told: Callable[[dict[str, int]], None]
    open: dict[str, IListeningPort] = field(factory=dict)
    log = Logger()

    def privilegedStartService(self) -> None:
        """Open them all; raises ``NotListening`` for the first one that can't be."""
        for opening in self.openings:
            listening = _endpoint(self.reactor, opening).listen(opening.factory)
            listening.addCallbacks(self._opened, _refused, callbackArgs=(opening,), errbackArgs=(opening,))
            failed: list[Failure] = []
            listening.addErrback(failed.append)
            if failed:
                failed[0].raiseException()
        self.told({name: getattr(port.getHost(), "port", 0) for name, port in self.open.items()})

    def startService(self) -> None:
        """Open the ports unless they are already."""
        super().startService()  # type: ignore[no-untyped-call]
        if not self.open:
            self.privilegedStartService()

    def stopService(self) -> Any:
        """Close them all."""
        super().stopService()  # type: ignore[no-untyped-call]
        closing = [port.stopListening() for port in self.open.values()]
        self.open.clear()
        return DeferredList([waiting for waiting in closing if waiting is not None])

    def _opened(self, port: IListeningPort, opening: Opening) -> None:
        self.open[opening.name] = port


def _endpoint(reactor: IReactorCore, opening: Opening) -> Any:
    try:
        return serverFromString(reactor, opening.endpoint)
    except (ValueError, TypeError) as error:
        raise NotListening(f"{opening.name} = {opening.endpoint!r} is no endpoint; write for example tcp:8290") from error


def _refused(failure: Failure, opening: Opening) -> None:
    raise NotListening(f"{opening.name} = {opening.endpoint!r} can't be opened: {failure.getErrorMessage()}") from failure.value
