"""Help texts: examples that keep their lines."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """Return an epilog with examples (click reflows everything that a backspace does not protect)."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
