"""Forms that came as multipart/form-data (RFC 7578), as the fields that an URL-encoded form has."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(rb"boundary=(?:\"([^\"]{1,70})\"|([^\s;]{1,70}))", re.IGNORECASE)
_NAME = re.compile(rb"\A(?:.*\r\n)?Content-Disposition:[^\r\n]*;\s*name=(?:\"([^\"]*)\"|([^\s;\r]+))", re.IGNORECASE | re.DOTALL)
MOST_PARTS = 200


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
