"""The wire log of a case: what went over which connection, when, in which direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

KEPT = 4096
"""Bytes kept of one entry; the length is always told."""


@frozen
class Entry:
    """Some bytes of one connection; ``direction`` is ``>`` for sent, ``<`` for received, ``-`` for a remark."""

    milliseconds: float
    connection: int
    direction: str
    length: int
    data: bytes = field(repr=False)


@define
class WireLog:
    """Collects entries; ``secrets`` are blotted out before anything is kept."""

    secrets: Sequence[bytes] = field(factory=tuple, repr=False)
    entries: list[Entry] = field(factory=list)
    connections: int = 0

    def add(self, milliseconds: float, connection: int, direction: str, data: bytes) -> None:
        """Keep the beginning of ``data``."""
        self.entries.append(Entry(milliseconds, connection, direction, len(data), blotted(data, self.secrets)[:KEPT]))

    def connection(self) -> int:
        """Return the number of the next connection."""
        self.connections += 1
        return self.connections

    def records(self) -> list[dict[str, Any]]:
        """Give the entries as they stand in the journal: bytes as Latin-1, one character a byte."""
        return [
            {
                "ms": round(entry.milliseconds, 2),
                "connection": entry.connection,
                "direction": entry.direction,
                "length": entry.length,
                "data": entry.data.decode("latin-1"),
            }
            for entry in self.entries
        ]


def blotted(data: bytes, secrets: Sequence[bytes]) -> bytes:
    """Return ``data`` with every secret replaced by stars of the same length."""
    for secret in secrets:
        data = data.replace(secret, b"*" * len(secret))
    return data
