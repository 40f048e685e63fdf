"""The groups whose places are paths: JSON and XML documents, with arrays of messages and of recipients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from cicsms.profile import forms, jsons, xmls
from cicsms.profile.codecs import known_charset
from cicsms.profile.drafts import Draft
from cicsms.profile.node import Node
from cicsms.profile.pairs import Proof
from cicsms.profile.rows import Get, OfAnotherKind, Row, Take, row, taker
from cicsms.profile.templates import Scope
from cicsms.profile.values import NotReadable
from cicsms.profile.wires import Wire

Step = Callable[[Any, Sequence[Scope]], None]
Items = Callable[[Any], list[Any] | None]


class Syntax(Protocol):
    """How a path reads from, and is set in, a tree of one kind of document."""

    def getter(self, path: str) -> Get:
        """Return what reads the value at ``path``."""

    def putter(self, path: str, kind: str) -> Callable[[Any, Any], None]:
        """Return what sets the value at ``path``."""

    def items(self, path: str) -> Items:
        """Return what gives the entries of the list at ``path``."""

    def builder(self, path: str) -> Callable[[Any, list[Callable[[Any], None]]], None]:
        """Return what adds an entry to the list at ``path`` for each of the functions that fill one."""


class JsonSyntax:
    """Paths of jsons.py."""

    def getter(self, path: str) -> Get:
        """Return what reads the value at ``path``."""
        return jsons.getter(path)

    def putter(self, path: str, kind: str) -> Callable[[Any, Any], None]:
        """Return what sets the value at ``path``."""
        return jsons.putter(path, kind or "string")

    def items(self, path: str) -> Items:
        """Return what gives the entries of the array at ``path``."""
        return jsons.items(path)

    def builder(self, path: str) -> Callable[[Any, list[Callable[[Any], None]]], None]:
        """Return what adds entries to the array at ``path``."""
        open_array = jsons.opener(path)

        def build(tree: Any, fills: list[Callable[[Any], None]]) -> None:
            add = open_array(tree)
            for fill in fills:
                item: dict[Any, Any] = {}
                fill(item)
                add(item)

        return build


class XmlSyntax:
    """Paths of xmls.py, in the namespaces of a document."""

    def __init__(self, spaces: xmls.Spaces = xmls.NOWHERE) -> None:
        self._spaces = spaces

    def getter(self, path: str) -> Get:
        """Return what reads the value at ``path``."""
        return xmls.getter(path, self._spaces)

    def putter(self, path: str, kind: str) -> Callable[[Any, Any], None]:
        """Return what sets the value at ``path``."""
        return xmls.putter(path)

    def items(self, path: str) -> Items:
        """Return what gives the elements at ``path``."""
        return xmls.items(path, self._spaces)

    def builder(self, path: str) -> Callable[[Any, list[Callable[[Any], None]]], None]:
        """Return what adds elements at ``path``."""
        open_list = xmls.opener(path)

        def build(tree: Any, fills: list[Callable[[Any], None]]) -> None:
            add = open_list(tree)
            for fill in fills:
                fill(add())

        return build


class Level:
    """The bindings of a document, or of one entry of a list in it."""

    def __init__(self, node: Node, shape: str, syntax: Syntax) -> None:
        self.repeat: tuple[Items, Level] | None = None
        self.left_out: tuple[Items, Level] | None = None
        self.of_parts = False
        self.skips = node.get("skip") == "yes"
        self.proofs: list[tuple[Get, Row]] = []
        self._ranked: list[tuple[int, Take]] = []
        self._charset: Row | None = None
        self._lists: list[tuple[Items, Level]] = []
        self._steps: list[Step] = []
        for child in node.all("at", "each"):
            (self._bind if child.tag == "at" else self._nest)(child, shape, syntax)
        self._takes = [take for _, take in sorted(self._ranked, key=lambda ranked: ranked[0])]

    def _bind(self, node: Node, shape: str, syntax: Syntax) -> None:
        entry = row(node, shape)
        paths = (node.get("path"), *(other.get("path") for other in node.all("or") if other.has("path")))
        gets = tuple(map(syntax.getter, paths))
        percent = node.get("charset") == "percent"
        if percent:
            gets = tuple(map(_unescaping, gets))
        if entry.field == "charset":
            self._charset = entry
        take = taker(entry, gets, f"The value at {paths[0]}")
        if take:
            self._ranked.append((0 if entry.field in ("alphabet", "charset") else 1, take))
        if node.get("proof") == "yes":
            self.proofs.append((gets[0], entry))
        put, write = syntax.putter(paths[0], node.get("type")), entry.write
        nothing = syntax.putter(paths[0], "json") if node.get("empty") == "null" else None

        def step(tree: Any, scopes: Sequence[Scope]) -> None:
            value = write(scopes[0])
            if value is not None:
                put(tree, self._escaped(str(value), scopes[0]) if percent else value)
            elif nothing is not None:
                nothing(tree, "null")

        self._steps.append(step)

    def _escaped(self, text: str, scope: Scope) -> str:
        """Return a text as percent escapes in the charset that the binding of that field writes; as it is where that is UTF-8."""
        charset = (self._charset.write(scope) if self._charset else None) or "UTF-8"
        return text if charset.upper() == "UTF-8" else forms.escape(text.encode(charset, "replace"), "%20")

    def _nest(self, node: Node, shape: str, syntax: Syntax) -> None:
        inner = Level(node, shape, syntax)
        entry, build = (syntax.items(node.get("path")), inner), syntax.builder(node.get("path"))
        self.proofs += [(_of_first(entry[0], get), proof) for get, proof in inner.proofs]
        if node.get("of") in ("answers", "parts"):
            self.repeat, self.of_parts = entry, node.get("of") == "parts"
            self._steps.append(lambda tree, scopes: build(tree, [scope["fill"] for scope in scopes if "fill" in scope]))
        elif node.get("of") == "refused":
            self.left_out = entry
            self._steps.append(lambda tree, scopes: _name(build, inner, scopes, tree))
        elif node.get("of") == "recipients":
            self._lists.append(entry)
            self._steps.append(lambda tree, scopes: build(tree, [inner.filler(scope) for scope in _recipients(scopes[0])]))
        else:
            self.repeat = entry
            self._steps.append(lambda tree, scopes: build(tree, [inner.filler(one) for one in scopes if "nothing" not in one]))

    def filler(self, scope: Scope) -> Callable[[Any], None]:
        """Return what fills a fresh entry from a scope."""
        return lambda tree: self.write(tree, (scope,))

    def write(self, tree: Any, scopes: Sequence[Scope]) -> None:
        """Set every value that the scopes have, in the order of the bindings."""
        for step in self._steps:
            step(tree, scopes)

    def take(self, source: Any, out: dict[str, Any]) -> None:
        """Take the values of this level (but not those of the messages listed in it) into ``out``."""
        for take in self._takes:
            take(source, out)
        for items, level in self._lists:
            _gather(items(source) or (), level, out)

    def refused(self, source: Any) -> frozenset[str]:
        """Return the recipients that are listed as refused."""
        items, level = self.left_out or (None, self)
        found: list[dict[str, Any]] = []
        for item in (items(source) if items else None) or ():
            found.append({})
            level.take(item, found[-1])
        return frozenset(str(fields["recipient"]) for fields in found if "recipient" in fields)

    def messages(self, source: Any, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the fields of each message listed at this level, or ``None`` where it lists none by its nature."""
        if self.repeat is None:
            return None
        items, level = self.repeat
        found = items(source)
        if found is None:
            raise NotReadable("The list of messages is missing.")
        gathered = []
        for item in found:
            fields = dict(out)
            try:
                level.take(item, fields)
            except OfAnotherKind:
                if level.skips:
                    continue
                raise
            inner = level.messages(item, fields)
            gathered += [fields] if inner is None else inner
        return gathered


