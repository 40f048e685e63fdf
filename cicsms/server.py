"""The server: the only place where its rooms meet."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from random import SystemRandom

from attrs import frozen
from twisted.application.internet import StreamServerEndpointService
from twisted.application.service import MultiService
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorFromThreads
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.admin.api import Api
from cicsms.admin.bodies import Certificate, Health
from cicsms.admin.figures import certificate_figures, doors_figures, journal_figures, ports_figures
from cicsms.admin.metrics import Figures
from cicsms.admin.token import FACT, Token, fresh
from cicsms.admin.web import Hangup, QuietSite
from cicsms.certs import Severity
from cicsms.config import load_configuration
from cicsms.model.errors import Rejected
from cicsms.model.settings import Configuration, Encryption, Site
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import Line
from cicsms.pipeline.outbound import Outbound
from cicsms.pipeline.per_line import PerLine
from cicsms.pipeline.poller import Poller
from cicsms.pipeline.queue import AccountQueue
from cicsms.pipeline.record import Recorder
from cicsms.pipeline.references import References
from cicsms.pipeline.sending import Backoff, Sending
from cicsms.pipeline.setup import Setup, set_up
from cicsms.profile import Catalogue
from cicsms.store.entries import KeepFact, RecoverParts
from cicsms.store.errors import StoreUnusable
from cicsms.store.store import Store, threads
from cicsms.store.views import Counts
from cicsms.web.forwarded import Forwarders
from cicsms.web.ports import Ports
from cicsms.web.ports import Reactor as PortsReactor
from cicsms.web.sender import Sender
from cicsms.web.sender_leg import Network
from cicsms.web.tls import Identity, ServerContexts, read_identity

VERSION = version("cicsms")


class Reactor(PortsReactor, IReactorCore, IReactorFromThreads):
    """What the server needs of a reactor."""


@frozen
class Files:
    """What a node reads from its files, checked: everything that a reload replaces."""

    configuration: Configuration
    catalogue: Catalogue
    identity: Identity | None

    @classmethod
    def read(cls, site: Site, now: float) -> Files:
        """Read all of them, as they are to be judged now; raises ``Rejected`` with the findings of all."""
        catalogue = Catalogue.load(site.profiles)
        configuration = load_configuration(site.configuration, catalogue, site)
        if site.tls is None:
            return cls(configuration, catalogue, None)
        moment = datetime.fromtimestamp(now, UTC)
        return cls(configuration, catalogue, read_identity(site.tls, moment, serving=_serves_https(configuration)))


def _serves_https(configuration: Configuration) -> bool:
    """Tell whether any broker calls by HTTPS."""
    return any(
        broker.enabled and broker.mo is not None and broker.mo.enabled and broker.encryption is Encryption.HTTPS
        for broker in configuration.brokers
    )


def build(reactor: Reactor, site: Site) -> MultiService:
    """Make the server of a site. Raises ``Rejected`` where its files are wrong; nothing is opened before the start."""
    files = Files.read(site, reactor.seconds())
    identity = files.identity
    contexts = ServerContexts(identity.default, identity.by_name, identity.clients) if identity else None
    return Server(reactor, site, files, contexts)


class Server(MultiService):
    """One node: store, ports, queues and API, started in this order and stopped in the other."""

    log = Logger()

    def __init__(self, reactor: Reactor, site: Site, files: Files, contexts: ServerContexts | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._reactor = reactor
        self._site = site
        self._files = files
        self._contexts = contexts
        self._identity = files.identity
        self._ports = Ports(
            reactor, site.interface, site.limits, Forwarders(site.forwarders), contexts, proxied=site.proxy_protocol
        )
        self._queues = PerLine(self._queue)
        self._pollers = PerLine(self._poller)
        self._sender = Sender(reactor, Network(reactor))

    def startService(self) -> None:
        """Open the store, then everything that needs it; a store that can't be opened ends the process with one sentence."""
        try:
            self._store = Store.open(
                _database(self._site), lanes=threads(self._reactor), now=self._reactor.seconds, limit=self._site.limits.journal
            )
        except StoreUnusable as unusable:
            raise SystemExit(f"cicsms: {unusable}") from unusable
        self._recorder = Recorder(self._reactor.seconds, self._store.new_id)
        references = References(self._reactor.seconds)
        self._outbound = Outbound(self._store, self._store.new_id, references, self._durable)
        self._apply(self._set_up(self._files))
        self._warn_of_certificates()
        super().startService()  # type: ignore[no-untyped-call]
        Deferred.fromCoroutine(self._begin()).addErrback(self._failed)

    async def _begin(self) -> None:
        """Settle what the last run left open, then serve."""
        lost = await self._store.submit(RecoverParts(self._site.name))
        if lost:
            self.log.warn("{count} parts were being sent when the last run ended: they are unknown now", count=lost)
        api = Api(await self._token(), self._outbound, self._store.queries, self._figures(), self, VERSION)
        resource = QuietSite(api.app.resource(), reactor=self._reactor)  # type: ignore[no-untyped-call]
        endpoint = serverFromString(self._reactor, self._site.api.endpoint)
        for service in (
            self._ports,
            self._queues,
            self._pollers,
            StreamServerEndpointService(endpoint, resource),
            Hangup(self._reactor, self._hup),
        ):
            service.setServiceParent(self)  # type: ignore[no-untyped-call]
        self.log.info(
            "cicsms {version} is up: node {name}, API at {api}",
            version=VERSION,
            name=self._site.name,
            api=self._site.api.endpoint,
        )

    def _failed(self, failure: Failure) -> None:
        """End the process where it can't serve."""
        self.log.failure("the server can't start", failure)
        self._reactor.stop()

    def stopService(self) -> Deferred[None]:
        """Listen no more, answer what is under way, settle what was sent, then close the store."""
        stopped: Deferred[object] = super().stopService()  # type: ignore[no-untyped-call]
        return stopped.addBoth(lambda _: self._sender.close()).addBoth(lambda _: self._store.close())

    # What the API asks of the node.

    def reload(self) -> None:
        """Read the files again and follow them as a whole; raises ``Rejected``, and the old ones stay, where they are wrong."""
        files = Files.read(self._site, self._reactor.seconds())
        setup = self._set_up(files)
        identity = files.identity
        if self._contexts is not None and identity is not None:
            self._contexts.reload(identity.default, identity.by_name, identity.clients)
            self._identity = identity
            self._warn_of_certificates()
        self._apply(setup)
        self.log.info("the configuration was read again: {count} brokers", count=len(files.configuration.brokers))

    def health(self) -> Deferred[Health]:
        """Say how the node is."""
        return self._store.queries.counts().addCallback(self._health)

    def _health(self, counts: Counts) -> Health:
        """Make the answer of counts."""
        waiting = dict.fromkeys(("queued", "unknown"), 0)
        for (_, _, state), count in counts.parts.items():
            if state in waiting:
                waiting[state] += count
        full = self._store.figures.waiting >= self._site.limits.journal
        return Health(
            status="busy" if full or self._ports.failed else "ok",
            name=self._site.name,
            version=VERSION,
            brokers=len(self._setup.doors),
            queued=waiting["queued"],
            unknown=waiting["unknown"],
            parked=sum(counts.parked.values()),
            certificates=tuple(self._certificates()),
        )

    def _certificates(self) -> Iterator[Certificate]:
        """Say how long what we present is good for, and what there is to say of it."""
        for judged in self._identity.certificates if self._identity else ():
            expires = judged.verdict.expires
            yield Certificate(
                name=judged.name,
                expires=expires,
                days=round((expires.timestamp() - self._reactor.seconds()) / 86400, 2) if expires else None,
                findings=tuple(sorted(judged.verdict.codes())),
            )

    def _warn_of_certificates(self) -> None:
        """Say in the log what is not as it should be about what we present."""
        for judged in self._identity.certificates if self._identity else ():
            for one in judged.verdict.findings:
                if one.severity is not Severity.INFO:
                    self.log.warn(
                        "certificate {name}: {code}: {said} {remedy}",
                        name=judged.name,
                        code=one.code,
                        said=one.sentence,
                        remedy=one.remedy,
                    )

    # How the rooms are joined.

    def _set_up(self, files: Files) -> Setup:
        """Make everything that follows from checked files; nothing is swapped yet."""
        trust = self._site.tls.trust if self._site.tls else None
        return set_up(files.configuration, files.catalogue, self._store, self._recorder, trust)

    def _apply(self, setup: Setup) -> None:
        """Follow a configuration as a whole."""
        self._setup = setup
        self._outbound.lines, self._outbound.routes = setup.lines, setup.outbound
        self._ports.apply(setup.ports)
        self._queues.apply(setup.sending)
        self._pollers.apply(setup.fetching)

    def _queue(self, line: Line) -> AccountQueue:
        """Make the queue of one line."""
        window = line.settings.mt.window if line.settings.mt else 1
        sending = Sending(line, self._send, self._recorder, Backoff(SystemRandom()))
        return AccountQueue(sending, self._store, self._store.queries.next_due, self._reactor, self._site.name, window)

    def _poller(self, line: Line) -> Poller:
        """Make what fetches the messages of one line."""
        recall, clock = self._store.queries.fact, self._reactor
        return Poller(line, self._setup.ways[line.broker], self._send, self._store, recall, self._recorder, clock)

    def _durable(self, line: Line) -> None:
        """A part of this line became durable: its queue should look."""
        queue = self._queues.of(line)
        if queue is not None:
            queue.wake()

    def _send(self, line: Line, request: HttpRequest) -> Deferred[HttpReply]:
        """Carry one request to a broker, by the way its settings say."""
        timeout = line.settings.mt.timeout if line.settings.mt else 60.0
        return self._sender.send(request, timeout, self._setup.legs[line.broker])

    async def _token(self) -> Token:
        """Return the API's token: the site file's, or the one made at the first start, which is printed then only."""
        if self._site.api.token is not None:
            return Token.of(self._site.api.token.get_secret_value())
        made = fresh(secrets.token_urlsafe)
        digest = Token.of(made).digest
        kept = await self._store.submit(KeepFact(FACT, digest))
        if kept == digest:
            self.log.warn("the API's token was made now and is shown this once: {token}", token=made)
        return Token(kept)

    def _figures(self) -> Figures:
        """Gather the figures of all rooms."""
        figures = Figures()
        figures.add(lambda: ports_figures(self._ports))
        figures.add(lambda: doors_figures(self._setup.doors))
        figures.add(lambda: journal_figures(self._store.figures))
        figures.add(lambda: certificate_figures(tuple(self._certificates())))
        return figures

    def _hup(self) -> None:
        """Reload on a signal; what is wrong is said in the log, a line each."""
        try:
            self.reload()
        except Rejected as rejected:
            self.log.error("the files were refused, the old configuration stays: {count} findings", count=len(rejected.findings))
            for finding in rejected.findings:
                self.log.error("{finding}", finding=str(finding))


def _database(site: Site) -> str:
    """Return the URL of the store: the site file's, or a file in the state folder."""
    if site.database is not None:
        return site.database.get_secret_value()
    return f"sqlite:///{site.state / 'cicsms.sqlite'}"
