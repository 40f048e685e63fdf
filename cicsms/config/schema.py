"""The settings models as a tree of keys: which keys a place of the document may have."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from cicsms.config.positions import Place
from cicsms.config.source import step


def keys_at(model: type[BaseModel], place: Place, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that the table at ``place`` may have; none where it is no table of the model."""
    kind: Any = model
    here: Any = data
    for part in place:
        here = step(here, part)
        kind = _member(kind, part, here)
    found = _model(kind, here)
    return tuple(found.model_fields) if found else ()


def _member(kind: Any, part: str | int, here: Any) -> Any:
    """Return the type of one key or element of a type."""
    if isinstance(part, int):
        return next((choice for choice in _choices(kind) if get_origin(choice) is tuple), None)
    found = next((choice for choice in _choices(kind) if isinstance(choice, type) and issubclass(choice, BaseModel)), None)
    known = found.model_fields.get(part) if found else None
    return known.annotation if known else None


def _model(kind: Any, here: Any) -> type[BaseModel] | None:
    """Return the model among the choices of a type; of several, the one whose ``kind`` the data names."""
    models = [choice for choice in _choices(kind) if isinstance(choice, type) and issubclass(choice, BaseModel)]
    if len(models) > 1 and isinstance(here, Mapping):
        models = [one for one in models if here.get("kind") in get_args(one.model_fields["kind"].annotation)]
    return models[0] if models else None


def _choices(kind: Any) -> tuple[Any, ...]:
    """Take a type apart: Annotated, unions, and the element of a tuple."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _choices(get_args(kind)[0])
    if origin in (Union, UnionType):
        return tuple(choice for arg in get_args(kind) for choice in _choices(arg))
    if origin is tuple:
        return (kind, *_choices(get_args(kind)[0]))
    return (kind,)
