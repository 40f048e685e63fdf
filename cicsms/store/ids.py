"""Our ids: 128 bits that rise with time (UUID version 7, RFC 9562 section 5.7), as 32 hex digits."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from threading import Lock

_TICKS = 4_096_000
"""A 4096th of a millisecond: the 12 bits behind the milliseconds hold a finer clock (RFC 9562, 6.2 method 3)."""
_VARIANT = 1 << 63


class Ids:
    """Makes ids, each greater than the one before, even where the clock stands still or is set back.

    Any thread may call it.
    """

    def __init__(self, now: Callable[[], float], random: Random) -> None:
        self._now = now
        self._random = random
        self._last = 0
        self._lock = Lock()

    def __call__(self) -> str:
        """Give the next id."""
        with self._lock:
            tick = max(int(self._now() * _TICKS), self._last + 1)
            self._last = tick
        return f"{tick >> 12:012x}7{tick & 0xFFF:03x}{self._random.getrandbits(62) | _VARIANT:016x}"


def lowest_id(at: float) -> str:
    """Return a string that sorts before every id made at ``at`` (to the millisecond) or later, and after every earlier one."""
    return f"{max(int(at * 1000), 0):012x}"
