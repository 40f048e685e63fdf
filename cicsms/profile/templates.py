"""Texts with named holes, ``{account}`` or ``{option.Key|password}`` (the first that is not empty), and invented ids.

``{hex:32}``, ``{HEX:8}``, ``{digits:19}``, ``{alnum:22}``, ``{ALNUM:26}``, ``{uuid}`` and ``{UUID}`` are invented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any
from uuid import UUID

from cicsms.profile import forms

Scope = Mapping[str, Any]
Fill = Callable[[Scope], str | None]

_HOLE = re.compile(r"\{([A-Za-z0-9_.:|-]+)\}")
_INVENTED = re.compile(r"(hex|HEX|digits|alnum|ALNUM):([0-9]{1,3})|uuid|UUID")
_SIGNS = {
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": "0123456789",
    "alnum": "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALNUM": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
}


def holes(template: str) -> list[tuple[str, ...]]:
    """Return the names each hole of a template may be filled with; holes for invented ids are left out."""
    return [tuple(hole.split("|")) for hole in _HOLE.findall(template) if not _INVENTED.fullmatch(hole)]


def split(template: str) -> list[str]:
    """Return a template cut at its holes: literals at the even places, what the holes name at the odd ones."""
    return _HOLE.split(template)


def invent(form: str, random: Random) -> str:
    """Return ``form`` with its id holes filled from ``random``."""
    return _HOLE.sub(lambda found: _invented(found[1], random), form)


def _invented(hole: str, random: Random) -> str:
    if hole in ("uuid", "UUID"):
        made = str(UUID(int=random.getrandbits(128), version=4))
        return made if hole == "uuid" else made.upper()
    signs, _, length = hole.partition(":")
    return "".join(random.choices(_SIGNS[signs], k=int(length)))


def template(text: str, escaped: bool = False) -> Fill:
    """Return the function that fills ``text`` from a scope; it gives ``None`` where a hole has nothing to fill it.

    ``escaped`` percent-encodes what fills the holes, for places in a URL path.
    """
    pieces = _HOLE.split(text)
    if len(pieces) == 1:
        return lambda scope: text
    literals, fillers = pieces[::2], [_filler(hole) for hole in pieces[1::2]]
    if literals == ["", ""] and not escaped:
        return fillers[0]

    def fill(scope: Scope) -> str | None:
        out = [literals[0]]
        for filler, literal in zip(fillers, literals[1:], strict=True):
            value = filler(scope)
            if not value:
                return None
            out += forms.escape(value.encode(), "%20") if escaped else value, literal
        return "".join(out)

    return fill


def _filler(hole: str) -> Fill:
    if _INVENTED.fullmatch(hole):
        return lambda scope: _invented(hole, scope["random"]) if "random" in scope else None
    names = hole.split("|")

    def first(scope: Scope) -> str | None:
        for name in names:
            value = scope.get(name)
            if value is not None and value != "":
                return str(value)
        return None

    return first


def pattern(path: str) -> tuple[re.Pattern[bytes], tuple[str, ...]]:
    """Return the expression that finds the end of a URL path made by a template, and the names of its groups.

    Only the end is compared, so that a path prefix (of a proxy, of an emulator's entry) does no harm.
    """
    pieces = _HOLE.split(path)
    expression = "([^/]*)".join(re.escape(literal) for literal in pieces[::2])
    return re.compile(expression.encode() + rb"\Z"), tuple(pieces[1::2])
