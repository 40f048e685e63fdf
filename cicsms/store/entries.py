"""What can be handed to the journal: each entry is a value, kept whole or not at all, and has one type of result."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from attrs import field, frozen

from cicsms.model.message import Alphabet, Concat, Mo, Receipt
from cicsms.model.state import State
from cicsms.store.exchange import Exchange

Result_co = TypeVar("Result_co", covariant=True)


@frozen
class Entry(Generic[Result_co]):
    """Base of all entries; the parameter is what its Deferred fires with."""


# --- Inbound messages ---


@frozen
class InboundMo:
    """One inbound message with our id, its line, and where the routes send it.

    ``destination`` is the kind (queue, handler, chat, email), ``inbox`` its name. ``key`` is what the message is
    recognised by when it comes again, within the same broker and account, before ``until`` (seconds since the epoch);
    empty = never a duplicate.
    """

    id: str
    mo: Mo
    broker: str
    account: str
    destination: str = ""
    inbox: str = ""
    key: str = ""
    until: float = 0.0


@frozen
class Kept:
    """What became of one inbound message; ``id`` is that of the first one where this is its duplicate."""

    id: str
    duplicate: bool = False


@frozen
class KeepMo(Entry[tuple[Kept, ...]]):
    """Keep the messages of one request with their exchange; one result a message, in order."""

    messages: tuple[InboundMo, ...]
    exchange: Exchange | None = None


# --- Outbound messages ---


@frozen
class OutboundPart:
    """One SMS of an outbound message: ``id`` is our reference at the broker, ``remote`` the number as it is dialled.

    Ids rise in the order of sending. ``broker_id`` is given where the broker knows the part by a name of our choosing, which
    is short and comes round again.
    """

    id: str
    remote: str
    text: str = field(repr=False)
    alphabet: Alphabet = Alphabet.GSM7
    concat: Concat | None = None
    broker_id: str = ""


@frozen
class OutboundMessage:
    """One outbound message as its sender meant it. ``remote`` is the number as given, ``reference`` the client's own.

    ``validity`` is in seconds; ``priority`` 0 to 2, the highest is sent first; ``origin`` says who sent it (a user,
    a workgroup, a program); ``extra`` are named options for the wire.
    """

    id: str
    broker: str
    account: str
    remote: str
    local: str
    text: str = field(repr=False)
    alphabet: Alphabet = Alphabet.GSM7
    reference: str = ""
    origin: str = ""
    message_class: int | None = None
    priority: int = 0
    validity: int | None = None
    extra: Mapping[str, str] = field(factory=dict)


class Repeat(StrEnum):
    """How an outbound message relates to an earlier one with the same idempotency key."""

    NEW = "new"
    SAME = "same"
    """Same key, same request: the earlier message is the answer, nothing was kept."""
    CONFLICT = "conflict"
    """Same key, another request: nothing was kept."""


@frozen
class KeptMt:
    """What became of an outbound message; ``id`` is the earlier one's where this repeats it."""

    id: str
    repeat: Repeat = Repeat.NEW


@frozen
class KeepMt(Entry[KeptMt]):
    """Keep an outbound message and its parts, queued; ``digest`` tells requests of the same idempotency ``key`` apart."""

    message: OutboundMessage
    parts: tuple[OutboundPart, ...]
    key: str = ""
    digest: str = ""


@frozen
class QueuedPart:
    """A part that was claimed for sending: all a profile needs to write it, and how often it was tried (this time included)."""

    id: str
    message: str
    broker: str
    account: str
    remote: str
    local: str
    text: str = field(repr=False)
    alphabet: Alphabet
    concat: Concat | None
    number: int
    of: int
    attempts: int
    created: float
    broker_id: str = ""
    reference: str = ""
    message_class: int | None = None
    priority: int = 0
    validity: int | None = None
    extra: Mapping[str, str] = field(factory=dict)


@frozen
class ClaimParts(Entry[tuple[QueuedPart, ...]]):
    """Take due parts of an account, at most ``limit``, in order of priority, then age; they are *sending* when this returns.

    Claim no more than will be sent at once: after a crash, what was claimed counts as possibly sent. ``owner`` names
    this process; the claim is its own for ``lease`` seconds.
    """

    broker: str
    account: str
    limit: int
    owner: str
    lease: float = 120.0


@frozen
class PartOutcome:
    """What came of sending one part. ``State.QUEUED`` puts it back, not before ``due`` (seconds since the epoch)."""

    part: str
    state: State
    broker_id: str = ""
    code: str = ""
    said: str = ""
    due: float = 0.0


@frozen
class SettleParts(Entry[tuple[State, ...]]):
    """Note the outcomes of one exchange; receipts that waited for these parts apply at once.

    The results are the states the parts are in afterwards: further on than the outcome where a receipt was quicker.
    """

    outcomes: tuple[PartOutcome, ...]
    exchange: Exchange | None = None


@frozen
class RecoverParts(Entry[int]):
    """Make *unknown* of every part that is *sending* for ``owner`` or beyond its lease: nobody knows whether it left.

    For the start of a process. The result counts them.
    """

    owner: str


# --- Receipts ---


class Fate(StrEnum):
    """What became of a receipt."""

    APPLIED = "applied"
    LATE = "late"
    """Recorded; its part was as far on already, or further."""
    PARKED = "parked"
    """Recorded; no part has this id or reference yet."""


@frozen
class KeptReceipt:
    """What became of one receipt, with the part and message it belongs to (empty while parked)."""

    fate: Fate
    part: str = ""
    message: str = ""


@frozen
class KeepReceipts(Entry[tuple[KeptReceipt, ...]]):
    """Keep the receipts of one request with their exchange, and move the parts they match; one result a receipt.

    Matched by our reference where the receipt carries one, else by broker, account and broker id; an empty account
    means any of the broker's.
    """

    broker: str
    account: str
    receipts: tuple[Receipt, ...]
    exchange: Exchange | None = None


# --- The rest ---


@frozen
class KeepExchange(Entry[None]):
    """Keep an exchange that carried no message, or belongs to ``messages`` kept before."""

    exchange: Exchange
    messages: tuple[str, ...] = ()


@frozen
class KeepRevision(Entry[int]):
    """Keep a configuration document as the next revision; the result is its number."""

    who: str
    why: str
    document: str = field(repr=False)
    difference: str = field(default="", repr=False)


@frozen
class KeepFact(Entry[str]):
    """Keep a named fact of this node; the result is the value in force: the earlier one unless ``replace``."""

    name: str
    value: str = field(repr=False)
    replace: bool = False
