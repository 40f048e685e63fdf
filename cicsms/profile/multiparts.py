"""Forms that came as multipart/form-data (RFC 7578), as the fields that an URL-encoded form has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_BOUNDARY = re.compile(rb"boundary=(?:\"([^\"]{1,70})\"|([^\s;]{1,70}))", re.IGNORECASE)
_NAME = re.compile(rb"\A(?:.*\r\n)?Content-Disposition:[^\r\n]*;\s*name=(?:\"([^\"]*)\"|([^\s;\r]+))", re.IGNORECASE | re.DOTALL)
MOST_PARTS = 200
TYPE = "multipart/form-data"


def join(pairs: Sequence[tuple[bytes, bytes]]) -> tuple[str, bytes]:
    """Return content type and body of a form; the boundary is made of what it holds, which therefore cannot hold it."""
    boundary = hashlib.sha256(repr(pairs).encode()).hexdigest()[:32]
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary.encode(), _quoted(name), value)
        for name, value in pairs
    ]
    return f"{TYPE}; boundary={boundary}", b"".join(parts) + b"--%s--\r\n" % boundary.encode()


def _quoted(name: bytes) -> bytes:
    return name.replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")


def split(body: bytes, content_type: bytes) -> dict[bytes, bytes]:
    """Return name -> value, as octets; the first of repeated names counts, rubble is left out."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return {}
    fields: dict[bytes, bytes] = {}
    pieces = (b"\r\n" + body).split(b"\r\n--" + (found[1] or found[2]), MOST_PARTS)
    for piece in pieces[1:]:
        head, end, value = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if end and name:
            fields.setdefault(name[1] or name[2] or b"", value)
    return fields
