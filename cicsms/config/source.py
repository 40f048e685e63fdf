"""A settings file as it was read: its data, and where in the file each setting stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from cicsms.config.positions import Place, positions
from cicsms.model.errors import Finding, Rejected

_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)$|\s*\(at end of document\)$")


@frozen
class Source:
    """A settings document and its places; ``name`` is how messages call it (its path as given)."""

    name: str
    data: Mapping[str, Any] = field(factory=dict, repr=False)
    lines: Mapping[Place, int] = field(factory=dict, repr=False)

    def line(self, place: Place) -> int | None:
        """Return the line of a place, or of the nearest one around it; ``None`` where the document has no lines."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def where(self, place: Place) -> str:
        """Return ``file:line: place`` for a finding."""
        line = self.line(place)
        file = self.name if line is None else f"{self.name}:{line}"
        return f"{file}: {self.spoken(place)}" if place else file

    def spoken(self, place: Place) -> str:
        """Return a place as people read it: ``brokers[2] (twilio).mo.path``, counted from 1."""
        said, here = "", self.data
        for part in place:
            here = step(here, part)
            if isinstance(part, int):
                said += f"[{part + 1}]{_named(here)}"
            else:
                said += f".{part}" if said else part
        return said


def _named(here: Any) -> str:
    """Return what an element of a list calls itself, in parentheses."""
    names = [here[key] for key in ("name", "id", "address", "pattern") if key in here] if isinstance(here, Mapping) else []
    return f" ({names[0]})" if names and isinstance(names[0], str) else ""


def step(here: Any, part: str | int) -> Any:
    """Go one step into the data; an empty table where there is nothing."""
    if isinstance(here, Mapping):
        return here.get(part, {})
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return {}


def read(path: Path) -> Source:
    """Read a TOML file; raises ``Rejected`` where it can't be read or is not TOML."""
    return parse(_text(path), str(path))


def parse(text: str, name: str) -> Source:
    """Read TOML from a text; raises ``Rejected`` with the line where it is not TOML."""
    try:
        return Source(name, tomllib.loads(text), positions(text.replace("\r\n", "\n")))
    except tomllib.TOMLDecodeError as wrong:
        raise Rejected([_syntax(str(wrong), text, name)]) from None


def _text(path: Path) -> str:
    """Return the text of a file (a byte order mark, as some editors write it, is no part of it)."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = path.read_bytes()[: wrong.start].count(b"\n") + 1
        said, remedy = "The file is not in UTF-8.", "Save it as UTF-8; TOML knows nothing else."
        raise Rejected([Finding("encoding", f"{path}:{line}", said, remedy)]) from None
    except FileNotFoundError:
        raise Rejected([Finding("file", str(path), "There is no such file.", "Check the path.")]) from None
    except IsADirectoryError:
        raise Rejected([Finding("file", str(path), "This is a folder.", "Name the file in it.")]) from None
    except OSError as wrong:
        said = f"The file can't be read: {wrong.strerror or type(wrong).__name__}."
        raise Rejected([Finding("file", str(path), said, "Check its permissions.")]) from None


def _syntax(reason: str, text: str, name: str) -> Finding:
    """Put the parser's reason (it quotes keys, never values) into a finding."""
    place = _LINE.search(reason)
    line = place.group(1) if place and place.group(1) else str(text.count("\n") + 1)
    column = f" (column {place.group(2)})" if place and place.group(2) else ""
    said = f"This is not TOML: {_LINE.sub('', reason).rstrip('.')}{column}."
    return Finding("toml", f"{name}:{line}", said, "Texts stand in quotes, tables in [brackets]; see https://toml.io.")
