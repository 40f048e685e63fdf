"""A shape, compiled: the groups of one request or reply, read into fields and written from scopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hmac import compare_digest
from typing import Any, Protocol

from cicsms.model.wire import HttpRequest
from cicsms.profile.drafts import Draft
from cicsms.profile.node import Node
from cicsms.profile.pairs import UNTOLD, HeaderLines, Pairs, Plain, Proof
from cicsms.profile.templates import Scope
from cicsms.profile.trees import JsonBody, XmlBody
from cicsms.profile.values import NotReadable
from cicsms.profile.wires import Wire


class Group(Protocol):
    """A part of a message with one kind of places."""

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """The places that prove who the sender is, each with what it must hold."""

    def take(self, wire: Wire, out: dict[str, Any]) -> None:
        """Take what stands in the group's places into ``out``."""

    def items(self, wire: Wire, out: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Return the fields of each message that the group lists; ``None``: it lists none."""

    def write(self, scopes: Sequence[Scope], draft: Draft) -> None:
        """Write the group into the draft."""


GROUPS: dict[str, Callable[[Node, str], Group]] = {
    "query": Pairs,
    "form": Pairs,
    "header": HeaderLines,
    "plain": Plain,
    "json": JsonBody,
    "xml": XmlBody,
}


class Shape:
    """The groups under one element of a definition."""

    def __init__(self, node: Node, shape: str) -> None:
        self.groups: tuple[Group, ...] = tuple(GROUPS[child.tag](child, shape) for child in node.children if child.tag in GROUPS)
        self.proofs: tuple[Proof, ...] = tuple(proof for group in self.groups for proof in group.proofs)

    def read(self, wire: Wire, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the fields of each message; ``NotReadable`` where a needed one is missing."""
        out: dict[str, Any] = given if given is not None else {}
        for group in self.groups:
            group.take(wire, out)
        for group in self.groups:
            found = group.items(wire, out)
            if found is not None:
                return found
        return [out]

    def write(self, scopes: Sequence[Scope]) -> Draft:
        """Return the message written from one scope, or from one for each listed message."""
        draft = Draft()
        for group in self.groups:
            group.write(scopes, draft)
        return draft

    def proven(self, message: HttpRequest, scope: Scope) -> bool:
        """Tell whether every secret place holds what the registration says; one the registration leaves empty is open."""
        wire = None
        for get, expected in self.proofs:
            wanted = expected(scope)
            if wanted is None:
                continue
            wire = wire or Wire(message)
            try:
                held = get(wire)
            except NotReadable:
                return False
            if held is UNTOLD:
                continue
            if held is None or not compare_digest(held.encode("utf-8", "replace"), str(wanted).encode("utf-8", "replace")):
                return False
        return True