def _of_first(items: Items, get: Get) -> Get:
    """Return the getter of a value in the first entry of a list."""

    def first(source: Any, out: dict[str, Any]) -> Any:
        found = items(source)
        return get(found[0], out) if found else None

    return first


def _unescaping(get: Get) -> Get:
    """Return the getter of a text that is percent-escaped wherever the charset read before is not UTF-8."""

    def unescaped(source: Any, out: dict[str, Any]) -> Any:
        raw, charset = get(source, out), out.get("charset", "UTF-8")
        if not isinstance(raw, str) or charset.upper() == "UTF-8" or not known_charset(charset):
            return raw
        return unquote_to_bytes(raw).decode(charset, "replace")

    return unescaped


def _recipients(scope: Scope) -> list[Scope]:
    return [{**scope, "recipient": recipient} for recipient in scope.get("recipients", ())]


def _name(build: Callable[[Any, list[Callable[[Any], None]]], None], level: Level, scopes: Sequence[Scope], tree: Any) -> None:
    """List the recipients that have no answer of their own; no list where there is none."""
    fills = [level.filler(scope) for scope in scopes if "fill" not in scope]
    if fills:
        build(tree, fills)


def _gather(items: Sequence[Any], level: Level, out: dict[str, Any]) -> None:
    """Join the entries of a recipient list: their numbers as ``recipients``, whatever else the first one has."""
    found: list[dict[str, Any]] = []
    for item in items:
        fields: dict[str, Any] = {}
        level.take(item, fields)
        found.append(fields)
    if found:
        out["recipients"] = tuple(fields["recipient"] for fields in found if "recipient" in fields)
        for name, value in found[0].items():
            if name != "recipient":
                out.setdefault(name, value)


