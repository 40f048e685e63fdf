"""Our own references of parts, where a broker can't carry our id.

Where receipts come back by the reference it is noted as the part's name at the broker. Where it only keeps the broker from
taking a message twice, it follows from the id, so that every try of a part carries the same.
"""

from __future__ import annotations

from collections.abc import Callable

from cicsms.profile import Profile
from cicsms.store.entries import QueuedPart

OWN = "hex32"
"""The form that is our id itself."""

_ROUND = 10**8


class References:
    """Makes short references: they rise by one or with the clock (hundredths of a second), whichever is further.

    Eight digits come round after eleven days; a receipt then means the latest part of that name.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def name(self, profile: Profile) -> str:
        """Return the name of a new part at the broker; empty where its id serves, or the broker will name it."""
        if profile.reference_form == OWN or profile.receipt_key != "reference":
            return ""
        self._last = max(self._last + 1, int(self._now() * 100))
        return f"{self._last % _ROUND:08d}"


def reference(part: QueuedPart, profile: Profile) -> str:
    """Return the reference that a part carries on the wire."""
    if profile.reference_form == OWN:
        return part.id
    if profile.receipt_key == "reference":
        return part.broker_id
    return f"{int(part.id, 16) % _ROUND:08d}"
