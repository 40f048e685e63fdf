"""Sending requests to brokers and handlers: over kept-alive connections, within a total time, and never twice.

Nothing is retried, redirected, re-encoded or decoded here. The two errors carry what the caller must know: whether the
other side can have the message.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Protocol

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredList, fail
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from zope.interface import Interface, implementer

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.web.proxy import Proxy
from cicsms.web.sender_errand import Errand
from cicsms.web.sender_errors import NoAnswer, NotSent, NotWritable
from cicsms.web.sender_leg import DIRECT, Leg, Network
from cicsms.web.sender_pool import Pool
from cicsms.web.sender_reply import ReplyLimits
from cicsms.web.sender_write import origin, written

__all__ = ["DIRECT", "ISender", "Leg", "Network", "NoAnswer", "NotSent", "NotWritable", "Proxy", "ReplyLimits", "Sender"]


class ISender(Interface):
    """What carries requests out."""

    def send(request: HttpRequest, timeout: float, leg: Leg = DIRECT) -> Deferred[HttpReply]:  # noqa: N805  zope
        """Send once; fires with the reply, whatever its status, or fails with ``NotSent`` or ``NoAnswer``.

        ``timeout`` is in seconds and covers everything from connecting to the last byte of the reply.
        """

    def close() -> Deferred[None]:
        """Close every connection; fires when all are gone. Requests under way fail."""


class Connector(Protocol):
    """Makes endpoints: the seam to the network."""

    def endpoint(self, scheme: str, host: str, port: int, leg: Leg) -> IStreamClientEndpoint:
        """Return the way to a destination; ``NotWritable`` where there can be none."""


@frozen
class _Key:
    """What requests that share connections have in common."""

    scheme: str
    authority: str
    leg: Leg


@implementer(ISender)
class Sender:
    """Carries requests out over pools of connections, one for each destination and leg.

    ``agent`` is the User-Agent of requests that bring none. ``idle`` is how long, in seconds, an unused connection is kept:
    by default less than the shortest usual limit of servers (5 s: Apache, Node), so that a request hardly ever meets a
    connection that is just being closed.
    """

    def __init__(
        self,
        clock: IReactorTime,
        network: Connector,
        *,
        agent: str = "",
        limits: ReplyLimits | None = None,
        idle: float = 4.0,
    ) -> None:
        self._clock = clock
        self._network = network
        self._agent = (agent or f"cicsms/{version('cicsms')}").encode("ascii")
        self._limits = limits or ReplyLimits()
        self._idle = idle
        self._pools: dict[_Key, Pool] = {}

    def send(self, request: HttpRequest, timeout: float, leg: Leg = DIRECT) -> Deferred[HttpReply]:
        """Send once; see ``ISender``."""
        proxy = leg.proxy if request.scheme == "http" else None
        try:
            data = written(request, self._agent, proxy.authorization if proxy else None)
            pool = self._pool(request, leg)
        except NotWritable as wrong:
            return fail(wrong)
        errand = Errand(pool, data, request.authority, bodiless=request.method == "HEAD", proxy=proxy)
        return errand.run(self._clock, timeout)

    def close(self) -> Deferred[None]:
        """Close every connection; see ``ISender``."""
        pools, self._pools = self._pools, {}
        return DeferredList([pool.close() for pool in pools.values()]).addCallback(lambda _: None)

    def _pool(self, request: HttpRequest, leg: Leg) -> Pool:
        """Return the pool of a destination, made at its first request."""
        key = _Key(request.scheme, request.authority, leg)
        pool = self._pools.get(key)
        if pool is None:
            host, port = origin(request)
            way = self._network.endpoint(request.scheme, host, port, leg)
            pool = self._pools[key] = Pool(
                self._clock,
                way,
                secure=leg.encrypted(request.scheme),
                limits=self._limits,
                idle=self._idle,
                empty=lambda pool: self._drop(key, pool),
            )
        return pool

    def _drop(self, key: _Key, pool: Pool) -> None:
        """Forget a pool that holds nothing."""
        if self._pools.get(key) is pool:
            del self._pools[key]
