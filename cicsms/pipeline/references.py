"""Our own references of parts, in the form a broker can carry."""

from __future__ import annotations

from collections.abc import Callable

DIGITS8 = 10**8


class References:
    """Makes references; ``digits8`` ones rise by one or with the clock (hundredths of a second), whichever is further.

    Eight digits come round after eleven days; matching prefers the latest part of a broker.
    """

    def __init__(self, now: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._now = now
        self._new_id = new_id
        self._last = 0

    def new(self, form: str) -> str:
        """Return a new reference of a form that a profile asks for: ``hex32`` or ``digits8``."""
        if form == "hex32":
            return self._new_id()
        if form != "digits8":
            raise ValueError(f"no such form of reference: {form}")
        self._last = max(self._last + 1, int(self._now() * 100))
        return f"{self._last % DIGITS8:08d}"
