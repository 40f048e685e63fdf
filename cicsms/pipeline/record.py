"""An exchange as it is kept: made of request and reply, with the account's secrets blotted out."""

from __future__ import annotations

from collections.abc import Callable

from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.store.exchange import Exchange, ExchangeKind, reply_head, request_head

Mask = Callable[[bytes], bytes]


class Recorder:
    """Makes exchanges; ``now`` gives seconds since the epoch, ``new_id`` a time-ordered id."""

    def __init__(self, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self.now = now
        self.new_id = new_id

    def exchange(
        self,
        kind: ExchangeKind,
        key: tuple[str, str],
        mask: Mask,
        request: HttpRequest,
        reply: HttpReply | None,
        *,
        started: float,
        inbound: bool = True,
        error: str = "",
    ) -> Exchange:
        """Record one request of the account ``key`` (broker, account) that began at ``started``, and its reply if any."""
        return Exchange(
            id=self.new_id(),
            kind=kind,
            broker=key[0],
            account=key[1],
            inbound=inbound,
            started=started,
            duration=self.now() - started,
            peer=request.peer,
            scheme=request.scheme,
            authority=request.authority,
            tls=request.tls or (reply.tls if reply else ""),
            error=mask(error.encode()).decode() if error else "",
            request_head=mask(request_head(request)),
            request_body=mask(request.body) if request.body else b"",
            status=reply.status if reply else 0,
            reply_head=mask(reply_head(reply)) if reply and reply.headers else b"",
            reply_body=mask(reply.body) if reply and reply.body else b"",
        )
