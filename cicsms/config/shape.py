"""From a settings file to its model: every fault of shape becomes a finding with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from attrs import field, frozen
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cicsms.config.nearest import did_you_mean
from cicsms.config.positions import Place
from cicsms.config.rest import Rest
from cicsms.config.schema import keys_at
from cicsms.config.sentences import sentence
from cicsms.config.source import Source
from cicsms.model.errors import Finding

_ROUNDS = 8
"""Leaving a required setting out makes its table faulty in turn; the document is less deep than this."""
Model = TypeVar("Model", bound=BaseModel)


@frozen
class Shaped(Generic[Model]):
    """A document as far as it could be read.

    With ``findings``, ``value`` is what is left when the faulty settings are put aside (absent if nothing is): good for
    finding further faults, never for use; ``rest`` knows what was put aside.
    """

    value: Model | None
    findings: tuple[Finding, ...]
    rest: Rest = field(factory=Rest)


def shape(source: Source, model: type[Model]) -> Shaped[Model]:
    """Validate a document against its model, with every fault named."""
    try:
        return Shaped(model.model_validate(source.data), ())
    except ValidationError as refused:
        faults = {_place(error, source.data): error for error in reversed(refused.errors(include_url=False))}
    findings = tuple(_finding(source, model, place, error) for place, error in sorted(faults.items(), key=_order(source)))
    value, rest = _healthy(source, model)
    return Shaped(value, findings, rest)


def _healthy(source: Source, model: type[Model]) -> tuple[Model | None, Rest]:
    """Put faulty settings aside until what is left is valid."""
    rest = Rest()
    for _ in range(_ROUNDS):
        data = rest.of(source.data)
        try:
            return model.model_validate(data), rest
        except ValidationError as refused:
            rest = rest.without(_put_aside(_place(error, data), error) for error in refused.errors(include_url=False))
    return None, rest


def _put_aside(place: Place, error: ErrorDetails) -> Place:
    """Return what must be left out for a fault to vanish: the setting, or the table that lacks one."""
    return place[:-1] if error["type"] == "missing" else place


def _order(source: Source) -> Any:
    """Sort faults as they stand in the file."""
    return lambda item: (source.line(item[0]) or 0, source.spoken(item[0]))


def _place(error: ErrorDetails, data: Mapping[str, Any]) -> Place:
    """Return the place of a fault in the document: its location without the names of variants that the checker puts in."""
    place: list[str | int] = []
    here: Any = data
    for part in error["loc"]:
        if isinstance(here, Mapping) and here.get("kind") == part and part not in here:
            continue
        if not isinstance(here, (Mapping, list)) and place:
            continue
        place.append(part)
        here = here.get(part) if isinstance(here, Mapping) else _element(here, part)
    return tuple(place)


def _element(here: Any, part: str | int) -> Any:
    """Return one element of a list, or nothing."""
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None


def _finding(source: Source, model: type[BaseModel], place: Place, error: ErrorDetails) -> Finding:
    """Say one fault."""
    key = str(place[-1]) if place else ""
    if error["type"] == "extra_forbidden":
        remedy = did_you_mean(key, keys_at(model, place[:-1], source.data))
        return Finding("unknown-setting", source.where(place), "There is no such setting here.", remedy)
    said, remedy = sentence(error, key)
    return Finding(f"setting-{error['type'].replace('_', '-')}", source.where(place), f"This setting {said}.", remedy)
