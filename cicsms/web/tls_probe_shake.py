"""One handshake of a probe: nothing is verified and everything is noted, bounded in time and size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from attrs import evolve, frozen
from cryptography import x509
from OpenSSL import SSL
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import (
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.certs.facts import HOSTILE
from cicsms.certs.served import Handshake, Trouble
from cicsms.web.sender_errors import NotSent, why
from cicsms.web.tls_files import Credentials

_HEAD_LIMIT = 16 * 2**10
_NOT_TLS = re.compile("wrong version number|packet length too long|http request|bad record type|unsupported protocol message")
_CLIENT = re.compile("certificate required|unknown ca|bad certificate|alert certificate|access denied|unsupported certificate")


@frozen
class Manner:
    """How a handshake is made: the server name that is sent (empty: none), old versions only, our certificate, and a HEAD."""

    name: str = ""
    old: bool = False
    identity: Credentials | None = None
    head: bytes = b""


def shake(clock: IReactorTime, endpoint: IStreamClientEndpoint, manner: Manner, timeout: float) -> Deferred[Handshake]:
    """Make one handshake; fires with what was seen, whatever happens, within the time given."""
    recorder = Recorder(manner)
    talk = Talk(recorder, manner.head)
    connecting = wrapClientTLS(recorder, endpoint, clock=clock).connect(_Once(talk))
    connecting.addErrback(lambda failure: talk.unconnected(failure))
    timer = clock.callLater(timeout, talk.give_up, f"no end of the handshake within {timeout:g} s", connecting)

    def stop(result: Handshake) -> Handshake:
        if timer.active():
            timer.cancel()
        return result

    return talk.seen.addCallback(stop)


@implementer(IOpenSSLClientConnectionCreator)
class Recorder:
    """Makes the OpenSSL connection, and notes what its callbacks tell: only they know that a certificate was asked for."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self.asked = False
        self.connection: SSL.Connection | None = None

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the connection."""
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
        context.set_info_callback(self._info)
        context.set_alpn_protos([b"http/1.1"])
        if self._manner.old:
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
            context.set_min_proto_version(SSL.TLS1_VERSION)
            context.set_max_proto_version(SSL.TLS1_1_VERSION)
        else:
            context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._identify(context)
        connection = self.connection = SSL.Connection(context)
        if self._manner.name:
            connection.set_tlsext_host_name(self._manner.name.encode("ascii"))
        return connection

    def _identify(self, context: SSL.Context) -> None:
        """Show our certificate, if there is one."""
        identity = self._manner.identity
        if identity is not None:
            context.use_certificate(identity.certificate)
            context.use_privatekey(identity.key)  # type: ignore[arg-type]
            for one in identity.chain:
                context.add_extra_chain_cert(one)

    def _info(self, connection: SSL.Connection, where: int, _: int) -> None:
        """Note that the server asked for a certificate."""
        if where & SSL.SSL_CB_LOOP and b"read server certificate request" in connection.get_state_string():
            self.asked = True

    def seen(self) -> Handshake:
        """Tell what the connection knows by now."""
        connection = self.connection
        if connection is None:
            return Handshake()
        return Handshake(
            chain=_chain(connection),
            version=connection.get_protocol_version_name() if connection.get_cipher_name() else "",
            cipher=connection.get_cipher_name() or "",
            alpn=connection.get_alpn_proto_negotiated().decode("latin-1"),
            asked=self.asked,
            wanted=_wanted(connection),
        )


@implementer(IHandshakeListener)
class Talk(Protocol):
    """The conversation inside: notes the handshake, asks by HEAD where told to, and fires ``seen`` once."""

    transport: ITCPTransport

    def __init__(self, recorder: Recorder, head: bytes) -> None:
        self.seen: Deferred[Handshake] = Deferred()
        self._recorder = recorder
        self._head = head
        self._answer = b""
        self._shaken: Handshake | None = None

    def handshakeCompleted(self) -> None:
        """Note what was agreed on; go on where there is something to ask."""
        self._shaken = self._recorder.seen()
        if self._head:
            self.transport.write(self._head)
        else:
            self._settle(self._shaken)

    def dataReceived(self, data: bytes) -> None:
        """Read the head of the answer: its date is the server's clock."""
        self._answer += data
        if b"\r\n\r\n" in self._answer or len(self._answer) > _HEAD_LIMIT:
            self._settle(evolve(self._shaken or Handshake(), date=_date(self._answer)))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Say why it ended, unless all is known."""
        if self._shaken is not None:
            self._settle(self._ended(self._shaken, why(reason)))
            return
        seen = self._recorder.seen()
        said = why(reason)
        trouble = Trouble.NOT_TLS if _NOT_TLS.search(said) else Trouble.HANDSHAKE
        if seen.asked and _CLIENT.search(said):
            trouble = Trouble.CLIENT
        self._settle(evolve(seen, version="", trouble=trouble, said=said))

    def _ended(self, shaken: Handshake, said: str) -> Handshake:
        """Tell a refusal of our certificate: over TLS 1.3 it comes after the handshake, in place of an answer."""
        if shaken.asked and self._head and not self._answer:
            return evolve(shaken, trouble=Trouble.CLIENT, said=f"the client certificate is refused ({said})")
        return evolve(shaken, date=_date(self._answer))

    def unconnected(self, failure: Failure) -> None:
        """Say that there was no connection."""
        if not self.seen.called and not failure.check(CancelledError):
            trouble = Trouble.PROXY if failure.check(NotSent) else Trouble.CONNECT
            self._settle(Handshake(trouble, why(failure)))

    def give_up(self, said: str, connecting: Deferred[Any]) -> None:
        """Stop for lack of time."""
        if self._shaken is not None:
            self._settle(self._shaken)
        else:
            begun = self._recorder.connection is not None
            trouble = Trouble.SILENCE if begun else Trouble.CONNECT
            self._settle(evolve(self._recorder.seen(), version="", trouble=trouble, said=said))
        connecting.cancel()

    def _settle(self, seen: Handshake) -> None:
        """End the conversation."""
        if self.transport is not None:
            self.transport.abortConnection()
        if not self.seen.called:
            self.seen.callback(seen)


class _Once(Factory):
    """Makes the one conversation it is given."""

    noisy = False

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def buildProtocol(self, addr: object) -> Talk:
        """Return it."""
        return self._talk


def _chain(connection: SSL.Connection) -> tuple[x509.Certificate, ...]:
    """Return what was sent, as far as it can be read."""
    try:
        found: Sequence[x509.Certificate] | None = connection.get_peer_cert_chain(as_cryptography=True)
    except (SSL.Error, *HOSTILE):
        return ()
    return tuple(found or ())


def _wanted(connection: SSL.Connection) -> tuple[str, ...]:
    """Name the CAs whose client certificates the server wants."""
    return tuple(
        ", ".join(f"{k.decode()}={v.decode('utf-8', 'replace')}" for k, v in name.get_components())
        for name in connection.get_client_ca_list()
    )


def _date(answer: bytes) -> datetime | None:
    """Read the date of an answer."""
    match = re.search(rb"\r\n[Dd]ate:[ \t]*([^\r\n]+)", answer)
    if match is None:
        return None
    try:
        date = parsedate_to_datetime(match[1].decode("latin-1"))
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
