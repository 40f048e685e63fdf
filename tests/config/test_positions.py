"""Lines of keys in TOML."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.positions import Place, positions

HARD = '''# a comment with [brackets] and "quotes"
title = "a # no comment"
dotted.key."with space" = 1.5
list = [ # a comment
  1, "two",
  { k = [3,
         4], "q.r" = true },
]
when = 1979-05-27 07:32:00
[table]
text = """
[[not.a.table]]
key = 1
quoted \\""" end"""
lit = \'\'\'
a = 'b'\'\'\'
[[brokers]]
name = 'one'
[brokers.mo]
path = "/x"
[[brokers.accounts]]
id = "m"
[[brokers.accounts]]
[[brokers]]
[[brokers.accounts]]
id = "z"
'''


class Lines(SynchronousTestCase):
    """Where a key stands."""

    def test_every_form(self) -> None:
        """Dotted and quoted keys, nested arrays and tables, strings that look like tables: all have their line."""
        lines = positions(HARD)
        wanted: dict[Place, int] = {
            ("title",): 2,
            ("dotted", "key", "with space"): 3,
            ("list", 1): 5,
            ("list", 2, "k", 1): 7,
            ("list", 2, "q.r"): 7,
            ("when",): 9,
            ("table", "text"): 11,
            ("table", "lit"): 15,
            ("brokers", 0, "name"): 18,
            ("brokers", 0, "mo", "path"): 20,
            ("brokers", 0, "accounts", 0, "id"): 22,
            ("brokers", 0, "accounts", 1): 23,
            ("brokers", 1): 24,
            ("brokers", 1, "accounts", 0, "id"): 26,
        }
        self.assertEqual({place: lines.get(place) for place in wanted}, wanted)

    def test_nothing_else(self) -> None:
        """Nothing that stands inside a text is taken for a key: the places are exactly those of the parsed document."""
        self.assertEqual(set(positions(HARD)), set(places(tomllib.loads(HARD))))

    def test_empty(self) -> None:
        """An empty document has no places."""
        self.assertEqual(positions(""), {})

    @given(st.recursive(st.integers() | st.text("a[]{}#\"'\\\n=,", max_size=4), lambda inner: st.lists(inner, max_size=3)))
    def test_values(self, value: Any) -> None:
        """Whatever the value is, the key after it is found on its line."""
        text = f"a = {written(value)}\nb = 1\n"
        self.assertEqual(positions(text)[("b",)], 2)


def places(data: Any, at: Place = ()) -> list[Place]:
    """List every place of parsed data."""
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in steps for found in ((*at, key), *places(value, (*at, key)))]


def written(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(written(one) for one in value)}]"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
