"""One request or reply while it is read: raw bytes, and its parsed forms, made when first asked for."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import orjson
from lxml import etree

from cicsms.model.wire import Headers, HttpReply, HttpRequest, first_header
from cicsms.profile import forms, jsons, multiparts
from cicsms.profile.codecs import known_charset
from cicsms.profile.values import NotReadable

_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSET: Any = object()
_OTHER_FORMS = (b"{", b"-")
"""How a form starts that may be JSON or multipart, where its type says so."""


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


class Wire:
    """What a reader looks at; ``charset`` is what the Content-Type says, or UTF-8."""

    __slots__ = ("_form", "_in_query", "_json", "_query", "_xml", "body", "charset", "headers", "query", "status", "target")

    def __init__(self, message: HttpRequest | HttpReply) -> None:
        self.headers: Headers = message.headers
        self.body = message.body
        self.target, self.query, self.status = b"", b"", 0
        self._in_query = False
        if isinstance(message, HttpRequest):
            self._in_query = message.method == "GET"
            self.target, _, self.query = message.target.partition(b"?")
        else:
            self.status = message.status
        self.charset = _charset(first_header(message.headers, b"content-type"))
        self._form: Any = _UNSET
        self._query: Any = _UNSET
        self._json: Any = _UNSET
        self._xml: Any = _UNSET

    @property
    def fields(self) -> dict[bytes, bytes]:
        """The fields of the form, as octets of UTF-8: of the body, or of the query where the form came by GET."""
        if self._form is _UNSET:
            if not self._in_query and self.body[:1] in _OTHER_FORMS and (fields := self._other_form()) is not None:
                self._form = fields
                return fields
            self._form = forms.split(self.query if self._in_query else self.body)
            if self.charset != "utf-8":
                self._form = {key: _octets(value.decode(self.charset, "replace")) for key, value in self._form.items()}
        form: dict[bytes, bytes] = self._form
        return form

    def _other_form(self) -> dict[bytes, bytes] | None:
        """Return the fields of a form that came as a flat JSON object or as multipart; ``None`` where the type says neither."""
        kind = first_header(self.headers, b"content-type") or b""
        if kind.lower().startswith(b"multipart/form-data"):
            return multiparts.split(self.body, kind)
        if not kind.lower().startswith(b"application/json"):
            return None
        document = self.json(())
        flat = document.items() if isinstance(document, dict) else ()
        texts = ((name, jsons.scalar(value)) for name, value in flat)
        return {_octets(name): _octets(text) for name, text in texts if text is not None}

    @property
    def asked(self) -> dict[bytes, bytes]:
        """The fields of the query, as octets."""
        if self._query is _UNSET:
            self._query = forms.split(self.query)
        query: dict[bytes, bytes] = self._query
        return query

    def document(self, members: tuple[bytes, ...]) -> bytes:
        """Return the octets of the document: the body, or the first of these form members that is there."""
        if not members:
            return self.body
        for member in members:
            octets = self.fields.get(member)
            if octets is not None:
                return octets
        raise NotReadable(f"The form member {members[0].decode()} is missing.")

    def json(self, members: tuple[bytes, ...]) -> Any:
        """Return the JSON document; what came by GET without a body is the flat object of its query."""
        if self._json is _UNSET:
            asked = self._in_query and not self.body and not members
            self._json = self._asked_json() if asked else load_json(self.document(members), self.charset)
        return self._json

    def _asked_json(self) -> dict[str, str]:
        return {_text(name): _text(value) for name, value in self.asked.items()}

    def xml(self, members: tuple[bytes, ...]) -> etree._Element:
        """Return the root of the XML document."""
        if self._xml is _UNSET:
            self._xml = load_xml(self.document(members))
        root: etree._Element = self._xml
        return root

    def within(self, item: Any) -> Wire:
        """Return the wire of one entry of this document, which stands as a document of its own."""
        inner = Wire(HttpReply(self.status, self.headers))
        inner._json = inner._xml = item
        return inner


def _charset(content_type: bytes | None) -> str:
    found = _CHARSET.search(content_type) if content_type and b"=" in content_type else None
    if found is None:
        return "utf-8"
    name = found[1].decode().lower()
    return name if known_charset(name) else "utf-8"


def load_json(data: bytes, charset: str = "utf-8") -> Any:
    """Return a JSON value; lone surrogates and octets outside the charset become U+FFFD (RFC 8259, 8.2)."""
    try:
        return orjson.loads(data if charset == "utf-8" else data.decode(charset, "replace").encode("utf-8", "replace"))
    except ValueError:
        pass
    try:
        value = json.loads(data.decode(charset, "replace"), parse_constant=_no_constant)
        return orjson.loads(_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise NotReadable("The body is not a JSON document.") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


@cache
def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )


def load_xml(data: bytes) -> etree._Element:
    """Return the root of an XML document; one with a document type is refused, so no entity is ever expanded or fetched."""
    if b"<!DOCTYPE" in data:
        raise NotReadable("The XML document has a document type.")
    try:
        root = etree.fromstring(data.lstrip(), _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise NotReadable("The body is not an XML document.") from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable("The XML document has a document type.")
    return root
