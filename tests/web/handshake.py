"""TLS handshakes in memory: real OpenSSL on both sides, no socket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import evolve
from twisted.internet.interfaces import IHandshakeListener, IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.test.iosim import FakeTransport, connect
from zope.interface import implementer

from cicsms.certs.issue import Issued, issue
from cicsms.certs.recipe import recipe
from cicsms.web.tls import ClientTls, Credentials, ServerContexts, TlsFacts, Trust, tls_facts

HOST = "sms.example.test"


@implementer(IHandshakeListener)
class Side(Protocol):
    """One side of a connection: what became of the handshake, and of the connection."""

    def __init__(self) -> None:
        self.shaken = False
        self.got = b""
        self.lost: Failure | None = None
        self.facts: TlsFacts | None = None

    def handshakeCompleted(self) -> None:
        """Note the handshake and what it agreed on, and send a word."""
        self.shaken = True
        self.facts = tls_facts(self.transport)
        if self.transport is not None:
            self.transport.write(b"hello")

    def dataReceived(self, data: bytes) -> None:
        """Keep what came."""
        self.got += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Keep why the connection ended."""
        self.lost = reason


class One(Factory):
    """A factory of the one protocol it is given."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: object) -> Protocol:
        """Return the protocol."""
        return self._protocol


def shake(server: IOpenSSLServerConnectionCreator, client: IOpenSSLClientConnectionCreator) -> tuple[Side, Side]:
    """Let a client connect to a server; return (server's side, client's side) when nothing more moves."""
    clock = Clock()
    sides = Side(), Side()
    wires = []
    for side, creator, is_client in ((sides[0], server, False), (sides[1], client, True)):
        wire = TLSMemoryBIOFactory(creator, is_client, One(side), clock=clock).buildProtocol(None)
        wires.append((wire, FakeTransport(wire, not is_client)))
    pump = connect(*wires[0], *wires[1])
    for _ in range(20):
        pump.flush()
        clock.advance(0)
    return sides


def chain(name: str = "sound", host: str = HOST, key: str = "ec-p256") -> Issued:
    """Make a chain for today."""
    return issue(recipe(name), hosts=[host], now=datetime.now(UTC), key=key)


def named(names: Sequence[str]) -> Issued:
    """Make a chain whose server certificate has exactly these alternative names, malformed ones too."""
    sound = recipe()
    server = evolve(sound.certificates["server"], names=tuple(names))
    return issue(evolve(sound, certificates={**sound.certificates, "server": server}), hosts=[HOST], now=datetime.now(UTC))


def credentials(made: Issued) -> Credentials:
    """Hold a made chain as a server does."""
    return Credentials(made.sent[0], made.made["server"].key, made.sent[1:], "server.pem")


def serve(made: Issued) -> ServerContexts:
    """Serve a made chain."""
    return ServerContexts(credentials(made))


def trusting(made: Issued, host: str = HOST) -> IOpenSSLClientConnectionCreator:
    """Connect to a host, trusting the chain's anchors."""
    return ClientTls(Trust.of(made.trusted)).creator(host)
