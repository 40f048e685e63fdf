"""What an attribute's value is swapped for: another value of its kind, wrong, yet one that most definitions could hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cicsms.profile import fields
from cicsms.profile.grammar import choices
from cicsms.profile.signatures import SCHEMES

UNTOUCHED = frozenset(
    {
        ("broker", "name"),
        ("broker", "title"),
        ("profile", "name"),
        ("profile", "title"),
        ("mo", "path"),
        ("receipt", "path"),
    }
)
"""Names for people, names by which evidence is found, and the paths of ours that are only proposed: no fact about a broker."""

AWAY = "swapped-away"
_CODECS = {
    "plus": "digits",
    "digits": "plus",
    "upper": "lower",
    "lower": "upper",
    "epoch": "epoch-ms",
    "epoch-ms": "epoch",
    "iso": "epoch",
    "date": "epoch",
    "rfc2822": "epoch",
    "hex": "base64",
    "base64": "hex",
    "minutes": "milliseconds",
    "milliseconds": "minutes",
    "words": "words(never=ever)",
    "join": "join(~)",
    "prefix": "prefix(~)",
    "suffix": "suffix(~)",
}
_GIVEN = {"account": "login", "login": "password", "password": "account", "default-local": "account"}


_DEFAULTS = {
    ("accepted", "reply"): "200",
    ("several", "reply"): "200",
    ("refused", "reply"): "400",
    ("stopped", "reply"): "400",
    ("auth-failed", "reply"): "401",
    ("throttled", "reply"): "429",
    ("retry", "reply"): "503",
    ("unknown", "reply"): "500",
    ("query", "blank"): "%20",
    ("form", "blank"): "+",
    ("json", "type"): "application/json",
    ("xml", "type"): "text/xml",
    ("xml", "charset"): "utf-8",
    ("at", "type"): "string",
}
_DEMANDED = frozenset({("mo", "text"), ("receipt", "status"), ("mt", "recipient"), ("mt", "recipients")})


def implied(tag: str, attribute: str, value: str, shape: str, name: str) -> bool:
    """Tell whether an attribute says what goes without saying: a default, or a need of what every message must have."""
    if attribute == "need":
        return (shape, name) in _DEMANDED
    return _DEFAULTS.get((tag, attribute)) == value.lower()


def swapped(tag: str, attribute: str, value: str, shape: str = "", kind: str = "") -> str | None:
    """Return another value for an attribute; ``None`` where there is none but its absence.

    ``shape`` is that of the binding (its fields), ``kind`` its JSON type.
    """
    listed = choices(tag, attribute)
    if listed:
        others = [one for one in listed if one != value]
        return others[0] if others else None
    if attribute == "field":
        return _field(shape, value)
    if attribute in ("value", "default", "assume"):
        return _constant(value, kind)
    return _SWAPS.get(attribute, _changed)(value)


def _changed(value: str) -> str:
    """Count a number up; make any other text longer."""
    return str(int(value) + 1) if re.fullmatch("[0-9]+", value) else value + "x"


def _constant(value: str, kind: str) -> str:
    """Change a constant into another of its JSON type."""
    if kind in ("json", "boolean"):
        return {"true": "false"}.get(value, "true")
    return str(int(value) + 1) if re.fullmatch("-?[0-9]+", value) else "1" if kind == "number" else value + "x"


def _field(shape: str, value: str) -> str | None:
    """Name the next field of the same kind instead of the first of those named."""
    name, bar, rest = value.partition("|")
    start, dot, inner = name.partition(".")
    if start == "extra":
        return name + "x" + bar + rest
    if start == "mt" and dot:
        other = _field("mt", inner)
        return None if other is None else "mt." + other + bar + rest
    if name in _GIVEN:
        return _GIVEN[name] + bar + rest
    table = fields.SHAPES.get(shape, {})
    same = [one for one in table if table[one] == table.get(name)]
    if name not in same or len(same) < 2:
        return None
    return same[(same.index(name) + 1) % len(same)] + bar + rest


def _codec(value: str) -> str:
    """Put another codec in the place of the first one of the chain."""
    found = re.match(r"[a-z0-9-]+(\([^)]*\))?", value)
    if found is None:
        return "upper"
    return _CODECS.get(found[0].partition("(")[0], "upper") + value[found.end() :]


def _status(value: str) -> str:
    """Move every status of a list to the next class, or to the next number."""
    return "|".join(_moved(entry) for entry in value.split("|"))


def _moved(entry: str) -> str:
    if found := re.fullmatch("([1-5])xx", entry):
        return f"{int(found[1]) % 5 + 1}xx"
    return str(int(entry) + 1) if entry.isdecimal() else "399"


def _path(value: str) -> str:
    """Rename the last step of a path, whatever brackets close it."""
    found = re.search(r"[A-Za-z0-9_-](?=(\[[0-9*]*\])*\Z)", value)
    return value + "x" if found is None else value[: found.end()] + "x" + value[found.end() :]


def _methods(value: str) -> str:
    first, *rest = value.split()
    return " ".join(["PUT" if first != "PUT" else "POST", *rest])


def _scheme(value: str) -> str:
    names = list(SCHEMES)
    return names[(names.index(value) + 1) % len(names)] if value in names else AWAY


def _away(_: str) -> str:
    return AWAY


def _charset(value: str) -> str:
    return "utf-16-be" if value.lower() == "utf-8" else "utf-8"


def _rate(value: str) -> str:
    number, slash, unit = value.partition("/")
    return _changed(number) + slash + unit


_SWAPS: Mapping[str, Callable[[str], str]] = {
    "path": _path,
    "json": _path,
    "xml": _path,
    "codec": _codec,
    "charset": _charset,
    "status": _status,
    "methods": _methods,
    "by": _scheme,
    "is": _away,
    "code": _away,
    "has": _away,
    "starts": _away,
    "matches": _away,
    "said": _away,
    "when": lambda value: value.partition("=")[0] + "=" + AWAY,
    "unless": lambda value: value.partition("=")[0] + "=" + AWAY,
    "rate": _rate,
    "gateway": lambda value: value.replace("://", "://x", 1),
    "declaration": lambda value: value.replace("1.0", "1.1", 1) if "1.0" in value else value + " ",
}