class JsonBody:
    """A JSON document, as the body or in a form member."""

    def __init__(self, node: Node, shape: str) -> None:
        self.type = node.get("type", "application/json")
        self._spaced = node.get("spaced") == "yes"
        self._members = tuple(name.encode() for name in node.get("member").split("|") if name)
        self.level = Level(node, shape, JsonSyntax())
        self.proofs: tuple[Proof, ...] = tuple((self._prover(get), entry.write) for get, entry in self.level.proofs)

    def _prover(self, get: Get) -> Callable[[Wire], str | None]:
        return lambda wire: get(wire.json(self._members), {})

    def take(self, wire: Wire, out: dict[str, Any]) -> None:
        """Take the values of the document into ``out``."""
        self.level.take(wire.json(self._members), out)

    def items(self, wire: Wire, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the fields of each message the document lists."""
        return self.level.messages(wire.json(self._members), out)

    def entries(self, wire: Wire) -> list[Any] | None:
        """Return the entries of the list of answers, raw; ``None`` where it is not there."""
        return self.level.repeat[0](wire.json(self._members)) if self.level.repeat else None

    def refused(self, wire: Wire) -> frozenset[str]:
        """Return the recipients that are listed as refused."""
        return self.level.refused(wire.json(self._members))

    def write(self, scopes: Sequence[Scope], draft: Draft) -> None:
        """Write the document."""
        tree: dict[Any, Any] = {}
        self.level.write(tree, scopes)
        _place(jsons.dump(tree, self._spaced), self._members, self.type, draft)


class XmlBody:
    """An XML document, as the body or in a form member."""

    def __init__(self, node: Node, shape: str) -> None:
        self._root = node.get("root")
        self._members = tuple(name.encode() for name in node.get("member").split("|") if name)
        self.type = node.get("type", "text/xml")
        self._declaration = node.get("declaration")
        self._charset = node.get("charset", "utf-8")
        self._spaces = xmls.namespaces(node.get("namespaces"))
        self._tag = xmls.resolved(self._root, self._spaces)
        self.level = Level(node, shape, XmlSyntax(self._spaces))
        self.proofs: tuple[Proof, ...] = tuple((self._prover(get), entry.write) for get, entry in self.level.proofs)

    def _prover(self, get: Get) -> Callable[[Wire], str | None]:
        return lambda wire: get(self._document(wire), {})

    def _document(self, wire: Wire) -> Any:
        root = wire.xml(self._members)
        if root.tag != self._tag:
            raise NotReadable(f"The document is no {self._root}.")
        return root

    def take(self, wire: Wire, out: dict[str, Any]) -> None:
        """Take the values of the document into ``out``."""
        self.level.take(self._document(wire), out)

    def items(self, wire: Wire, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the fields of each message the document lists."""
        return self.level.messages(self._document(wire), out)

    def entries(self, wire: Wire) -> list[Any] | None:
        """Return the entries of the list of answers, raw; ``None`` where it is not there."""
        return self.level.repeat[0](self._document(wire)) if self.level.repeat else None

    def refused(self, wire: Wire) -> frozenset[str]:
        """Return the recipients that are listed as refused."""
        return self.level.refused(self._document(wire))

    def write(self, scopes: Sequence[Scope], draft: Draft) -> None:
        """Write the document."""
        root = xmls.Element(self._root)
        root.attributes |= {f"xmlns:{prefix}" if prefix else "xmlns": space for prefix, space in self._spaces.items()}
        self.level.write(root, scopes)
        _place(xmls.dump(root, self._declaration, self._charset), self._members, self.type, draft)


def _place(document: bytes, members: tuple[bytes, ...], kind: str, draft: Draft) -> None:
    if members:
        draft.type = "application/x-www-form-urlencoded"
        draft.body = members[0] + b"=" + forms.escape(document).encode()
    else:
        draft.type, draft.body = kind, document
