"""The groups whose places are names: query, form and header; and the body that is one text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cicsms.model.message import Alphabet
from cicsms.model.wire import first_header
from cicsms.profile import charsets, fields, forms, multiparts, phrases
from cicsms.profile.drafts import Draft
from cicsms.profile.node import Node
from cicsms.profile.rows import Get, Row, Take, Written, row, taker
from cicsms.profile.templates import Scope
from cicsms.profile.values import NotReadable
from cicsms.profile.wires import Wire

Proof = tuple[Callable[[Wire], str | None], Written]
UNTOLD = "\0"
"""What stands for a proof that need not be there, and is not."""

_FIRST = {"alphabet": 0, "charset": 1}
"""What decides how the text is read, before the text."""


def _names(node: Node) -> tuple[str, ...]:
    return (node.get("name"), *(other.get("name") for other in node.all("or") if other.has("name")))


def _decoded(octets: bytes, charset: str, out: dict[str, Any]) -> str:
    """Return octets as text: hex where they are (or the message is) binary, else in the charset named or read before."""
    if charset == "field":
        charset = "octets" if out.get("alphabet") is Alphabet.BINARY else out.get("charset", "utf-8")
    if charset == "octets":
        return octets.hex()
    return charsets.decode(octets, charset if charsets.known(charset) else "utf-8")


def _pair_getter(name: str, charset: str) -> Get:
    key = name.encode()
    if charset:
        return lambda source, out: None if (octets := source.get(key)) is None else _decoded(octets, charset, out)

    def get(source: dict[bytes, bytes], out: dict[str, Any]) -> str | None:
        octets = source.get(key)
        return None if octets is None else octets.decode("utf-8", "replace")

    return get


def _listed(name: str) -> Get:
    key = name.encode()
    return lambda source, out: tuple(octets.decode("utf-8", "replace") for octets in forms.repeated(source, key)) or None


def encoder(entry: Row, rows: Sequence[Row]) -> Callable[[str, Scope], bytes]:
    """Return what makes octets of a written text, in the charset the binding names or another binding decides."""
    charset = entry.node.get("charset") or "utf-8"
    decides = next((other.write for other in rows if other.field == "charset"), lambda scope: None)

    def encode(text: str, scope: Scope) -> bytes:
        name = charset
        if name == "field":
            decided = decides(scope) or (scope.get("charset") if scope.get("alphabet") is Alphabet.UCS2 else None)
            name = "octets" if scope.get("alphabet") is Alphabet.BINARY else decided or "utf-8"
        return bytes.fromhex(text) if name == "octets" else charsets.encode(text, name)

    return encode


class Pairs:
    """A query or a form: names with URL-encoded values, in the order of the bindings."""

    def __init__(self, node: Node, shape: str) -> None:
        self.in_query = node.tag == "query"
        self.type = node.get("type", "application/x-www-form-urlencoded")
        self.blank = node.get("blank", "%20" if self.in_query else "+")
        self.rows = tuple(row(child, shape) for child in node.all("at"))
        ordered = sorted(self.rows, key=lambda entry: _FIRST.get(entry.field or "", 2))
        plain = [entry for entry in ordered if _plain(entry, self.rows)]
        self._texts = tuple(
            (entry.node.get("name").encode(), str(entry.field), entry.node.get("need") == "yes") for entry in plain
        )
        self._takes = tuple(
            take for entry in ordered if not _repeats(entry) and entry not in plain and (take := self._taker(entry))
        )
        self._lists = tuple(take for entry in ordered if _repeats(entry) and (take := self._taker(entry)))
        self._writes = tuple((_escaped(entry) + "=", entry.write, encoder(entry, self.rows)) for entry in self.rows)
        self.proofs: tuple[Proof, ...] = tuple(
            (self._prover(entry.node.get("name"), entry.node.get("proof")), entry.write)
            for entry in self.rows
            if entry.node.has("proof")
        )

    def _taker(self, entry: Row) -> Take | None:
        names = _names(entry.node)
        gets = tuple(_listed(name) if _repeats(entry) else _pair_getter(name, entry.node.get("charset")) for name in names)
        return taker(entry, gets, f"The {'query' if self.in_query else 'form'} field {names[0]}")

    def _prover(self, name: str, proof: str) -> Callable[[Wire], str | None]:
        get, missing = _pair_getter(name, ""), UNTOLD if proof == "given" else None
        return lambda wire: missing if (held := get(wire.asked if self.in_query else wire.fields, {})) is None else held

    def take(self, wire: Wire, out: dict[str, Any]) -> None:
        """Take every binding's value into ``out``."""
        source = wire.asked if self.in_query else wire.fields
        for key, field, need in self._texts:
            octets = source.get(key)
            if octets:
                if field not in out:
                    out[field] = octets.decode("utf-8", "replace")
            elif octets is not None and field == "text":
                out.setdefault("text", "")
            elif need and field not in out:
                raise NotReadable(f"The {'query' if self.in_query else 'form'} field {key.decode()} is missing.")
        for take in self._takes:
            take(source, out)
        for take in self._lists:
            take(wire.query if self.in_query else wire.body, out)

    def items(self, wire: Wire, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Say that there is only one message in it."""
        return None

    def write(self, scopes: Sequence[Scope], draft: Draft) -> None:
        """Write every binding that has a value."""
        pieces = self.pieces(scopes[0])
        if self.in_query:
            draft.query += pieces
        else:
            draft.type, draft.body = self.type, "&".join(pieces).encode()
            if self.type == multiparts.TYPE:
                draft.type, draft.body = multiparts.join(forms.pairs(draft.body))

    def pieces(self, scope: Scope) -> list[str]:
        """Return the escaped ``name=value`` pieces."""
        out: list[str] = []
        blank = self.blank
        for name, write, encode in self._writes:
            value = write(scope)
            if value is None:
                continue
            if isinstance(value, tuple):
                out += [name + forms.escape(encode(entry, scope), blank) for entry in value]
            else:
                out.append(name + forms.escape(encode(value if isinstance(value, str) else str(value), scope), blank))
        return out


def _escaped(entry: Row) -> str:
    return forms.escape(entry.node.get("name").encode())


def _plain(entry: Row, rows: Sequence[Row]) -> bool:
    """Tell whether a binding is read without further ado: one place, a text as it comes, nothing assumed or demanded."""
    node = entry.node
    alone = all(_unadorned(other.node) and other.test is None for other in rows if other.field == entry.field)
    return entry.field is not None and fields.is_text(entry.field) and alone and not node.children


def _unadorned(node: Node) -> bool:
    return not node.children and not any(node.has(name) for name in ("codec", "charset", "assume", "is", "read-when", "match"))


def _repeats(entry: Row) -> bool:
    return entry.field == "recipients" and "join" not in entry.node.get("codec")


class HeaderLines:
    """Header lines of a request or reply."""

    def __init__(self, node: Node, shape: str) -> None:
        self.rows = tuple(row(child, shape) for child in node.all("at"))
        takes = [
            taker(entry, tuple(map(_header_getter, _names(entry.node))), f"The header {_names(entry.node)[0]}")
            for entry in self.rows
        ]
        self._takes = tuple(take for take in takes if take)
        self._writes = tuple((entry.node.get("name").encode(), entry.write) for entry in self.rows)
        self.proofs: tuple[Proof, ...] = tuple(
            (_header_prover(entry.node.get("name")), entry.write) for entry in self.rows if entry.node.get("proof") == "yes"
        )

    def take(self, wire: Wire, out: dict[str, Any]) -> None:
        """Take every binding's value into ``out``."""
        for take in self._takes:
            take(wire, out)

    def items(self, wire: Wire, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Say that there is only one message in it."""
        return None

    def write(self, scopes: Sequence[Scope], draft: Draft) -> None:
        """Write every line that has a value; a line break never gets into one."""
        for name, write in self._writes:
            value = write(scopes[0])
            if value is not None:
                draft.headers.append((name, str(value).replace("\r", " ").replace("\n", " ").encode()))


def _header_getter(name: str) -> Get:
    key = name.lower().encode()
    return lambda wire, out: None if (raw := first_header(wire.headers, key)) is None else raw.decode("utf-8", "replace")


def _header_prover(name: str) -> Callable[[Wire], str | None]:
    get = _header_getter(name)
    return lambda wire: get(wire, {})


class Plain:
    """A body that is one text: a field, a form with fields in it, or a constant that is only written."""

    proofs: tuple[Proof, ...] = ()

    def __init__(self, node: Node, shape: str) -> None:
        self.type = node.get("type", "text/plain")
        self._row = row(node, shape)
        self._charset = node.get("charset") or "utf-8"
        take = taker(self._row, (lambda wire, out: _decoded(wire.body, self._charset, out),), "The text")
        self._take = self._phrase(phrases.reader(node.get("form"), shape)) if node.has("form") else take

    def _phrase(self, read: Callable[[str, dict[str, Any]], None]) -> Take:
        return lambda wire, out: read(_decoded(wire.body, self._charset, out), out)

    def take(self, wire: Wire, out: dict[str, Any]) -> None:
        """Take the body into ``out``."""
        if self._take:
            self._take(wire, out)

    def items(self, wire: Wire, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Say that there is only one message in it."""
        return None

    def write(self, scopes: Sequence[Scope], draft: Draft) -> None:
        """Write the text."""
        value = self._row.write(scopes[0])
        draft.type = self.type
        draft.body = b"" if value is None else encoder(self._row, ())(str(value), scopes[0])
