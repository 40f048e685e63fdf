"""Bodies of HTTP/1 requests as they come in: counted ones, and chunked ones read strictly (RFC 9112, 7.1)."""

from __future__ import annotations

import re
from typing import Protocol

from cicsms.model.settings import Limits
from cicsms.web.http1_head import Refused

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*")
_LINE = 1024
"""Longest size line or trailer line; both are rarities."""


class Body(Protocol):
    """A body under way."""

    def take(self, data: bytes, at: int) -> int:
        """Take what belongs to the body from ``data``, beginning at ``at``; return where the rest begins."""

    @property
    def done(self) -> bool:
        """Whether the body is whole."""

    def value(self) -> bytes:
        """Give the body."""


class CountedBody:
    """A body whose length was said beforehand."""

    def __init__(self, length: int) -> None:
        self._missing = length
        self._content = bytearray()

    def take(self, data: bytes, at: int) -> int:
        """Take as many bytes as are missing."""
        piece = data[at : at + self._missing]
        self._content += piece
        self._missing -= len(piece)
        return at + len(piece)

    @property
    def done(self) -> bool:
        """Whether nothing is missing."""
        return not self._missing

    def value(self) -> bytes:
        """Give the body."""
        return bytes(self._content)


class ChunkedBody:
    """A body in chunks. Extensions and trailers are checked, counted and dropped; incomplete lines stay with the caller."""

    def __init__(self, limits: Limits) -> None:
        self._content = bytearray()
        self._room = limits.body
        self._spare = limits.header
        self._missing = 0
        self._step = self._size
        self.done = False

    def take(self, data: bytes, at: int) -> int:
        """Take whole lines and whatever there is of chunks."""
        while not self.done:
            after = self._step(data, at)
            if after == at:
                break
            at = after
        return at

    def value(self) -> bytes:
        """Give the body."""
        return bytes(self._content)

    def _size(self, data: bytes, at: int) -> int:
        """Read a size line."""
        end = _line(data, at)
        if end < 0:
            return at
        found = _SIZE.fullmatch(data, at, end)
        if found is None:
            raise Refused(400, "a chunk size is malformed")
        self._spend(len(found[2] or b""))
        self._missing = int(found[1], 16)
        if self._missing > self._room:
            raise Refused(413, "the body is too long")
        self._room -= self._missing
        self._step = self._data if self._missing else self._trailer
        return end + 2

    def _data(self, data: bytes, at: int) -> int:
        """Read of a chunk what there is."""
        piece = data[at : at + self._missing]
        self._content += piece
        self._missing -= len(piece)
        if not self._missing:
            self._step = self._end
        return at + len(piece)

    def _end(self, data: bytes, at: int) -> int:
        """Read the line end behind a chunk."""
        end = data[at : at + 2]
        if not b"\r\n".startswith(end):
            raise Refused(400, "a chunk is longer than its size")
        if len(end) < 2:
            return at
        self._step = self._size
        return at + 2

    def _trailer(self, data: bytes, at: int) -> int:
        """Read one trailer line, or the empty line that ends the body."""
        end = _line(data, at)
        if end < 0:
            return at
        if end == at:
            self.done = True
        elif _TRAILER.fullmatch(data, at, end) is None:
            raise Refused(400, "a trailer is malformed")
        self._spend(end - at)
        return end + 2

    def _spend(self, octets: int) -> None:
        """Count what is no content; who sends more of it than of headers means no good (as in CVE-2023-39326)."""
        self._spare -= octets
        if self._spare < 0:
            raise Refused(431, "there are too many chunk extensions or trailers")


def _line(data: bytes, at: int) -> int:
    """Find the end of the line that begins at ``at``; -1 where it has not come yet."""
    end = data.find(b"\r\n", at, at + _LINE)
    newline = data.find(b"\n", at, end if end >= 0 else at + _LINE)
    if newline >= 0 and data[newline - 1 : newline] != b"\r":
        raise Refused(400, "a line of the body ends in a bare LF")
    if end < 0 and len(data) - at >= _LINE:
        raise Refused(400, "a line of the chunked body is too long")
    return end
