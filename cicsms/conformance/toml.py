"""Writing TOML: tables, arrays of tables, and plain values, enough for the files a run generates."""

from __future__ import annotations

import json
from collections.abc import Mapping

Value = str | int | float | bool | list["Value"] | Mapping[str, "Value"]
Table = Mapping[str, Value]


def dumps(table: Table) -> str:
    """Return a document as TOML; tables in arrays become ``[[name]]`` sections."""
    return "\n".join(_lines(table, "")) + "\n"


def _lines(table: Table, prefix: str) -> list[str]:
    """Write plain values first, then the tables: TOML wants them in this order."""
    lines = [f"{_key(name)} = {_inline(value)}" for name, value in table.items() if not _is_table(value)]
    for name, value in table.items():
        path = f"{prefix}{_key(name)}"
        if isinstance(value, Mapping):
            lines += ["", f"[{path}]", *_lines(value, f"{path}.")]
        elif isinstance(value, list) and _is_table(value):
            for item in value:
                lines += ["", f"[[{path}]]", *_lines(item if isinstance(item, Mapping) else {}, f"{path}.")]
    return lines


def _is_table(value: Value) -> bool:
    """Tell whether a value needs a section of its own."""
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _inline(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {_inline(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    return json.dumps(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
