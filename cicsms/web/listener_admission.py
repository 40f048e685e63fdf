"""What a request's head alone decides: whether its body is worth reading."""

from __future__ import annotations

from cicsms.model.settings import Limits
from cicsms.web.http1_head import METHODS, Head, Refused
from cicsms.web.paths import Endpoint

SKIPPED = 64 * 2**10
"""Longest body, in bytes, that is read past to keep a connection whose request was refused."""
_IDENTITY = (b"identity", b"")


def admit(head: Head, endpoint: Endpoint | None, limits: Limits) -> bool:
    """Raise ``Refused`` unless the request may go on; tell whether its sender waits for ``100 Continue``.

    A refusal ends the connection, unless the body behind it is short, counted and surely sent, so that it can be skipped.
    """
    expected = () if head.plain else head.values(b"expect")
    last = head.chunked or head.length > SKIPPED or bool(expected)
    if head.length > limits.body:
        raise Refused(413, "the body is too long")
    if endpoint is None:
        if head.target != b"*" or head.method != "OPTIONS":
            raise Refused(404, "the path is unknown", fatal=last)
    elif head.method not in endpoint.methods and not courteous(head, endpoint):
        known = head.method.encode("latin-1") in METHODS
        raise Refused(405, "the method is not taken here", ((b"Allow", endpoint.allow),), fatal=last or not known)
    if head.plain:
        return False
    if any(value.lower() not in _IDENTITY for value in head.values(b"content-encoding")):
        raise Refused(415, "the body is compressed", ((b"Accept-Encoding", b"identity"),), fatal=last)
    if not expected or head.old:
        return False
    if any(value.lower() != b"100-continue" for value in expected):
        raise Refused(417, "the expectation is unknown")
    return head.chunked or head.length > 0


def courteous(head: Head, endpoint: Endpoint) -> bool:
    """Tell whether the port itself answers: an OPTIONS, or a HEAD where there is a GET, which must not leave a message behind."""
    return head.method == "OPTIONS" or (head.method == "HEAD" and "GET" in endpoint.methods)
