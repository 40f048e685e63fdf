"""What the schema allows in each element, for remedies a person can act on."""

from __future__ import annotations

from functools import cache

from lxml import etree

from cicsms.profile.places import definitions

_RNG = "{http://relaxng.org/ns/structure/1.0}"


@cache
def _elements() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return element -> (attributes, children in their order)."""
    tree = etree.parse(str(definitions() / "broker.rng"))
    return {
        str(node.get("name")): (
            tuple(str(one.get("name")) for one in node.iter(f"{_RNG}attribute")),
            tuple(str(one.get("name")) for one in node.iter(f"{_RNG}ref")),
        )
        for node in tree.iter(f"{_RNG}element")
    }


@cache
def _choices() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return (element, attribute) -> the values that the schema lists for it."""
    tree = etree.parse(str(definitions() / "broker.rng"))
    return {
        (str(node.get("name")), str(one.get("name"))): tuple(value.text or "" for value in one.iter(f"{_RNG}value"))
        for node in tree.iter(f"{_RNG}element")
        for one in node.iter(f"{_RNG}attribute")
    }


def choices(tag: str, attribute: str) -> tuple[str, ...]:
    """Return the values an attribute may have; none where the schema lists none."""
    return _choices().get((tag, attribute), ())


def remedy(tag: str) -> str:
    """Say what may stand in the element ``tag``; empty for one the schema does not have."""
    if tag not in _elements():
        return ""
    attributes, children = _elements()[tag]
    held = f"the elements {', '.join(children)}, in this order" if children else "no elements"
    return f"A {tag} may have the attributes {', '.join(attributes) or 'none'} and {held} (see broker.rng)."
