"""The bindings of a shape as rows a person reads: the place on the wire, the field of ours, and what happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from cicsms.profile.node import Node
from cicsms.profile.shapes import GROUPS

_NOTES = (
    ("need", "needed"),
    ("proof", "proves the sender"),
    ("type", "JSON {}"),
    ("codec", "as {}"),
    ("charset", "octets of {}"),
    ("is", "must be {}"),
    ("form", "form {}"),
    ("default", "else {}"),
    ("assume", "taken to be {} where it is missing"),
    ("empty", "null where there is no value"),
    ("when", "only with {}"),
    ("unless", "not with {}"),
    ("sign", "the broker's sign is {}"),
)
_ONE_WAY = {"write": "read, never written", "read": "written, never read"}


def table(part: Node) -> list[str]:
    """Return the lines of a table of all bindings under an element; none where it has none."""
    rows = [row for group in part.children if group.tag in GROUPS for row in _rows(group, _named(group))]
    if not rows:
        return []
    return ["| place | field | how |", "|---|---|---|", *(f"| {place} | {field} | {how} |" for place, field, how in rows)]


def _named(group: Node) -> str:
    name = {"query": "query", "form": "form", "header": "header", "json": "JSON", "xml": "XML", "plain": "text"}[group.tag]
    return name + (f" in {group.get('member')}" if group.has("member") else "")


def _rows(group: Node, name: str, path: str = "") -> Iterator[tuple[str, str, str]]:
    if group.tag == "plain":
        yield _row(group, name, "")
    for child in group.children:
        if child.tag == "each":
            yield from _rows(child, name, path + child.get("path") + " ")
        elif child.tag == "at":
            yield _row(child, name, path)


def _row(node: Node, name: str, path: str) -> tuple[str, str, str]:
    """Return one row: where, what, and how."""
    place = path + (node.get("name") or node.get("path"))
    return f"{name} {_code(place)}".strip(), _source(node), "; ".join(_how(node))


def _source(node: Node) -> str:
    if node.has("field"):
        return node.get("field").replace("|", " or ")
    return _code(node.get("value")) if node.get("value") else "constant"


def _how(node: Node) -> Iterator[str]:
    for name, words in _NOTES:
        if node.has(name):
            yield words.format(_code(node.get(name)) or "empty")
    for name, words in _ONE_WAY.items():
        if node.get(name) == "no":
            yield words
    for other in node.all("or"):
        place = other.get("name") or other.get("path")
        condition = f" with {_code(other.get('when'))}" if other.has("when") else ""
        yield f"or {_code(place)}" if place else f"or the value {_code(other.get('value'))}{condition}"


def _code(text: str) -> str:
    """Set a text as code; a bar would end the cell of the table."""
    return f"<code>{escape(text, quote=False).replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`" if text else ""
