"""What bounds the broker-facing ports together: requests in flight, and lines in the log."""

from __future__ import annotations

from twisted.logger import Logger


class Gate:
    """Counts the requests in flight of all ports that share it, and lets no more in than its limit."""

    __slots__ = ("inside", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.inside = 0

    def enter(self) -> bool:
        """Let one request in; ``False`` when the house is full."""
        if self.inside >= self.limit:
            return False
        self.inside += 1
        return True

    def leave(self) -> None:
        """Count one request out."""
        self.inside -= 1


class RefusalLog:
    """Writes one line for each refused request, but at most ``per_second``; the rest is counted and said afterwards.

    A flood of malformed requests must not become a flood of log lines.
    """

    log = Logger()

    def __init__(self, port: str, per_second: int = 10) -> None:
        self._port = port
        self._per_second = per_second
        self._second = -1
        self._written = 0
        self._unsaid = 0

    def write(self, now: float, peer: str, status: int, reason: str) -> None:
        """Say that a request of ``peer`` was refused, unless this second has had its lines."""
        if not self._may(now):
            return
        self.log.warn(
            "port {port}: a request from {peer} was refused with {status}: {reason}",
            port=self._port,
            peer=peer,
            status=status,
            reason=reason,
        )

    def unshaken(self, now: float, peer: str, why: str) -> None:
        """Say that the TLS handshake with ``peer`` failed, unless this second has had its lines."""
        if self._may(now):
            said = "port {port}: the TLS handshake with {peer} failed: {why}"
            self.log.warn(said, port=self._port, peer=peer, why=why)

    def _may(self, now: float) -> bool:
        """Tell whether this second may have another line, and count what it may not."""
        if int(now) != self._second:
            self.settle()
            self._second, self._written = int(now), 0
        if self._written >= self._per_second:
            self._unsaid += 1
            return False
        self._written += 1
        return True

    def settle(self) -> None:
        """Say how many lines were held back, if any."""
        if self._unsaid:
            self.log.warn("port {port}: {count} more requests were refused", port=self._port, count=self._unsaid)
            self._unsaid = 0
