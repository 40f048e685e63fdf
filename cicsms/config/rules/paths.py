"""The files that a part of a document names, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cicsms.config.positions import Place
from cicsms.model.settings import SYSTEM, Document


def paths(document: Document, place: Place) -> Iterator[tuple[Place, Path]]:
    """Give every path in a part of a document with its place; the system's anchors are none."""
    for key, value in document:
        if isinstance(value, Path):
            if (key, str(value)) != ("trust", SYSTEM):
                yield (*place, key), value
        elif isinstance(value, Document):
            yield from paths(value, (*place, key))
        elif isinstance(value, tuple):
            for index, one in enumerate(value):
                if isinstance(one, Document):
                    yield from paths(one, (*place, key, index))
