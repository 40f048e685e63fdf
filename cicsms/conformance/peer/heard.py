"""What came back on a raw socket, cut into replies by a reader of its own (RFC 9112), independent of the server's code."""

from __future__ import annotations

from attrs import field, frozen

from cicsms.model.wire import Headers, first_header

_NO_BODY = (204, 304)


@frozen
class Reply:
    """One HTTP reply as it stood on the wire; ``status`` 0 means that its first line is none of HTTP."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header ``name`` (lower case), or ``None``."""
        return first_header(self.headers, name)


@frozen
class Heard:
    """All that was heard on one connection: the bytes, how it ended, when, and how much was sent until then."""

    data: bytes = field(repr=False)
    closed: bool
    seconds: float
    sent: int = 0
    timed_out: bool = False

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The final replies, interim ones (1xx) left out."""
        return tuple(reply for reply in read_replies(self.data, self.closed) if not 100 <= reply.status < 200)

    @property
    def reply(self) -> Reply | None:
        """The first final reply."""
        return next(iter(self.replies), None)

    @property
    def status(self) -> int:
        """The status of the first final reply; 0 when there was none."""
        return self.reply.status if self.reply else 0

    @property
    def good(self) -> bool:
        """Whether the first final reply is a 2xx."""
        return 200 <= self.status < 300

    def __str__(self) -> str:
        """Tell it in one line."""
        end = "closed" if self.closed else "still open"
        said = ", ".join(str(reply.status) for reply in self.replies) or "no reply"
        return f"{said} after {self.seconds:.2f} s, {end}"


def read_replies(data: bytes, closed: bool) -> tuple[Reply, ...]:
    """Cut ``data`` into whole replies; an unfinished last one is left out unless only the closing ends it."""
    found = []
    while b"\r\n\r\n" in data:
        reply, data = _one(data, closed)
        if reply is None:
            break
        found.append(reply)
    return tuple(found)


def _one(data: bytes, closed: bool) -> tuple[Reply | None, bytes]:
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines))
    words = first.split(b" ", 2)
    status = int(words[1]) if first.startswith(b"HTTP/1.") and len(words) > 1 and words[1].isdigit() else 0
    if 100 <= status < 200 or status in _NO_BODY:
        return Reply(status, headers, b""), rest
    if (first_header(headers, b"transfer-encoding") or b"").lower() == b"chunked":
        whole, body, rest = dechunk(rest)
        return (Reply(status, headers, body) if whole else None), rest
    length = first_header(headers, b"content-length")
    if length is None:
        return (Reply(status, headers, rest), b"") if closed else (None, rest)
    if not length.isdigit() or len(rest) < int(length):
        return None, rest
    return Reply(status, headers, rest[: int(length)]), rest[int(length) :]


def dechunk(data: bytes) -> tuple[bool, bytes, bytes]:
    """Decode a chunked body: whether it is whole, the body, and what follows it."""
    body = b""
    while b"\r\n" in data:
        line, _, rest = data.partition(b"\r\n")
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            return False, body, data
        if size == 0:
            _, ended, after = (b"\r\n" + rest).partition(b"\r\n\r\n")
            return bool(ended), body, after
        if len(rest) < size + 2:
            return False, body, data
        body, data = body + rest[:size], rest[size + 2 :]
    return False, body, data
