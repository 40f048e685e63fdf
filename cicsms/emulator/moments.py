"""The time of the clock that was handed in, as a date."""

from __future__ import annotations

from datetime import UTC, datetime

from twisted.internet.interfaces import IReactorTime


def moment(clock: IReactorTime) -> datetime:
    """Return what time it is, in UTC."""
    return datetime.fromtimestamp(clock.seconds(), UTC)
