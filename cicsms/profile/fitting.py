"""Definitions whose very names are options: ``{option.TextField}`` in a place, a value list or a codec, filled before compiling.

Templates are filled for each message; these holes are not: what they make of a definition is compiled once for an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import evolve

from cicsms.model.message import Outcome
from cicsms.profile.node import Node

PLACES = frozenset({"name", "path"})
FILLED = PLACES | {
    "is",
    "codec",
    "charset",
    "status",
    "has",
    "starts",
    "form",
    "matches",
    "json",
    "xml",
    "header",
    "root",
    "type",
    "methods",
}
"""The attributes that may have such holes."""
KEPT_EMPTY = frozenset({"has", "starts", "is"})
_TELLING = {"at": PLACES, "or": PLACES, "each": PLACES, "state": {"is"}, "plain": {"form"}}
_HOLE = re.compile(r"\{option\.([^{}]+)\}")
_PARTS = frozenset({"mt", "mo", "receipt", "polling"})
_GROUPS = frozenset({"query", "form", "header", "json", "xml"})
_RULES = frozenset(map(str, Outcome))


def named(node: Node) -> Iterator[tuple[Node, str]]:
    """Give every option that an attribute (or the body of a reply) names in this way, with its element."""
    for one in node.walk():
        for text in _texts(one):
            for name in _HOLE.findall(text):
                yield one, name


def by_default(broker: Node) -> Node:
    """Return a definition as it is for an account without options."""
    return evolve(
        broker,
        children=tuple(fitted(child, defaults(broker, child)) if child.tag == "profile" else child for child in broker.children),
    )


def defaults(broker: Node, profile: Node) -> Mapping[str, str]:
    """Return the options of a profile that have a value without being given one."""
    return {node.get("name"): node.get("default") for node in (*broker.all("option"), *profile.all("option"))}


def fitted(node: Node, options: Mapping[str, str]) -> Node:
    """Return an element with its holes filled; what has no place any more, or names no word, is gone."""
    kept = tuple(fitted(child, options) for child in node.children if not _gone(child, options))
    attributes = {name: _fill(text, options) if name in _filled(node) else text for name, text in node.attributes.items()}
    attributes = {name: text for name, text in attributes.items() if text or not node.get(name) or name in KEPT_EMPTY}
    text = _fill(node.text, options) if node.tag == "reply" else node.text
    return evolve(node, attributes=attributes, children=kept, text=text)


def _filled(node: Node) -> frozenset[str]:
    return FILLED - PLACES if node.tag in _PARTS else FILLED


def _texts(node: Node) -> tuple[str, ...]:
    found = tuple(text for name, text in node.attributes.items() if name in _filled(node))
    return (*found, node.text) if node.tag == "reply" else found


def _fill(text: str, options: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda found: options.get(found[1], ""), text) if "{option." in text else text


def _gone(node: Node, options: Mapping[str, str]) -> bool:
    """Tell whether options leave a binding without its place, a line of states without its word, a group or rule empty."""
    if node.tag in _RULES:
        held = [child for child in node.children if child.tag != "if"]
        return bool(held) and all(_gone(child, options) for child in held)
    if node.tag in _GROUPS:
        return bool(node.children) and all(_gone(child, options) for child in node.children)
    telling = _TELLING.get(node.tag, ())
    return any(not options.get(name, "") for attribute in telling for name in _HOLE.findall(node.get(attribute)))


def alone(broker: Node, profile: Node, options: Mapping[str, str]) -> Node:
    """Return a definition of one profile only, with its holes filled, to be checked."""
    return evolve(broker, children=(*broker.all("option"), fitted(profile, options)))
