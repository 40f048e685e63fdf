"""Moments as numbers."""

from __future__ import annotations

from datetime import UTC, datetime


def epoch(moment: datetime | None) -> float | None:
    """Return seconds since the epoch; a moment without a zone is taken as UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
