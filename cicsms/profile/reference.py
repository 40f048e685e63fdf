"""The reference of the profile language, in Markdown: made of the schema's own annotations and of the program's libraries."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from cicsms.profile import fields
from cicsms.profile.codecs import CODECS
from cicsms.profile.places import definitions
from cicsms.profile.signatures import SCHEMES

_RNG = "{http://relaxng.org/ns/structure/1.0}"
_DOC = "{http://relaxng.org/ns/compatibility/annotations/1.0}documentation"
_HEAD = """# Broker definitions: every element and attribute

Made by `cicsms profile reference` of the annotations in `profiles/broker.rng`. How to write a definition: [define.md](define.md).

A **template** is a text with holes, `{account}` or `{option.Key|password}` (the first that is not empty). A **value list** is
`a|b`, with ranges `400..499`, bits `&16` and word beginnings `FAILED*`."""


def reference() -> str:
    """Return the reference."""
    tree = etree.parse(str(definitions() / "broker.rng"))
    elements = list(tree.iter(f"{_RNG}element"))
    blocks = [_HEAD, "## Elements", *(block for element in elements for block in _element(element))]
    return "\n\n".join([*blocks, *_libraries()]) + "\n"


def _said(node: etree._Element) -> str:
    return " ".join((node.findtext(_DOC) or "").split())


def _element(element: etree._Element) -> Iterator[str]:
    yield f"### {element.get('name')}"
    yield _said(element)
    rows = [_attribute(one) for one in element.iter(f"{_RNG}attribute")]
    if rows:
        yield "\n".join(["| attribute | | value | meaning |", "|---|---|---|---|", *rows])
    inner = [str(one.get("name")) for one in element.iter(f"{_RNG}ref")]
    if inner:
        yield "Holds: " + ", ".join(f"[{name}](#{name})" for name in inner) + "."


def _attribute(node: etree._Element) -> str:
    parent = node.getparent()
    optional = parent is not None and parent.tag == f"{_RNG}optional"
    values = ", ".join(f"`{value.text}`" for value in node.iter(f"{_RNG}value"))
    kind = next((str(one.get("type")) for one in node.iter(f"{_RNG}data")), "text")
    words = {"nonNegativeInteger": "number", "string": "name"}
    said = _said(node).replace("|", "&#124;")
    return f"| `{node.get('name')}` | {'' if optional else 'required'} | {values or words.get(kind, kind)} | {said} |"


def _libraries() -> Iterator[str]:
    """Give the names that the program has functions for."""
    yield "## Fields"
    shapes = {
        "mt": "of an outbound message",
        "answer": "of the broker's answer",
        "mo": "of an inbound message",
        "receipt": "of a receipt",
    }
    for shape, said in shapes.items():
        yield f"**{shape}**, {said}: " + ", ".join(f"`{name}`" for name in fields.SHAPES[shape]) + ", `extra.NAME`."
    yield (
        "Always known, only written: "
        + ", ".join(f"`{name}`" for name in sorted(fields.GIVEN))
        + ", `option.NAME`, and `mt.FIELD` in answers and receipts."
    )
    yield "## Codecs"
    yield ", ".join(f"`{name}`" for name in CODECS) + "."
    yield "## Signature schemes"
    yield ", ".join(f"`{name}`" for name in SCHEMES) + "."
