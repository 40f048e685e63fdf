"""HTTP requests and replies as values: raw bytes, the same for what comes in and what goes out."""

from __future__ import annotations

from base64 import b64decode, b64encode

from attrs import field, frozen

Headers = tuple[tuple[bytes, bytes], ...]


def first_header(headers: Headers, name: bytes) -> bytes | None:
    """Return the first value of the header ``name`` (lower case), whatever case the wire used; ``None`` if absent."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def all_headers(headers: Headers, name: bytes) -> tuple[bytes, ...]:
    """Return every value of the header ``name`` (lower case), in wire order."""
    return tuple(value for key, value in headers if key.lower() == name)


@frozen
class HttpRequest:
    """One HTTP request.

    ``target`` is the raw origin form (path and query, undecoded); ``authority`` is what the Host header carries
    (``host`` or ``host:port``). Headers keep the wire's order and case and leave out Host and the framing
    (Content-Length, Transfer-Encoding) where this program writes them. ``peer`` is the other side's
    address, as text; ``tls`` says what TLS agreed on, for the record, empty in clear.
    """

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    scheme: str = "http"
    authority: str = ""
    peer: str = ""
    tls: str = field(default="", eq=False)

    @property
    def path(self) -> bytes:
        """The raw path, without the query."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """The raw query, without its question mark; empty when there is none."""
        return self.target.partition(b"?")[2]

    @property
    def url(self) -> str:
        """The absolute URL, as text."""
        return f"{self.scheme}://{self.authority}{self.target.decode('latin-1')}"

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header ``name`` (lower case), or ``None``."""
        return first_header(self.headers, name)


@frozen
class HttpReply:
    """One HTTP reply; ``headers`` leave out the framing (Content-Length, Transfer-Encoding, Connection, Date).

    ``tls`` says what TLS agreed on where the reply came from outside, for the record; empty in clear.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    tls: str = field(default="", eq=False)

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header ``name`` (lower case), or ``None``."""
        return first_header(self.headers, name)


def basic_credentials(login: str, password: str) -> bytes:
    """Return the value of an Authorization header of the Basic scheme (RFC 7617), in UTF-8."""
    return b"Basic " + b64encode(f"{login}:{password}".encode())


def read_basic(value: bytes | None) -> tuple[str, str] | None:
    """Return (login, password) of a Basic Authorization value, or ``None`` where it is none or malformed."""
    scheme, _, token = (value or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        login, colon, password = b64decode(token.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (login, password) if colon else None
