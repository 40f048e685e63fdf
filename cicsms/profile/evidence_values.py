"""The canonical message of an evidence folder: ``expect.json`` and ``[message]`` into values, and values into plain data.

The keys are the attrs field names of ``cicsms.model.message``; a field that is left out has its default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from attrs import asdict, fields

from cicsms.model.message import Alphabet, Answer, Concat, Mo, Mt, Outcome, Receipt
from cicsms.model.state import State
from cicsms.profile.evidence_wire import MalformedEvidence

Message = Mo | Mt | Answer | Receipt
T = TypeVar("T", bound=Message)
Plain = dict[str, object]


def build(kind: type[T], data: object) -> T:
    """Make a message value of plain data; an unknown key or a wrong type is malformed evidence."""
    if not isinstance(data, Mapping):
        raise MalformedEvidence(f"A {kind.__name__} is a table of fields, not {data!r}.")
    unknown = set(data) - {attribute.name for attribute in fields(kind)}
    if unknown:
        raise MalformedEvidence(f"A {kind.__name__} has no field {', '.join(sorted(unknown))}.")
    try:
        return kind(**{str(name): _read(name, value) for name, value in data.items()})
    except (TypeError, ValueError) as wrong:
        raise MalformedEvidence(f"Not a {kind.__name__}: {wrong}.") from wrong


def _read(name: str, value: object) -> Any:
    """Read one field; the names are those of the message values, where each has one type."""
    match name:
        case "date":
            return datetime.fromisoformat(str(value))
        case "alphabet":
            return Alphabet(str(value))
        case "outcome":
            return Outcome(str(value))
        case "state":
            return State(str(value))
        case "recipients" if isinstance(value, Sequence):
            return tuple(value)
        case "concat" if isinstance(value, Mapping):
            return Concat(**value)
        case _:
            return value


def plain(message: Message) -> Plain:
    """Give a message as plain data, less the fields that have their defaults."""
    return {name: value for name, value in asdict(message, value_serializer=_write).items() if value not in (None, "", {}, ())}


def _write(_owner: type, _attribute: object, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
