"""The replies of one connection, in the order of their requests."""

from __future__ import annotations

from collections import deque
from typing import cast

from twisted.logger import Logger

from cicsms.model.wire import HttpReply
from cicsms.web.http1_reply import NotWritable, Renderer
from cicsms.web.listener_counters import Counters

FAILED = HttpReply(500)
"""What a client hears of a fault of ours: nothing but that there is one."""


class Slot:
    """A reply's place in the order; ``keep`` tells whether the connection outlives it."""

    __slots__ = ("bodyless", "keep", "old", "owner", "reply")

    def __init__(self, keep: bool, old: bool = False, bodyless: bool = False, owner: str = "") -> None:
        self.keep = keep
        self.old = old
        self.bodyless = bodyless
        self.owner = owner
        self.reply: HttpReply | None = None


class Replies(deque[Slot]):
    """The slots that wait, oldest first."""

    log = Logger()

    def __init__(self, renderer: Renderer, counters: Counters) -> None:
        super().__init__()
        self._renderer = renderer
        self._counters = counters

    def end(self) -> None:
        """Let the connection end behind the last of them."""
        if self:
            self[-1].keep = False

    def ready(self) -> tuple[bytes, bool]:
        """Take the replies whose turn has come, as one piece of bytes; the flag tells whether the connection lives on."""
        pieces = []
        while self and self[0].reply is not None:
            slot = self.popleft()
            pieces.append(self._render(slot, cast(HttpReply, slot.reply)))
            if not slot.keep:
                return b"".join(pieces), False
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), True

    def _render(self, slot: Slot, reply: HttpReply) -> bytes:
        """Write a slot's reply; one that HTTP can't carry is a fault of ours."""
        try:
            piece = self._renderer.render(reply, slot.keep, slot.old, slot.bodyless)
        except NotWritable as error:
            self._counters.failures += 1
            self.log.warn("{owner} gave a reply that can't be written: {reason}", owner=slot.owner, reason=str(error))
            reply = FAILED
            piece = self._renderer.render(reply, slot.keep, slot.old, slot.bodyless)
        self._counters.statuses[reply.status] += 1
        self._counters.sent += len(piece)
        return piece
