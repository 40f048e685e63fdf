"""What a port has seen, counted; there is no access log."""

from __future__ import annotations

from collections import Counter

from attrs import define, field


@define
class Counters:
    """Figures of one port since it started. ``refused`` counts by reason what the port itself turned away."""

    connections: int = 0
    requests: int = 0
    received: int = 0
    sent: int = 0
    failures: int = 0
    statuses: Counter[int] = field(factory=Counter)
    refused: Counter[str] = field(factory=Counter)

    @property
    def classes(self) -> dict[str, int]:
        """Replies by status class, such as ``2xx``."""
        classes: Counter[str] = Counter()
        for status, count in self.statuses.items():
            classes[f"{status // 100}xx"] += count
        return dict(classes)
