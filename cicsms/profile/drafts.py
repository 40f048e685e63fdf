"""One request or reply while it is written: the pieces that the groups of a shape fill in."""

from __future__ import annotations

from attrs import define, field


@define
class Draft:
    """Header lines, query pieces (``name=value``, escaped), and the body with its type."""

    headers: list[tuple[bytes, bytes]] = field(factory=list)
    query: list[str] = field(factory=list)
    body: bytes = b""
    type: str = ""

    def lines(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the header lines, the type of the body last."""
        if not self.type:
            return tuple(self.headers)
        return (*self.headers, (b"Content-Type", self.type.encode()))
