"""What is left of a document when some of its settings are put aside, and where that stood before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from attrs import field, frozen

from cicsms.config.positions import Place


@frozen
class Rest:
    """A document less the settings at some places (of the whole document)."""

    aside: frozenset[Place] = field(default=frozenset())

    @property
    def whole(self) -> bool:
        """Whether every name that other settings may refer to is still there."""
        return not any(len(place) <= 1 or isinstance(place[-1], int) for place in self.aside)

    def without(self, places: Iterable[Place]) -> Rest:
        """Put more aside; these places are of what is left."""
        return Rest(self.aside | {self.before(place) for place in places})

    def of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is left of the whole document."""
        left: dict[str, Any] = {} if () in self.aside else deepcopy(dict(data))
        for place in sorted(self.aside - {()}, key=_deepest_and_last_first, reverse=True):
            _remove(left, place)
        return left

    def before(self, place: Place) -> Place:
        """Return where a place of what is left was in the whole document."""
        found: Place = ()
        for part in place:
            found = (*found, self._index(found, part) if isinstance(part, int) else part)
        return found

    def _index(self, array: Place, index: int) -> int:
        for gone in sorted(place[-1] for place in self.aside if place[:-1] == array and place and isinstance(place[-1], int)):
            index += gone <= index
        return index


def _deepest_and_last_first(place: Place) -> tuple[int, int]:
    """Order removals so that no removal moves what is removed later."""
    return len(place), place[-1] if isinstance(place[-1], int) else 0


def _remove(here: Any, place: Place) -> None:
    """Take one setting out, if it is there."""
    for part in place[:-1]:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(here, dict):
        here.pop(place[-1], None)
    elif isinstance(here, list) and isinstance(place[-1], int) and place[-1] < len(here):
        del here[place[-1]]
