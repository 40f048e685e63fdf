"""Which path of a port belongs to whom: an exact table, swapped as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import field, frozen
from twisted.internet.defer import Deferred

from cicsms.model.errors import CicsmsError
from cicsms.model.wire import HttpReply, HttpRequest

Answerer = Callable[[HttpRequest], "HttpReply | Deferred[HttpReply]"]


class PathTaken(CicsmsError):
    """Two owners want the same path of one port."""


@frozen
class Endpoint:
    """What answers on one path: the methods it takes, whose it is (for logs), and the function that answers.

    ``HEAD`` and ``OPTIONS`` are answered for it, without a call, unless ``methods`` names them.
    """

    methods: frozenset[str]
    owner: str
    answer: Answerer = field(repr=False)
    allow: bytes = field(init=False, repr=False)

    @allow.default
    def _list_methods(self) -> bytes:
        """Give the value of the Allow header (RFC 9110, 10.2.1)."""
        offered = self.methods | {"OPTIONS"} | ({"HEAD"} if "GET" in self.methods else frozenset())
        return ", ".join(sorted(offered)).encode("ascii")


class PathTable:
    """The paths of one port, immutable.

    The rule of a match: the bytes before the query are compared as they came. Nothing is decoded, folded or tidied, so a twin of
    a path in other case, with a slash more or less, or percent-encoded, is another path, and unknown.
    """

    __slots__ = ("_endpoints", "find")

    def __init__(self, entries: Iterable[tuple[str, Endpoint]] = ()) -> None:
        self._endpoints: dict[bytes, Endpoint] = {}
        for path, endpoint in entries:
            other = self._endpoints.setdefault(path.encode("utf-8"), endpoint)
            if other is not endpoint:
                raise PathTaken(
                    f"The path {path} is wanted by {other.owner} and by {endpoint.owner}; give one of them another path."
                )
        self.find: Callable[[bytes], Endpoint | None] = self._endpoints.get

    def __len__(self) -> int:
        """Count the paths."""
        return len(self._endpoints)
