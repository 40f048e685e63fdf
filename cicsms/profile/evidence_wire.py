"""Raw HTTP as evidence keeps it: read strictly into values, written back for the comparison, and compared in the open.

A written message must equal the evidence in its start line and body byte for byte, and in its headers as a multiset less the
short ``UNCOMPARED`` list. Everything else that is set aside is declared by the evidence itself: holes (spans the broker picks at
random, marked ``{{name}}`` in the file) and fields the emulator does not write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import unified_diff
from http import HTTPStatus

from attrs import frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.wire import Headers, HttpReply, HttpRequest

UNCOMPARED = (b"connection", b"content-length", b"date", b"user-agent")
"""Headers that are not compared (the port of Host is not, either); a Content-Length is checked against its own body."""

_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([^\r\n]*)")
_REQUEST = re.compile(rb"([A-Z]+) (/[\x21-\x7e]*) HTTP/1\.1")
_REPLY = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\x20-\x7e]*)")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_HOLE = re.compile(rb"\{\{([a-z][a-z0-9-]*)\}\}")


class MalformedEvidence(CicsmsError):
    """An evidence file is not what its kind demands; the text names the fault."""


@frozen
class Hole:
    """A span the broker picks: what was published there, and the pattern whatever is written there must match."""

    published: str
    pattern: str


def fill(raw: bytes, holes: Mapping[str, Hole]) -> bytes:
    """Put the published values into the holes of ``raw``."""
    return _HOLE.sub(lambda match: _hole(match, holes).published.encode(), raw)


def _hole(match: re.Match[bytes], holes: Mapping[str, Hole]) -> Hole:
    return _named(match[1], holes)


def _named(raw: bytes, holes: Mapping[str, Hole]) -> Hole:
    name = raw.decode()
    if name not in holes:
        raise MalformedEvidence(f"The hole {name!r} is not declared.")
    return holes[name]


def parse_request(raw: bytes, scheme: str, holes: Mapping[str, Hole]) -> HttpRequest:
    """Read the bytes of a request; Host becomes the authority, Content-Length is checked and dropped."""
    start, headers, body = _parse(raw, holes)
    match = _REQUEST.fullmatch(start)
    if match is None:
        raise MalformedEvidence(f"Not a request line: {start!r}.")
    hosts = [value for name, value in headers if name == b"Host"]
    if len(hosts) != 1 or not re.fullmatch(rb"[0-9A-Za-z.-]+(:[0-9]+)?", hosts[0]):
        raise MalformedEvidence("A request has one Host header.")
    kept = tuple(header for header in headers if header[0] != b"Host")
    return HttpRequest(match[1].decode(), match[2], kept, body, scheme, hosts[0].decode())


def parse_reply(raw: bytes, holes: Mapping[str, Hole]) -> HttpReply:
    """Read the bytes of a reply; Content-Length is checked and dropped."""
    start, headers, body = _parse(raw, holes)
    match = _REPLY.fullmatch(start)
    if match is None or match[2].decode() != _PHRASES.get(int(match[1])):
        raise MalformedEvidence(f"Not a status line: {start!r}.")
    return HttpReply(int(match[1]), headers, body)


def _parse(raw: bytes, holes: Mapping[str, Hole]) -> tuple[bytes, Headers, bytes]:
    """Split a message into start line, headers less Content-Length, and body."""
    head, end, body = raw.partition(b"\r\n\r\n")
    if not end:
        raise MalformedEvidence("No empty line ends the headers.")
    start, *lines = head.split(b"\r\n")
    headers = tuple(_header(line) for line in lines)
    stray = [name for name, _ in headers if name.lower() in UNCOMPARED and name != b"Content-Length"]
    if stray:
        raise MalformedEvidence(f"Leave out what is not compared: {stray!r}.")
    lengths = [value for name, value in headers if name == b"Content-Length"]
    length = len(fill(body, holes))
    if lengths not in ([], [str(length).encode()]):
        raise MalformedEvidence(f"Content-Length says {lengths!r}, the body has {length} bytes.")
    return start, tuple(header for header in headers if header[0] != b"Content-Length"), body


def _header(line: bytes) -> tuple[bytes, bytes]:
    match = _HEADER.fullmatch(line)
    if match is None:
        raise MalformedEvidence(f"Not a header: {line!r}.")
    return match[1], match[2]


def written(message: HttpRequest | HttpReply) -> bytes:
    """Write a message in the form that is compared: headers sorted, less those that are not compared."""
    if isinstance(message, HttpRequest):
        start = message.method.encode() + b" " + message.target + b" HTTP/1.1"
        host: Headers = ((b"Host", message.authority.partition(":")[0].encode()),)
    else:
        start, host = f"HTTP/1.1 {message.status} {_PHRASES.get(message.status, '')}".encode(), ()
    kept = sorted(host + tuple(header for header in message.headers if header[0].lower() not in UNCOMPARED))
    return b"\r\n".join((start, *(name + b": " + value for name, value in kept), b"", message.body))


def without_fields(message: HttpRequest, names: frozenset[str]) -> HttpRequest:
    """Drop the parameters ``names`` from the query or, where there is one, from the form body."""
    if not names:
        return message
    method, headers, peer = message.method, message.headers, message.peer
    if message.body:
        body, target = _less(message.body, names), message.target
    else:
        body, target = b"", message.path + b"?" + _less(message.query, names)
    return HttpRequest(method, target, headers, body, message.scheme, message.authority, peer)


def _less(form: bytes, names: frozenset[str]) -> bytes:
    """Drop the pairs of an encoded form whose name is one of ``names``."""
    dropped = {name.encode() for name in names}
    return b"&".join(pair for pair in form.split(b"&") if pair.partition(b"=")[0] not in dropped)


def difference(evidence: bytes, ours: bytes, holes: Mapping[str, Hole]) -> str:
    """Tell how ``ours`` differs from the evidence (both as ``written``); empty when it does not."""
    pieces = _HOLE.split(evidence)
    patterns = [
        re.escape(piece) if turn % 2 == 0 else b"(?:" + _named(piece, holes).pattern.encode() + b")"
        for turn, piece in enumerate(pieces)
    ]
    if re.fullmatch(b"".join(patterns), ours, re.DOTALL):
        return ""
    return "\n".join(unified_diff(_lines(evidence), _lines(ours), "evidence", "ours", lineterm="", n=1)) or "a hole was left open"


def _lines(raw: bytes) -> list[str]:
    """Show bytes a line per header, parameter or element, so that a difference is seen at its place."""
    text = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\\r\\n\n")
    return re.sub(r"(?<=[&,>])", "\n", text).split("\n")
