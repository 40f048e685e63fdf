"""Evidence as the suite uses it: grouped by the registration under which the broker published it, and as bytes to send."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from cicsms.conformance.target import BrokerTarget
from cicsms.profile.evidence import Direction, Item, Kind, of_profile, registration
from cicsms.profile.evidence_sides import exchange
from cicsms.profile.evidence_wire import fill
from cicsms.profile.profile import Profile
from cicsms.profile.values import Unverified

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
        return messages_of(self.item)

    @property
    def faithful(self) -> bool:
        """Whether the entry is called by the published URL; a scheme that is not the entry's forbids it."""
        name = "receipt_url" if self.item.direction is Direction.RECEIPT else "mo_url"
        published = stripped(str(self.item.registration.get(name, "")))
        return published == (self.broker.receipt_url if name == "receipt_url" else self.broker.mo_url)

    def over(self, profile: Profile, now: datetime) -> bool:
        """Tell whether it was genuine at its own time and is not at ``now``: a proof with a time in it can't be sent again."""
        return self._genuine(profile, self.item.now) and not self._genuine(profile, now)

    def _genuine(self, profile: Profile, at: datetime) -> bool:
        request, _ = exchange(self.item)
        if request is None:
            return False
        verify = profile.verify_receipt if self.item.direction is Direction.RECEIPT else profile.verify_mo
        try:
            verify(request, registration(self.item), at)
        except Unverified:
            return False
        return True

    @property
    def derived(self) -> bool:
        """Whether it proves nothing, for it was derived from the profile itself."""
        return self.item.source.kind is Kind.E0


@frozen
class Published:
    """A registration under which a broker published something: it becomes one broker entry.

    ``senders`` are our numbers in the published messages: whoever sends them must own them.
    """

    registration: Mapping[str, Any]
    names: tuple[str, ...]
    senders: tuple[str, ...]


def entries(profile: str) -> list[Published]:
    """Return the broker entries that the evidence of a profile needs.

    What arrives at the server gets an entry for each piece, because published examples share ids; what the server sends
    shares one for each registration.
    """
    alone: list[list[Item]] = []
    shared: list[list[Item]] = []
    for item in of_profile(profile):
        fellows = next((group for group in shared if group[0].registration == item.registration), None)
        if item.direction in _ALONE:
            alone.append([item])
        elif fellows is not None:
            fellows.append(item)
        else:
            shared.append([item])
    return [_published(group) for group in alone + shared]


def _published(group: Sequence[Item]) -> Published:
    sent: list[Any] = [message for item in group if item.direction is Direction.MT_REQUEST for message in messages_of(item)]
    sent += [item.message for item in group]
    senders = dict.fromkeys(str(message["sender"]) for message in sent if message.get("sender"))
    return Published(group[0].registration, tuple(item.name for item in group), tuple(senders))


def messages_of(item: Item) -> list[dict[str, Any]]:
    """Return the canonical messages of a piece of evidence, as ``expect.json`` has them."""
    found: Any = item.expect.get("messages", [])
    return list(found)


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
