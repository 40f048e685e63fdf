"""Recipes: certificate chains described as data, sound or with one named fault, in the language of ``certs/README.md``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from attrs import fields_dict, frozen

from cicsms.model.errors import CicsmsError

SOUND = "sound"
"""The name of the recipe without a fault."""


class NoRecipe(CicsmsError):
    """There is no recipe of that name, or it can't be read."""


@frozen
class Spec:
    """One certificate to be made; the fields are explained in ``certs/README.md``."""

    subject: str
    issuer: str
    key: str = "default"
    since: float = -1 / 24
    until: float = 365
    authority: bool = False
    pathlen: int | None = None
    usage: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    permitted: tuple[str, ...] = ()
    digest: str = "sha256"
    unknown: str = ""


@frozen
class Recipe:
    """A chain to be made: its certificates, which are sent and trusted, whose key is kept, and which host is asked for.

    ``finding`` is the code a checker must name the fault with; empty for the sound chain.
    """

    name: str
    title: str
    finding: str
    asked: str
    certificates: Mapping[str, Spec]
    sent: tuple[str, ...]
    trusted: tuple[str, ...]
    key: str


def recipe(name: str = SOUND) -> Recipe:
    """Return the recipe of that name."""
    found = recipes().get(name)
    if found is None:
        raise NoRecipe(f"There is no recipe {name!r}; these exist: {', '.join(recipes())}.")
    return found


@cache
def recipes() -> Mapping[str, Recipe]:
    """Return all recipes by name, the sound one first."""
    sound = _table("development.toml")
    faults = _table("faults.toml")
    return {SOUND: read(SOUND, sound)} | {name: read(name, _merged(sound, fault)) for name, fault in faults.items()}


def read(name: str, table: Mapping[str, Any]) -> Recipe:
    """Make a recipe of its table."""
    drawn = table["certificate"]
    return Recipe(
        name=name,
        title=table["title"],
        finding=table.get("finding", ""),
        asked=table["asked"],
        certificates={one: _spec(name, one, drawn[one]) for one in drawn},
        sent=tuple(table["sent"]),
        trusted=tuple(table["trusted"]),
        key=table["key"],
    )


def _spec(recipe_name: str, name: str, table: Mapping[str, Any]) -> Spec:
    """Make the description of one certificate, refusing fields that do not exist."""
    foreign = set(table) - set(fields_dict(Spec))
    if foreign:
        raise NoRecipe(f"Recipe {recipe_name}: certificate {name} has no field {', '.join(sorted(foreign))}.")
    values: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value for field, value in table.items()}
    return Spec(**values)


def _merged(sound: Mapping[str, Any], fault: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a fault over the sound chain: fields of certificates one by one, everything else as a whole."""
    certificates = {name: dict(table) for name, table in sound["certificate"].items()}
    for name, change in fault.get("certificate", {}).items():
        start = certificates[change["like"]] if "like" in change else certificates[name]
        certificates[name] = {**start, **{field: value for field, value in change.items() if field != "like"}}
    return {**sound, **fault, "certificate": certificates}


def _table(name: str) -> dict[str, Any]:
    """Read one of the recipe files."""
    return tomllib.loads((_folder() / name).read_text(encoding="utf-8"))


def _folder() -> Traversable:
    """Return where the recipes lie: inside an installed package, or beside it in a checkout."""
    packed = files("cicsms") / "_certs"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "certs"
