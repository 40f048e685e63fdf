"""From the octets of a definition to its tree: parsed without entities, document type or network, and held to the schema."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

from cicsms.model.errors import Finding, Rejected
from cicsms.profile.grammar import remedy
from cicsms.profile.node import Node
from cicsms.profile.places import definitions

NAMESPACE = "urn:cicsms:broker:1"
MOST_OCTETS = 2**20
_PREFIX = f"{{{NAMESPACE}}}"


@cache
def schema() -> etree.RelaxNG:
    """Return the schema that every definition obeys."""
    return etree.RelaxNG(etree.parse(str(definitions() / "broker.rng")))


def read_file(path: Path) -> Node:
    """Return the tree of the definition in a file; ``Rejected`` carries every fault with its line."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MOST_OCTETS + 1)
    except OSError as error:
        said = f"The file cannot be read: {error.strerror}."
        raise Rejected([Finding("unreadable", str(path), said, "Name a file that is there and may be read.")]) from error
    return read(data, path.name)


def read(data: bytes, name: str) -> Node:
    """Return the tree of a definition; ``name`` is what findings call the file."""
    if len(data) > MOST_OCTETS:
        said = f"The definition is larger than {MOST_OCTETS} bytes."
        raise Rejected(
            [Finding("too-large", f"{name}:1", said, "A definition is a few kilobytes; split it or drop what is no definition.")]
        )
    root = _parse(data, name)
    rules = schema()
    if not rules.validate(root):
        raise Rejected(_schema_findings(rules, root, name))
    return _node(root, name)


def _parse(data: bytes, name: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    at = data.find(b"<!DOCTYPE")
    if at >= 0:
        raise Rejected([_no_dtd(f"{name}:{data.count(chr(10).encode(), 0, at) + 1}")])
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise Rejected([Finding("not-xml", f"{name}:{line}", f"This is not XML: {error.msg}.", "Correct the line.")]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Rejected([_no_dtd(f"{name}:1")])
    return root


def _no_dtd(where: str) -> Finding:
    return Finding("document-type", where, "A definition has no document type and no entities.", "Remove the DOCTYPE.")


def _schema_findings(rules: etree.RelaxNG, root: etree._Element, name: str) -> list[Finding]:
    """Return a finding for each complaint of the validator, one for a line."""
    said: dict[int, str] = {}
    for entry in rules.error_log:
        said.setdefault(entry.line, entry.message.replace(_PREFIX, "").replace("an element , got nothing", "a further element"))
    return [
        Finding("schema", f"{name}:{line}", f"{message}.", _remedy(root, line, message)) for line, message in sorted(said.items())
    ]


def _remedy(root: etree._Element, line: int, message: str) -> str:
    """Say what the element at the line may have; where the element itself is out of place, what its parent may."""
    element = next((one for one in root.iter("*") if str(one.sourceline) == str(line)), root)
    parent = element.getparent()
    if message.startswith("Did not expect element") and parent is not None:
        element = parent
    known = remedy(str(element.tag).removeprefix(_PREFIX))
    return known or "Compare with the schema, broker.rng, which documents every element and attribute."


def _node(element: etree._Element, name: str) -> Node:
    return Node(
        tag=str(element.tag).removeprefix(_PREFIX),
        attributes={str(key): str(value) for key, value in element.attrib.items()},
        children=tuple(_node(child, name) for child in element),
        text=element.text or "",
        where=f"{name}:{element.sourceline}",
    )
