"""URLs as an HttpRequest wants them: joined once, cut into scheme, authority and target."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from cicsms.profile import templates
from cicsms.profile.templates import Fill


@lru_cache(maxsize=1024)
def cut(url: str) -> tuple[str, str, str, str]:
    """Return (scheme, authority, path, query) of an absolute URL; credentials and fragment are not part of a request."""
    parts = urlsplit(url)
    return parts.scheme or "http", parts.netloc.rpartition("@")[2], parts.path or "/", parts.query


@lru_cache(maxsize=1024)
def joined(gateway: str, path: str) -> tuple[str, str, Fill]:
    """Return (scheme, authority, path template) of a gateway and an outgoing path: one slash between them, queries kept."""
    scheme, authority, base, query = cut(gateway)
    path, _, own = path.partition("?")
    whole = base.rstrip("/") + "/" + path.lstrip("/") if path else base
    asked = "&".join(piece for piece in (query, own) if piece)
    return scheme, authority, templates.template(whole + ("?" + asked if asked else ""), escaped=True)


def target(path: str, pieces: list[str]) -> bytes:
    """Return the request target: the path with whatever query it has, and the pieces added to it."""
    if not pieces:
        return path.encode("utf-8")
    return (path + ("&" if "?" in path else "?") + "&".join(pieces)).encode("utf-8")
