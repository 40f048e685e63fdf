"""One connection of a broker-facing port: takes requests from the bytes, and puts the replies back in their order."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, cast
from typing import Protocol as Shape

from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.http1_body import Body, ChunkedBody, CountedBody
from cicsms.web.http1_head import Head, Refused, check_start, read_head
from cicsms.web.http1_reply import CONTINUE
from cicsms.web.listener_admission import admit
from cicsms.web.listener_replies import FAILED, Replies, Slot
from cicsms.web.paths import Endpoint
from cicsms.web.tls_facts import handshake_fault, tls_facts

if TYPE_CHECKING:
    from cicsms.web.listener import BrokerPort

PIPELINED = 16
"""Requests of one connection that may be in flight; beyond it nothing more is read until an answer has gone."""
LINGER = 2.0
"""Seconds for the other side to read a last answer: closing at once on unread data would reset it away (RFC 9112, 9.6)."""
RETRY_AFTER = ((b"Retry-After", b"5"),)
_BUSY = HttpReply(503, RETRY_AFTER)
_PLAIN = HttpReply(200)


class _Wire(Shape):
    """What is used of a transport; TCP has it all, TLS neither the half-close nor the writing at once."""

    def write(self, data: bytes) -> None: ...
    def writeSomeData(self, data: bytes) -> int | Exception: ...
    def loseConnection(self) -> None: ...
    def loseWriteConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def getPeer(self) -> Any: ...


@implementer(IHalfCloseableProtocol, IPushProducer)
class BrokerConnection(Protocol):
    """Speaks HTTP/1 with one client.

    Bytes wait in ``_buffer`` until they are a whole head, then the body is gathered, then the endpoint is asked and a slot waits
    for its reply. ``deadline`` is what the port's timer looks at: for the request that is coming in (one, for head and body
    together), for the next one, for a reader too slow for its answers, and for the end. While an answer is made there is none.
    """

    log = Logger()
    _wire: _Wire

    def __init__(self, port: BrokerPort) -> None:
        self.deadline = inf
        self._port = port
        self._peer = ""
        self._tls: str | None = None if port.scheme == "https" else ""  # not known yet, or in clear
        self._buffer = b""
        self._replies = Replies(port.renderer, port.counters)
        self._head: Head | None = None
        self._endpoint: Endpoint | None = None
        self._body: Body | None = None
        self._skip = 0  # bytes to come that belong to a request which was refused
        self._continue = False  # the sender of a body waits to be asked for it
        self._blank = False  # an empty line before this request was skipped
        self._fresh = True  # not a byte has come
        self._begun = False  # the deadline is that of a request which is coming in
        self._held = False  # reading is paused
        self._choked = False  # the transport has more to write than it likes
        self._deaf = False  # the client has closed its side
        self._last = False  # no further request is taken
        self._over = False  # no further reply is written
        self._busy = False  # requests are being taken just now
        self._prompt = False  # all that was written has gone to the kernel, and so may the next piece

    # What the transport says

    def connectionMade(self) -> None:
        """Begin: the first request has its deadline from now on, which covers a stalled TLS handshake, too."""
        self._wire = cast(_Wire, self.transport)
        self._peer = getattr(self._wire.getPeer(), "host", "")
        self._prompt = isinstance(self.transport, Connection)
        self._port.opened(self)
        self.deadline = self._port.now + self._port.limits.request_seconds
        self._wire.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        """Take bytes; after the last request they are thrown away."""
        self._port.counters.received += len(data)
        if self._last:
            return
        self._fresh = False
        self._buffer = self._buffer + data if self._buffer else data
        self._advance()

    def readConnectionLost(self) -> None:
        """The client has said all it has to say; what is in flight is still answered."""
        self._deaf = self._last = True
        self._buffer = b""
        if self._over or not self._replies:
            self._close()
        else:
            self._replies.end()
            self.deadline = inf

    def writeConnectionLost(self) -> None:
        """Our side is closed, as we wished; the other side has a moment to close its own."""
        self.deadline = self._port.now + LINGER

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Leave. Work in flight goes on and is committed; its answer has nowhere to go, and the broker will ask again."""
        self._over = self._last = True
        self._replies.clear()
        self._buffer = b""
        if self._fresh and reason is not None and self._port.scheme == "https" and (why := handshake_fault(reason)):
            self._port.unshaken(self._peer, why)
        self._port.closed(self)

    def pauseProducing(self) -> None:
        """The client doesn't read its answers: take nothing more from it until it does."""
        self._choked = True
        self._hold()
        self.deadline = self._port.now + self._port.limits.request_seconds

    def resumeProducing(self) -> None:
        """The client reads again."""
        self._choked = False
        self._advance()

    def stopProducing(self) -> None:
        """The transport is going down; ``connectionLost`` follows."""

    # What the port says

    def overdue(self) -> None:
        """Act on a deadline that has passed."""
        self.deadline = inf
        if self._over or self._choked or (self._fresh and self._port.scheme == "https"):
            self._wire.abortConnection()
        elif self._begun and not self._skip:
            self._refuse(Refused(408, "the request did not come in time"))
            self._flush()
        else:
            self._close()

    def drain(self) -> None:
        """Close now if nothing is under way, else after it."""
        if self._replies:
            self._last = True
            self._replies.end()
        elif not (self._buffer or self._skip or self._head or self._over):
            self._close()

    # Requests

    def _advance(self) -> None:
        """Take every whole request out of the buffer that may be taken now."""
        replies = self._replies
        self._busy = True
        while self._buffer and not (self._last or self._choked):
            if len(replies) >= PIPELINED:
                self._flush()
                if len(replies) >= PIPELINED:
                    break
            elif not self._take():
                break
        self._busy = False
        self._flush()
        if not (self._last or self._choked):
            self._settle()

    def _take(self) -> bool:
        """Take a head or a body, or refuse it; ``False`` while it is not whole."""
        if self._skip:
            piece, self._buffer = self._buffer[: self._skip], self._buffer[self._skip :]
            self._skip -= len(piece)
            return True
        try:
            return self._take_head() if self._head is None else self._take_body()
        except Refused as refused:
            self._refuse(refused)
            return True

    def _settle(self) -> None:
        """Set the deadline, and whether more is read."""
        limits = self._port.limits
        if len(self._replies) >= PIPELINED:
            self._begun = False
            self.deadline = inf
            self._hold()
            return
        if self._held:
            self._unhold()
        if self._buffer or self._skip or self._head is not None:
            if not self._begun:
                self._begun = True
                self.deadline = self._port.now + limits.request_seconds
        elif self._replies:
            self.deadline = inf
        elif not (self._fresh or self._blank):
            self.deadline = self._port.now + limits.idle_seconds

    def _take_head(self) -> bool:
        """Take a head off the buffer, and its body where that has come with it."""
        buffer = self._buffer
        if buffer[0] == 13 and not self._blank:
            return self._skip_blank()
        port = self._port
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            check_start(buffer, port.limits)
            return False
        end += 4
        head = self._head = read_head(buffer[:end], port.limits)
        self._buffer = buffer = buffer[end:]
        endpoint = self._endpoint = port.paths.find(head.target.partition(b"?")[0])
        if not (head.plain and endpoint is not None and head.method in endpoint.methods and head.length <= port.limits.body):
            self._continue = admit(head, endpoint, port.limits)
        if not head.chunked and head.length <= len(buffer):
            self._buffer = buffer[head.length :]
            self._dispatch(head, buffer[: head.length])
            return True
        self._body = ChunkedBody(port.limits) if head.chunked else CountedBody(head.length)
        return self._take_body() if buffer else False

    def _skip_blank(self) -> bool:
        """Ignore one empty line before a request, as old clients send it after a body (RFC 9112, 2.2)."""
        if self._buffer == b"\r":
            return False
        if not self._buffer.startswith(b"\r\n"):
            raise Refused(400, "a line ends in a bare CR")
        self._blank = True
        self._buffer = self._buffer[2:]
        return True

    def _take_body(self) -> bool:
        """Gather the body."""
        head, body = self._head, self._body
        if head is None or body is None:
            return False
        self._continue = False
        self._buffer = self._buffer[body.take(self._buffer, 0) :]
        if not body.done:
            return False
        self._dispatch(head, body.value())
        return True

    def _dispatch(self, head: Head, body: bytes) -> None:
        """Hand a whole request to its endpoint."""
        port = self._port
        endpoint = self._endpoint
        self._next()
        slot = Slot(head.keep and not port.draining, head.old, head.method == "HEAD", endpoint.owner if endpoint else "")
        self._last = not slot.keep
        self._replies.append(slot)
        port.counters.requests += 1
        if endpoint is None or head.method not in endpoint.methods:
            slot.reply = _courtesy(head, endpoint)
        elif not port.gate.enter():
            port.counters.refused["too many requests in flight"] += 1
            slot.reply = _BUSY
        else:
            peer, scheme = self._caller(head) if port.forwarders else (self._peer, port.scheme)
            tls = self._agreed() if self._tls is None else self._tls
            request = HttpRequest(head.method, head.target, head.headers, body, scheme, head.authority, peer, tls)
            maybeDeferred(endpoint.answer, request).addCallbacks(self._answered, self._failed, (slot,), {}, (slot,))

    def _next(self) -> None:
        """Forget the request that was read, for the next one."""
        self._head = self._body = self._endpoint = None
        self._begun = self._blank = self._continue = False

    def _agreed(self) -> str:
        """Say what TLS agreed on, as the record of every exchange of this connection shows it."""
        self._tls = str(tls_facts(self._wire) or "")
        return self._tls

    def _caller(self, head: Head) -> tuple[str, str]:
        """Find who called, and how, where proxies are believed."""
        told = head.values(b"x-forwarded-for"), head.values(b"x-forwarded-proto"), head.values(b"forwarded")
        caller = self._port.forwarders.caller(self._peer, self._port.scheme, *told)
        return caller.peer, caller.scheme

    # Replies

    def _answered(self, reply: object, slot: Slot) -> None:
        """Put a reply into its slot; what is no reply is a fault of ours."""
        self._port.gate.leave()
        slot.reply = reply if isinstance(reply, HttpReply) else FAILED
        if not (self._busy or self._over):
            self._advance()

    def _failed(self, failure: Failure, slot: Slot) -> None:
        """Answer for an endpoint that broke: the client learns nothing but that."""
        self._port.counters.failures += 1
        self.log.failure("{owner} failed to answer on port {port}", failure, owner=slot.owner, port=self._port.name)
        self._answered(FAILED, slot)

    def _refuse(self, refused: Refused) -> None:
        """Answer in place of an endpoint."""
        port = self._port
        port.refused(self._peer, refused.status, refused.reason)
        head = self._head
        keep = not refused.fatal and head is not None and head.keep and not port.draining
        self._skip = head.length if keep and head is not None else 0
        slot = Slot(keep, head is not None and head.old)
        slot.reply = HttpReply(refused.status, refused.headers)
        self._replies.append(slot)
        self._last = not keep
        self._next()

    def _flush(self) -> None:
        """Write the replies whose turn has come, in one piece, and ask for a body when all of them have gone."""
        piece, keep = self._replies.ready()
        if piece:
            self._write(piece)
        if not keep:
            self._finish()
        elif self._continue and not self._replies:
            self._continue = False
            self._wire.write(CONTINUE)

    def _write(self, piece: bytes) -> None:
        """Write a piece, at once where the kernel takes it whole; the first time it doesn't, the transport takes over for good.

        Every write through the transport costs the reactor two calls of epoll_ctl and a turn, more than the sending itself.
        """
        if self._prompt:
            sent = self._wire.writeSomeData(piece)
            if sent == len(piece):
                return
            self._prompt = False
            piece = piece[sent:] if isinstance(sent, int) else piece  # of a lost connection the reactor learns by itself
        self._wire.write(piece)

    # The end

    def _finish(self) -> None:
        """Close behind the last reply; the client has time to read it, as much as it had to write its request."""
        self._end(self._port.limits.request_seconds)
        if self._deaf or self._port.scheme == "https":
            self._wire.loseConnection()
        else:
            self._wire.loseWriteConnection()
            self._unhold()

    def _close(self) -> None:
        """Close where nobody waits for anything."""
        self._end(LINGER)
        self._wire.loseConnection()

    def _end(self, seconds: float) -> None:
        """Take and write nothing more; who has not closed its side after ``seconds`` is cut off."""
        self._over = self._last = True
        self._replies.clear()
        self._buffer = b""
        self.deadline = self._port.now + seconds
        self._wire.unregisterProducer()

    def _hold(self) -> None:
        """Read nothing for now."""
        if not self._held:
            self._held = True
            self._wire.pauseProducing()

    def _unhold(self) -> None:
        """Read on."""
        if self._held:
            self._held = False
            self._wire.resumeProducing()


def _courtesy(head: Head, endpoint: Endpoint | None) -> HttpReply:
    """Answer a HEAD or an OPTIONS (RFC 9110, 9.3.2 and 9.3.7) that nobody else answers."""
    if head.method == "HEAD":
        return _PLAIN
    return HttpReply(204, ((b"Allow", endpoint.allow),) if endpoint else ())
