"""Where the bundled definitions lie: in the wheel beside this program, in a checkout where they are written."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def definitions() -> Path:
    """Return the folder of the bundled definitions and their schema."""
    packaged = Path(str(files("cicsms"))) / "_profiles"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "profiles"
