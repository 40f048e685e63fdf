"""The broker-facing ports of a node: opened, closed and given new paths as the configuration asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IReactorTCP, IReactorTime
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory

from cicsms.model.settings import Limits
from cicsms.web.forwarded import Forwarders
from cicsms.web.limits import Gate
from cicsms.web.listener import BrokerPort
from cicsms.web.paths import PathTable
from cicsms.web.proxy_protocol import ProxiedFactory
from cicsms.web.tls import ServerContexts


class Reactor(IReactorTCP, IReactorTime):
    """What ports need of the reactor: listening and time."""


@frozen
class PortPlan:
    """One port as the configuration wants it; ``owners`` are the brokers that share it, for messages."""

    port: int
    scheme: str
    paths: PathTable
    owners: tuple[str, ...]


@frozen
class OpenPort:
    """A port that listens, and the factory behind it."""

    factory: BrokerPort
    listening: IListeningPort
    scheme: str


class Ports(Service):
    """Keeps the open ports as planned. A port that can't be opened is said in the log and counted; the others serve."""

    log = Logger()

    def __init__(
        self,
        reactor: Reactor,
        interface: str,
        limits: Limits,
        forwarders: Forwarders,
        contexts: ServerContexts | None,
        plans: Iterable[PortPlan] = (),
        *,
        proxied: Iterable[int] = (),
    ) -> None:
        self._reactor = reactor
        self._interface = interface
        self._limits = limits
        self._forwarders = forwarders
        self._contexts = contexts
        self._proxied = frozenset(proxied)
        self._gate = Gate(limits.in_flight)
        self._plans = tuple(plans)
        self._open: dict[int, OpenPort] = {}
        self.failed: dict[int, str] = {}

    def __iter__(self) -> Iterator[OpenPort]:
        """Walk the open ports."""
        return iter(self._open.values())

    def startService(self) -> None:
        """Open what is planned."""
        super().startService()  # type: ignore[no-untyped-call]
        self.apply(self._plans)

    def stopService(self) -> Deferred[None]:
        """Listen no more, and let what is under way be answered."""
        super().stopService()  # type: ignore[no-untyped-call]
        return DeferredList([self._close(port) for port in list(self._open)]).addCallback(lambda _: None)

    def apply(self, plans: Iterable[PortPlan]) -> None:
        """Follow new plans: paths are swapped at once, ports that are gone drain, new ones open."""
        self._plans = tuple(plans)
        if not self.running:
            return
        self.failed.clear()
        wanted = {plan.port: plan for plan in self._plans}
        for port, opened in list(self._open.items()):
            if port not in wanted or wanted[port].scheme != opened.scheme:
                self._close(port)
        for plan in self._plans:
            if plan.port in self._open:
                self._open[plan.port].factory.paths = plan.paths
            else:
                self._listen(plan)

    def _listen(self, plan: PortPlan) -> None:
        """Open one port."""
        factory = BrokerPort(
            self._reactor,
            plan.paths,
            self._limits,
            plan.scheme,
            gate=self._gate,
            forwarders=self._forwarders,
            name=f"{plan.scheme}:{plan.port}",
        )
        outer: Any = factory  # Twisted's two kinds of factory have no common type
        if plan.scheme == "https":
            if self._contexts is None:
                self._failed(plan, "the site file has no [tls] section")
                return
            outer = TLSMemoryBIOFactory(self._contexts.at(plan.port), False, factory, self._reactor)
        if plan.port in self._proxied:
            outer = ProxiedFactory(outer, self._forwarders.trusted, self._reactor, factory.name)
        try:
            listening = self._reactor.listenTCP(plan.port, outer, backlog=1024, interface=self._interface)
        except CannotListenError as taken:
            self._failed(plan, str(taken.socketError))
            return
        self._open[plan.port] = OpenPort(factory, listening, plan.scheme)
        self.log.info("port {port} ({scheme}) listens for {owners}", port=plan.port, scheme=plan.scheme, owners=_listed(plan))

    def _failed(self, plan: PortPlan, why: str) -> None:
        """Say that a port can't serve, and whose it is."""
        self.failed[plan.port] = why
        self.log.error(
            "port {port} ({scheme}) can't be opened: {why}. It is mo.port of {owners}; free it or choose another.",
            port=plan.port,
            scheme=plan.scheme,
            why=why,
            owners=_listed(plan),
        )

    def _close(self, port: int) -> Deferred[None]:
        """Listen no more on a port, and let its requests end."""
        opened = self._open.pop(port)
        closed: Deferred[None] = succeed(None).addCallback(lambda _: opened.listening.stopListening())
        return DeferredList([closed, opened.factory.drain()]).addCallback(lambda _: None)


def _listed(plan: PortPlan) -> str:
    """Name the owners of a port, the first few of many."""
    named = ", ".join(plan.owners[:5])
    return named if len(plan.owners) <= 5 else f"{named} and {len(plan.owners) - 5} more"
