"""The states of an outbound message, with the rank that keeps receipts moving forward only."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an outbound part is on its way; see ``rank`` and ``final`` for how states follow each other."""

    QUEUED = "queued"
    """Durable with us, not yet handed to the broker."""
    SENDING = "sending"
    """A request to the broker is under way."""
    UNKNOWN = "unknown"
    """The request left and no readable answer came: waits for a receipt, never sent again blindly."""
    ACCEPTED = "accepted"
    """The broker took it and gave it an id."""
    SENT = "sent"
    """The broker handed it to the carrier."""
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        """Whether no receipt may change this state."""
        return self in _FINAL

    @property
    def rank(self) -> int:
        """How far on the way this state is; a receipt never moves a part to a lower or equal rank."""
        return _RANK[self]


_RANK = {
    State.QUEUED: 0,
    State.SENDING: 1,
    State.UNKNOWN: 2,
    State.ACCEPTED: 3,
    State.SENT: 4,
    State.DELIVERED: 5,
    State.FAILED: 5,
    State.EXPIRED: 5,
    State.REJECTED: 5,
}
_FINAL = frozenset({State.DELIVERED, State.FAILED, State.EXPIRED, State.REJECTED})


def moves(current: State, reported: State) -> bool:
    """Tell whether a receipt that reports ``reported`` changes a part that is ``current``.

    Finality wins: the first final state stays, whatever is reported later. A report of ``UNKNOWN`` moves nothing.
    """
    return reported is not State.UNKNOWN and not current.final and reported.rank > current.rank
