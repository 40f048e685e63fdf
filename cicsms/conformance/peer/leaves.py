"""Every text a request carries, read with the standard library's parsers: the independent second opinion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET


def leaves(raw: bytes) -> frozenset[str]:
    """Return all values of a raw request's query and body, in every coding in which a broker may want them."""
    head, _, body = raw.partition(b"\r\n\r\n")
    target = head.split(b" ", 2)[1]
    values = [*_form(target.partition(b"?")[2]), *_body(body)]
    return frozenset(text for value in values for text in _readings(value))


def _form(form: bytes) -> Iterator[bytes]:
    for pair in form.split(b"&"):
        value = unquote_to_bytes(pair.partition(b"=")[2].replace(b"+", b" "))
        yield value
        if value.lstrip().startswith(b"<"):
            yield from _xml(value)


def _body(body: bytes) -> Iterator[bytes]:
    """Read a body as what it looks like."""
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        yield from (value.encode("utf-8", "surrogatepass") for value in _json(json.loads(body)))
    elif start == b"<":
        yield from _xml(body)
    else:
        yield from _form(body)


def _json(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _json(item)
    elif isinstance(value, list):
        for item in value:
            yield from _json(item)
    elif isinstance(value, str):
        yield value


def _xml(document: bytes) -> Iterator[bytes]:
    for element in ET.fromstring(document).iter():  # noqa: S314  our own server wrote it
        yield from (text.encode() for text in (element.text or "", *element.attrib.values()))


def _readings(value: bytes) -> Iterator[str]:
    """Read bytes in each coding that is possible."""
    for charset in ("utf-8", "latin-1", "utf-16-be"):
        try:
            yield value.decode(charset)
        except UnicodeDecodeError:
            continue
    try:
        octets = bytes.fromhex(value.decode("ascii").replace(":", ""))
        yield octets.decode("utf-16-be")
    except ValueError:
        return
