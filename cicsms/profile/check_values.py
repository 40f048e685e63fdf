"""Rules about the constants of a definition: what would load, and then fail when it is written or read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from cicsms.model.errors import Finding
from cicsms.profile import fields
from cicsms.profile.codecs import chain, known_charset
from cicsms.profile.node import Node
from cicsms.profile.rows import row
from cicsms.profile.templates import holes

_SPECIAL = ("octets", "field", "percent", "gsm")
_CONSTANTS = ("value", "default")


def constants_are_of_their_type(node: Node) -> Iterator[Finding]:
    """A JSON constant must be what its type says; one with holes is seen only when it is filled."""
    fits = _TYPES.get(node.get("type")) if node.tag == "at" else None
    for name in _CONSTANTS:
        text = node.get(name)
        if fits and node.has(name) and not _filled(text) and not fits(text):
            said = f"The {name} '{text}' is no JSON {node.get('type')}."
            yield Finding("bad-constant", node.where, said, "Correct it, or drop type.")


def _filled(text: str) -> bool:
    """Tell whether a template has holes, be they for ids that are invented."""
    return bool(re.search(r"\{[A-Za-z0-9_.:|-]+\}", text))


def _number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


_TYPES: dict[str, Callable[[str], bool]] = {
    "number": _number,
    "boolean": lambda text: text in ("true", "false"),
    "json": _json,
}


def charsets_exist(node: Node) -> Iterator[Finding]:
    """A character set that a binding or an option decides must be one that text can be written in."""
    named = []
    if node.get("field") == "charset" and not node.has("codec"):
        named += [node.get(name) for name in (*_CONSTANTS, "assume")] + [other.get("value") for other in node.all("or")]
    if node.tag == "option" and node.get("fills") == "charset":
        named += [node.get("default"), *node.get("values").split("|")]
    for name in named:
        if name and not holes(name) and name not in _SPECIAL and not known_charset(name):
            said = f"There is no character set '{name}'."
            yield Finding("unknown-charset", node.where, said, "Write a name such as UTF-16BE.")


def assumptions_are_readable(node: Node, shape: str) -> Iterator[Finding]:
    """What is assumed where nothing is found goes through the same codecs as what is found."""
    if node.tag != "at" or not node.get("assume") or node.has("is") or not _sound(node, shape):
        return
    compiled = row(node, shape)
    if compiled.field is None:
        return
    try:
        compiled.read(node.get("assume"))
    except ValueError:
        said = f"'{node.get('assume')}' cannot be read as '{compiled.field}'."
        yield Finding("bad-assumption", node.where, said, "Write what the broker would, or add the codec.")


def _sound(node: Node, shape: str) -> bool:
    """Tell whether a binding compiles: its fields and codecs are known."""
    if shape not in fields.SHAPES:
        return False
    try:
        chain(node.get("codec"))
    except ValueError:
        return False
    return all(fields.known(shape, name) for name in node.get("field").split("|"))


def octets_are_hex(node: Node) -> Iterator[Finding]:
    """Octets are told in hex."""
    for name in (*_CONSTANTS, "assume"):
        if (
            node.get("charset") == "octets"
            and not re.fullmatch("([0-9A-Fa-f]{2})*", node.get(name))
            and not holes(node.get(name))
        ):
            yield Finding("bad-constant", node.where, f"The {name} '{node.get(name)}' is no hex.", "Write octets as hex.")


def value_faults(node: Node, shape: str) -> Iterator[Finding]:
    """Run every rule of this module on one element of a shape."""
    yield from constants_are_of_their_type(node)
    yield from charsets_exist(node)
    yield from octets_are_hex(node)
    yield from assumptions_are_readable(node, shape)
