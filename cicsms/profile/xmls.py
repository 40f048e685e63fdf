"""XML documents by paths such as ``Header/Partner`` or ``List/@BatchID``: reading a value, building and writing a tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from cicsms.profile.rows import Get

Put = Callable[[Any, Any], None]
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_VALUE = _TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_PATH = re.compile(r"(?:\.|[A-Za-z_][\w.-]*(?:/[A-Za-z_][\w.-]*)*)?(?:/?@[A-Za-z_][\w.-]*)?")


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


def getter(path: str) -> Get:
    """Return the function that gives the text of the element, or of the attribute, at ``path``."""
    elements, attribute = steps(path)

    def get(source: etree._Element, out: dict[str, Any]) -> str | None:
        found = source.find(elements) if elements else source
        if found is None:
            return None
        value = found.get(attribute) if attribute else found.text or ""
        return None if value is None else str(value)

    return get


def items(path: str) -> Callable[[etree._Element], list[Any]]:
    """Return the function that gives the elements at ``path``."""
    return lambda source: list(source.iterfind(path))


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
