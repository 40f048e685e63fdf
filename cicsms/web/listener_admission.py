"""What a request's head alone decides: whether its body is worth reading."""

from __future__ import annotations

from cicsms.model.settings import Limits
from cicsms.web.http1_head import METHODS, Head, Refused
from cicsms.web.paths import Endpoint

_IDENTITY = (b"identity", b"")


def admit(head: Head, endpoint: Endpoint | None, limits: Limits, there: int) -> bool:
    """Raise ``Refused`` unless the request may go on; tell whether its sender waits for ``100 Continue``.

    ``there`` counts the bytes that have come behind the head. Where the whole body is among them the connection survives a
    refusal; else it ends, because nobody wants to read that body.
    """
    whole = not head.chunked and head.length <= there
    if head.length > limits.body:
        raise Refused(413, "the body is too long")
    if endpoint is None:
        if head.target != b"*" or head.method != "OPTIONS":
            raise Refused(404, "the path is unknown", fatal=not whole)
    elif head.method not in endpoint.methods and not courteous(head, endpoint):
        known = head.method.encode("latin-1") in METHODS
        raise Refused(405, "the method is not taken here", ((b"Allow", endpoint.allow),), fatal=not (whole and known))
    if any(value.lower() not in _IDENTITY for value in head.values(b"content-encoding")):
        raise Refused(415, "the body is compressed", ((b"Accept-Encoding", b"identity"),), fatal=not whole)
    expected = head.values(b"expect")
    if not expected or head.old:
        return False
    if any(value.lower() != b"100-continue" for value in expected):
        raise Refused(417, "the expectation is unknown", fatal=not whole)
    return not whole


def courteous(head: Head, endpoint: Endpoint) -> bool:
    """Tell whether the port itself answers: an OPTIONS, or a HEAD where there is a GET, which must not leave a message behind."""
    return head.method == "OPTIONS" or (head.method == "HEAD" and "GET" in endpoint.methods)
