"""Evidence as the suite uses it: grouped by the registration under which the broker published it, and as bytes to send."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from cicsms.conformance.target import BrokerTarget
from cicsms.profile.evidence import Direction, Item, Kind, of_profile
from cicsms.profile.evidence_wire import fill

_ALONE = (Direction.MO, Direction.MO_AUTH, Direction.RECEIPT)
_LENGTH = re.compile(rb"\r\nContent-Length: \d+", re.IGNORECASE)


@frozen
class Golden:
    """One piece of evidence and the broker entry that has its registration."""

    item: Item
    broker: BrokerTarget

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The canonical messages, as ``expect.json`` has them."""
        return self.messages_of(self.item)

    @staticmethod
    def messages_of(item: Item) -> list[dict[str, Any]]:
        """Return the canonical messages of a piece of evidence."""
        found: Any = item.expect.get("messages", [])
        return list(found)

    @property
    def faithful(self) -> bool:
        """Whether the entry is called by the published URL; a scheme that is not the entry's forbids it."""
        name = "receipt_url" if self.item.direction is Direction.RECEIPT else "mo_url"
        published = stripped(str(self.item.registration.get(name, "")))
        return published == (self.broker.receipt_url if name == "receipt_url" else self.broker.mo_url)

    @property
    def derived(self) -> bool:
        """Whether it proves nothing, for it was derived from the profile itself."""
        return self.item.source.kind is Kind.E0


def entries(profile: str) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """Return the broker entries that the evidence of a profile needs, each with its registration and the evidence's names.

    What arrives at the server gets an entry for each piece, because published examples share ids; what the server sends
    shares one for each registration.
    """
    found: list[tuple[dict[str, Any], list[str]]] = []
    shared: list[tuple[dict[str, Any], list[str]]] = []
    for item in of_profile(profile):
        known = dict(item.registration)
        names = next((names for other, names in shared if other == known), None)
        if item.direction in _ALONE:
            found.append((known, [item.name]))
        elif names is not None:
            names.append(item.name)
        else:
            shared.append((known, [item.name]))
    return [(known, tuple(names)) for known, names in found + shared]


def senders(profile: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return our numbers in the published messages of these names: whoever sends them must own them."""
    found = [item for item in of_profile(profile) if item.name in names and item.direction is Direction.MT_REQUEST]
    messages: list[Any] = [message for item in found for message in Golden.messages_of(item)]
    return tuple(dict.fromkeys(str(message["sender"]) for message in messages if message.get("sender")))


def goldens(brokers: Sequence[BrokerTarget]) -> tuple[Golden, ...]:
    """Return the evidence whose registrations the entries have; each profile's is read once."""
    known = {profile: of_profile(profile) for profile in {broker.profile for broker in brokers if broker.golden}}
    return tuple(Golden(item, one) for one in brokers if one.golden for item in known[one.profile] if item.name in one.golden)


def request_bytes(golden: Golden, path: str, authority: str) -> bytes:
    """Return the published request, its holes filled, aimed at the server under test: path and Host alone are changed."""
    raw = fill(golden.item.request, golden.item.holes)
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, target, version = first.split(b" ")
    query = target.partition(b"?")[2]
    lines = [line for line in lines if not line.lower().startswith((b"host:", b"content-length:"))]
    start = method + b" " + path.encode() + (b"?" + query if query else b"") + b" " + version
    framing = [b"Content-Length: %d" % len(body)] if body or method == b"POST" else []
    return b"\r\n".join([start, b"Host: " + authority.encode(), *lines, *framing]) + b"\r\n\r\n" + body


def response_bytes(item: Item) -> bytes:
    """Return the published reply with its holes filled and its length told."""
    head, _, body = fill(item.response, item.holes).partition(b"\r\n\r\n")
    return _LENGTH.sub(b"", head) + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def stripped(url: str) -> str:
    """Return a URL without its query: the request's own query is what a signature covers."""
    return urlsplit(url)._replace(query="", fragment="").geturl()
