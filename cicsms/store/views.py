"""What the store's queries answer with."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from cicsms.model.message import Alphabet, Concat, Receipt
from cicsms.model.state import State
from cicsms.store.exchange import Exchange


class Direction(StrEnum):
    """Which way a message goes, seen from us."""

    IN = "in"
    OUT = "out"


@frozen
class Message:
    """One message as it is kept. ``state`` is a ``State`` for outbound ones and ``"kept"`` for inbound ones.

    ``created`` and ``updated`` are in seconds since the epoch, ``date`` (the broker's own) too. ``broker_id`` is filled
    for inbound messages; parts carry those of outbound ones.
    """

    id: str
    direction: Direction
    broker: str
    account: str
    remote: str
    local: str
    text: str = field(repr=False)
    alphabet: Alphabet | None
    state: str
    created: float
    updated: float
    date: float | None = None
    broker_id: str = ""
    code: str = ""
    said: str = ""
    reference: str = ""
    origin: str = ""
    destination: str = ""
    inbox: str = ""
    parts: int = 1
    concat: Concat | None = None
    message_class: int | None = None
    priority: int = 0
    validity: int | None = None
    mcc: str = ""
    mnc: str = ""
    extra: Mapping[str, str] = field(factory=dict)


@frozen
class Part:
    """One SMS of an outbound message: how far it is, what the broker calls it, and when it is tried next."""

    id: str
    message: str
    number: int
    of: int
    remote: str
    text: str = field(repr=False)
    alphabet: Alphabet
    concat: Concat | None
    state: State
    broker_id: str
    code: str
    said: str
    attempts: int
    due: float
    updated: float


@frozen
class ReceiptRecord:
    """One receipt as it came, and whether it moved its part; ``part`` is empty while it is parked."""

    id: str
    broker: str
    account: str
    receipt: Receipt
    part: str
    applied: bool
    received: float


@frozen
class MessageRecord:
    """Everything about one message: its parts, receipts and exchanges, oldest first."""

    message: Message
    parts: tuple[Part, ...]
    receipts: tuple[ReceiptRecord, ...]
    exchanges: tuple[Exchange, ...]


@frozen
class Search:
    """Which messages to list, newest first; empty = any.

    ``text`` is looked for inside the text, whatever its case (ASCII); ``before`` and ``after`` bound the time of
    arrival in seconds since the epoch; ``cursor`` is the id of the last message of the page before.
    """

    direction: Direction | None = None
    state: str = ""
    broker: str = ""
    account: str = ""
    remote: str = ""
    local: str = ""
    text: str = field(default="", repr=False)
    reference: str = ""
    before: float | None = None
    after: float | None = None
    cursor: str = ""
    limit: int = 50


@frozen
class Page:
    """One page of messages, and the cursor of the next; empty = that was all."""

    messages: tuple[Message, ...]
    cursor: str = ""


@frozen
class Revision:
    """One revision of the configuration document."""

    number: int
    who: str
    why: str
    at: float
    document: str = field(repr=False)
    difference: str = field(repr=False)


@frozen
class Event:
    """Something that happened, in the order it was committed; ``number`` is the cursor of the stream."""

    number: int
    at: float
    kind: str
    message: str
    part: str
    state: str


@frozen
class Counts:
    """How much is waiting: parts by (broker, account, state) for those not final, and parked receipts by broker."""

    parts: Mapping[tuple[str, str, State], int]
    parked: Mapping[str, int]
