"""The emulator's TLS, both ways: what the HTTPS port presents, and whom the webhooks' certificates must come from."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from twisted.internet.interfaces import IReactorTime
from twisted.web.client import Agent, HTTPConnectionPool, _HTTP11ClientFactory
from twisted.web.iweb import IAgent

from cicsms.certs import pem
from cicsms.certs.issue import issue
from cicsms.certs.recipe import recipe
from cicsms.emulator.moments import moment
from cicsms.emulator.settings import EmulatorSettings
from cicsms.web.tls import ClientTls, Credentials, Trust, read_certificates, read_credentials


class Identity:
    """The certificate of the HTTPS port, and the anchors (PEM) a client needs to trust it."""

    def __init__(self, credentials: Credentials, anchors: tuple[x509.Certificate, ...]) -> None:
        self.credentials = credentials
        self.anchors = pem.of_certificates(anchors)


def identity(settings: EmulatorSettings, clock: IReactorTime) -> Identity:
    """Read the certificate from the folder of the settings, or make one; raises ``Rejected`` with every fault of the files."""
    folder = settings.certificates
    if folder is not None:
        credentials = read_credentials(folder / "server.pem", folder / "server.key", folder / "chain.pem")
        return Identity(credentials, read_certificates(folder / "trust.pem"))
    hosts = dict.fromkeys((settings.host, "localhost", "127.0.0.1", "::1"))
    made = issue(recipe(), hosts=tuple(hosts), now=moment(clock))
    return Identity(Credentials(made.leaf, made.key, made.sent[1:], "made at start"), made.trusted)


class _QuietFactory(_HTTP11ClientFactory):
    """Makes connections without two lines in the log for each."""

    noisy = False


class Agents:
    """The agents that push webhooks, one for each file of anchors; a connection carries one request, so none is ever stale."""

    def __init__(self, reactor: IReactorTime) -> None:
        self._reactor = reactor
        self._made: dict[Path | None, IAgent] = {}

    def __call__(self, trust: Path | None) -> IAgent:
        """Return the agent that trusts the anchors in ``trust``, or the machine's own; raises ``Rejected``."""
        if trust not in self._made:
            policy = ClientTls(Trust.system() if trust is None else Trust.file(trust))
            pool = HTTPConnectionPool(self._reactor, persistent=False)
            pool._factory = _QuietFactory
            self._made[trust] = Agent(self._reactor, contextFactory=policy, pool=pool)
        return self._made[trust]
