"""A small JSON client for the two control interfaces; robustness cases never use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, cast

from attrs import field, frozen
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.internet.interfaces import IReactorTCP, IReactorTime
from twisted.web.client import Agent, HTTPConnectionPool, ResponseNeverReceived

from cicsms.model.errors import CicsmsError


class Unreachable(CicsmsError):
    """The server's API or the emulator's control API gives no answer."""


@frozen
class Said:
    """The answer of a control interface: its status, and its body as JSON and as bytes."""

    status: int
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The body read as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def good(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300


class Caller(Protocol):
    """Something that calls a control interface."""

    async def call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None, limit: float = 10
    ) -> Said:
        """Call ``path`` and return what was said."""


class JsonClient:
    """Calls one interface at ``base`` with a bearer token, over kept-alive connections."""

    def __init__(self, reactor: IReactorTCP, base: str, token: str = "") -> None:
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = 16
        self._http = cast(Any, HTTPClient(Agent(reactor, pool=self._pool, connectTimeout=5)))
        self._reactor = cast(IReactorTime, reactor)
        self._base = base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None, limit: float = 10
    ) -> Said:
        """Call ``path`` and return what was said; raises ``Unreachable`` when nothing is."""
        extra = {} if body is None else {"data": json.dumps(body).encode()}
        headers = self._headers | ({} if body is None else {"Content-Type": "application/json"})
        try:
            response = await self._http.request(
                method,
                self._base + path,
                params=dict(query or {}),
                headers=headers,
                timeout=limit,
                reactor=self._reactor,
                **extra,
            )
            return Said(response.code, await response.content())
        except (ConnectError, ConnectionLost, ResponseNeverReceived, CancelledError) as failed:
            raise Unreachable(f"{method} {self._base}{path}: {type(failed).__name__} {failed}".rstrip()) from failed

    async def close(self) -> None:
        """Drop the kept connections."""
        await cast(Any, self._pool.closeCachedConnections())
