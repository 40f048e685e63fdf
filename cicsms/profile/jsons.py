"""JSON documents by paths such as ``$.messages[0].to``: reading a value, setting a value, the items of an array."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import orjson

from cicsms.profile.rows import Get

Step = str | int
Put = Callable[[Any, Any], None]
_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]{1,3})\]")
SELF = None
"""The key under which an item that is no object holds its value while it is built."""


def steps(path: str) -> tuple[Step, ...]:
    """Return the steps of a path; ``ValueError`` where it is none."""
    if not path.startswith("$"):
        raise ValueError("a JSON path starts with '$'")
    out: list[Step] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise ValueError(f"'{path[at:]}' is no step of a JSON path")
        out.append(found[1] if found[1] is not None else int(found[2]))
        at = found.end()
    return tuple(out)


def _walk(value: Any, way: tuple[Step, ...]) -> Any:
    for step in way:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
        if value is None:
            return None
    return value


def scalar(value: Any) -> str | None:
    """Return a JSON string, number or boolean as text; anything else has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def getter(path: str) -> Get:
    """Return the function that gives the value at ``path`` as text, or an array of such values as a tuple."""
    way = steps(path)

    def get(source: Any, out: dict[str, Any]) -> Any:
        value = _walk(source, way)
        if isinstance(value, list):
            return tuple(text for text in map(scalar, value) if text is not None)
        return scalar(value)

    return get


def items(path: str) -> Callable[[Any], list[Any] | None]:
    """Return the function that gives the entries of the array at ``path`` (which ends in ``[*]``)."""
    way = steps(path.removesuffix("[*]"))

    def get(source: Any) -> list[Any] | None:
        value = _walk(source, way)
        return value if isinstance(value, list) else None

    return get


def typed(kind: str) -> Callable[[Any], Any]:
    """Return what makes a JSON value of a written one: ``string``, ``number``, ``boolean`` or ``json`` (as it stands)."""
    return {"string": _string, "number": _number, "boolean": lambda value: str(value) == "true", "json": orjson.loads}[kind]


def _string(value: Any) -> Any:
    return [str(entry) for entry in value] if isinstance(value, tuple) else str(value)


def _number(value: Any) -> Any:
    """Return a text as the number it is; one that is none stays a text, as codes of a person's making may be."""
    text = str(value)
    if re.fullmatch(r"-?[0-9]{1,30}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]{1,30}\.[0-9]{1,30}", text) else text


def putter(path: str, kind: str) -> Put:
    """Return the function that sets the value at ``path``, making the objects and arrays on the way."""
    way, make = steps(path), typed(kind)
    if not way:
        return lambda tree, value: tree.__setitem__(SELF, make(value))
    parents, last = way[:-1], way[-1]

    def put(tree: Any, value: Any) -> None:
        following = way[1:]
        for step, then in zip(parents, following, strict=True):
            tree = _descend(tree, step, then)
        _place(tree, last, make(value))

    return put


def _descend(tree: Any, step: Step, then: Step) -> Any:
    if isinstance(tree, dict):
        if step not in tree:
            tree[step] = {} if isinstance(then, str) else []
    elif step == len(tree):
        tree.append({} if isinstance(then, str) else [])
    return tree[step]


def _place(tree: Any, step: Step, value: Any) -> None:
    if isinstance(tree, list):
        tree.append(value)
    else:
        tree[step] = value


def opener(path: str) -> Callable[[Any], Callable[[Any], None]]:
    """Return the function that finds or makes the array at ``path`` in a tree and gives what adds an item to it."""
    way = steps(path.removesuffix("[*]"))

    def open_array(tree: Any) -> Callable[[Any], None]:
        if not way:
            listed = tree.setdefault(SELF, [])
            return lambda item: listed.append(_unwrapped(item))
        for step, then in zip(way, (*way[1:], 0), strict=True):
            tree = _descend(tree, step, then)
        return lambda item: tree.append(_unwrapped(item))

    return open_array


def _unwrapped(item: Any) -> Any:
    return item[SELF] if isinstance(item, dict) and SELF in item else item


def dump(tree: Any, spaced: bool = False) -> bytes:
    """Return the document's octets: compact, or with the blanks that Python and Ruby put after ``,`` and ``:``."""
    value = _unwrapped(tree)
    if spaced:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return orjson.dumps(value)
