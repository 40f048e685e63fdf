"""On which line of a TOML text each key stands: the standard library's parser does not tell.

The scanner here is lax, as it only reads what that parser has accepted (TOML 1.0, toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Place = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|\n|[\[\]{}=,.]|[^\s\[\]{}=,."'\#]+''',
    re.DOTALL,
)
_ENDS = frozenset({"\n", ",", "]", "}", ""})


def positions(text: str) -> Mapping[Place, int]:
    """Return the line, from 1, of every key, table and array element of a valid TOML text."""
    return _Scanner(text).document()


class _Scanner:
    """One pass over the tokens, with the place that the next key belongs to."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        self._next = 0
        self._lines: dict[Place, int] = {}
        self._tables: dict[Place, int] = {}
        line = 1
        at = 0
        for found in _TOKEN.finditer(text):
            line += text.count("\n", at, found.start())
            at = found.start()
            if not found.group().startswith("#"):
                self._tokens.append((found.group(), line))

    def document(self) -> Mapping[Place, int]:
        """Scan everything."""
        prefix: Place = ()
        while self._next < len(self._tokens):
            if self._peek() == "\n":
                self._take()
            elif self._peek() == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
        return self._lines

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[str, int]:
        self._next += 1
        return self._tokens[self._next - 1]

    def _skip(self, *tokens: str) -> None:
        while self._peek() in tokens:
            self._take()

    def _key(self) -> list[str]:
        parts = []
        while self._peek() not in ("=", "]", ""):
            part, _ = self._take()
            if part != ".":
                parts.append(str(tomllib.loads(f"key = {part}")["key"]) if part[0] in "\"'" else part)
        return parts

    def _header(self) -> Place:
        """Read ``[a.b]`` or ``[[a.b]]`` and return the place of what follows it."""
        _, line = self._take()
        array = self._peek() == "["
        self._skip("[")
        *outer, last = self._key()
        self._skip("]")
        place: Place = ()
        for part in outer:
            place = self._inside((*place, part))
        place = (*place, last)
        self._lines.setdefault(place, line)
        if array:
            self._tables[place] = self._tables.get(place, -1) + 1
            place = self._inside(place)
        self._lines[place] = line
        return place

    def _inside(self, place: Place) -> Place:
        """Return the table that a name in a header stands for: of an array of tables, the latest."""
        return (*place, self._tables[place]) if place in self._tables else place

    def _pair(self, prefix: Place) -> None:
        """Read ``key = value``."""
        line = self._tokens[self._next][1]
        place = prefix
        for part in self._key():
            place = (*place, part)
            self._lines.setdefault(place, line)
        self._take()
        self._value(place)

    def _value(self, place: Place) -> None:
        if self._peek() == "[":
            self._take()
            self._array(place)
        elif self._peek() == "{":
            self._take()
            self._inline(place)
        else:
            while self._peek() not in _ENDS:
                self._take()

    def _array(self, place: Place) -> None:
        index = 0
        self._skip("\n", ",")
        while self._peek() != "]":
            self._lines[(*place, index)] = self._tokens[self._next][1]
            self._value((*place, index))
            self._skip("\n", ",")
            index += 1
        self._take()

    def _inline(self, place: Place) -> None:
        self._skip("\n", ",")
        while self._peek() != "}":
            self._pair(place)
            self._skip("\n", ",")
        self._take()
