"""Our own references of parts, where a broker can't carry our id."""

from __future__ import annotations

from collections.abc import Callable

OWN = "hex32"
"""The form that is our id itself."""

DIGITS8 = "digits8"
_ROUND = 10**8


class References:
    """Makes short references: they rise by one or with the clock (hundredths of a second), whichever is further.

    Eight digits come round after eleven days; a receipt then means the latest part of that name.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def name(self, form: str) -> str:
        """Return the name of a new part in the form that a profile asks for; empty where its id serves."""
        if form == OWN:
            return ""
        if form != DIGITS8:
            raise ValueError(f"no such form of reference: {form}")
        self._last = max(self._last + 1, int(self._now() * 100))
        return f"{self._last % _ROUND:08d}"
