"""Texts with fields in them, such as ``ID: {broker-id}``: the pattern that reads what the template writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cicsms.profile import fields
from cicsms.profile.templates import holes, split
from cicsms.profile.values import NotReadable

_LOOSE = frozenset({"text", "said"})
"""Fields that may hold blanks; any other hole ends at one."""


def named(form: str) -> frozenset[str]:
    """Return the fields that a form names."""
    return frozenset(name for hole in holes(form) for name in hole)


def reader(form: str, shape: str) -> Callable[[str, dict[str, Any]], None]:
    """Return what takes the fields of a form out of a text; ``NotReadable`` where the text is not of the form."""
    pieces = split(form)
    expression = "".join(re.escape(piece) if place % 2 == 0 else _group(piece, place) for place, piece in enumerate(pieces))
    pattern = re.compile(expression, re.DOTALL)
    targets = {f"h{place}": name for place, name in enumerate(pieces) if place % 2 and fields.kind(shape, name)}
    converts = {name: fields.KINDS[str(fields.kind(shape, name))] for name in targets.values()}

    def take(text: str, out: dict[str, Any]) -> None:
        found = pattern.fullmatch(text.strip())
        if found is None:
            raise NotReadable("The text is not of its form.")
        for group, name in targets.items():
            convert = converts[name]
            try:
                value = convert(found[group]) if convert else found[group]
            except ValueError as error:
                raise NotReadable(f"The text has no {name} where it should.") from error
            if value != "":
                out.setdefault(name, value)

    return take


def _group(hole: str, place: int) -> str:
    return f"(?P<h{place}>{'.*?' if hole in _LOOSE else r'[^ ]+?'})"
