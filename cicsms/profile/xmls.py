"""XML documents by paths such as ``Header/Partner`` or ``List/@BatchID``: reading a value, building and writing a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from cicsms.profile.rows import Get

Put = Callable[[Any, Any], None]
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_VALUE = _TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_NAME = r"(?:(?:[A-Za-z_][\w.-]*|\*):)?[A-Za-z_][\w.-]*"
_PATH = re.compile(rf"(?:\.|{_NAME}(?:/{_NAME})*)?(?:/?@{_NAME})?")
Spaces = Mapping[str, str]
NOWHERE: Spaces = {}


class Element:
    """An element while a document is written; children keep the order in which they were made."""

    __slots__ = ("attributes", "children", "tag", "text")

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.attributes: dict[str, str] = {}
        self.children: list[Element] = []
        self.text = ""

    def child(self, tag: str) -> Element:
        """Return the last child with this tag, made if there is none."""
        for child in reversed(self.children):
            if child.tag == tag:
                return child
        return self.add(tag)

    def add(self, tag: str) -> Element:
        """Return a new child."""
        child = Element(tag)
        self.children.append(child)
        return child

    def write(self, out: list[str]) -> None:
        """Append the element's text to ``out``."""
        out.append(f"<{self.tag}")
        out.extend(f' {name}="{_escaped(value, _VALUE)}"' for name, value in self.attributes.items())
        out.append(">")
        out.append(_escaped(self.text, _TEXT))
        for child in self.children:
            child.write(out)
        out.append(f"</{self.tag}>")


def _escaped(text: str, table: dict[str, str]) -> str:
    if text.isalnum():
        return text
    return "".join(table.get(char, char) for char in _NOT_XML.sub("\ufffd", text))


def steps(path: str) -> tuple[str, str]:
    """Return (element path, attribute name) of a path; ``ValueError`` where it is none."""
    if not path or not _PATH.fullmatch(path):
        raise ValueError(f"'{path}' is no XML path: write element names, slashes, and at most one attribute at the end")
    elements, _, attribute = path.partition("@")
    return elements.rstrip("/").removeprefix("."), attribute


def namespaces(text: str) -> Spaces:
    """Return prefix -> namespace of ``soap=http://... =urn:own`` (without a prefix: the one of names without a prefix)."""
    return dict(entry.split("=", 1) for entry in text.split() if "=" in entry)


def resolved(path: str, spaces: Spaces) -> str:
    """Return element names with their namespaces, as lxml finds them; a prefix nobody declares stands for any namespace."""
    return "/".join(_resolved(step, spaces.get("")) if ":" not in step else _prefixed(step, spaces) for step in path.split("/"))


def _resolved(name: str, space: str | None) -> str:
    return f"{{{space}}}{name}" if space and name not in ("", ".") else name


def _prefixed(name: str, spaces: Spaces) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{spaces.get(prefix, '*')}}}{local}"


def getter(path: str, spaces: Spaces = NOWHERE) -> Get:
    """Return the function that gives the text of the element, or of the attribute, at ``path``."""
    elements, attribute = steps(path)
    elements = resolved(elements, spaces)
    attribute = _prefixed(attribute, spaces) if ":" in attribute else attribute

    def get(source: etree._Element, out: dict[str, Any]) -> str | None:
        found = source.find(elements) if elements else source
        if found is None:
            return None
        value = found.get(attribute) if attribute else found.text or ""
        return None if value is None else str(value)

    return get


def items(path: str, spaces: Spaces = NOWHERE) -> Callable[[etree._Element], list[Any]]:
    """Return the function that gives the elements at ``path``."""
    found = resolved(path, spaces)
    return lambda source: list(source.iterfind(found))


def putter(path: str) -> Put:
    """Return the function that sets the text or attribute at ``path``, making the elements on the way."""
    elements, attribute = steps(path)
    tags = tuple(elements.split("/")) if elements else ()

    def put(tree: Element, value: Any) -> None:
        for tag in tags:
            tree = tree.child(tag)
        if attribute:
            tree.attributes[attribute] = str(value)
        else:
            tree.text = str(value)

    return put


def opener(path: str) -> Callable[[Element], Callable[[], Element]]:
    """Return the function that, in a tree, gives what makes the next element at ``path``."""
    *parents, last = path.split("/")

    def open_list(tree: Element) -> Callable[[], Element]:
        for tag in parents:
            tree = tree.child(tag)
        return lambda: tree.add(last)

    return open_list


def dump(root: Element, declaration: str, charset: str) -> bytes:
    """Return the document's octets; what the charset lacks is written as a character reference."""
    out = [declaration]
    root.write(out)
    return "".join(out).encode(charset, "xmlcharrefreplace")
