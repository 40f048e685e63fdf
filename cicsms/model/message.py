"""Messages as a broker's wire carries them: MO, MT, the answer to an MT, and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from cicsms.model.state import State


class Alphabet(StrEnum):
    """The character set an SMS travels in (3GPP TS 23.038)."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"
    BINARY = "binary"


@frozen
class Concat:
    """Place of a part in a long message (3GPP TS 23.040, 9.2.3.24.1): ``index`` counts from 1 to ``count``."""

    reference: int
    count: int
    index: int


@frozen
class Mo:
    """One inbound message (mobile originated), or one part of it where the broker does not join parts.

    ``remote`` is the handset (ANI), ``local`` our number (DNIS), empty where the broker names none. ``broker_id`` is
    empty where the broker gives none. ``text`` holds what was sent; for ``Alphabet.BINARY`` it is the hex of the octets.
    ``extra`` keeps named facts a profile reads and nobody else needs (``"keyword"``, ``"stop"``, ...).
    """

    remote: str
    local: str
    text: str = field(repr=False)
    broker_id: str = ""
    date: datetime | None = None
    parts: int = 1
    concat: Concat | None = None
    alphabet: Alphabet | None = None
    mcc: str = ""
    mnc: str = ""
    extra: Mapping[str, str] = field(factory=dict)


@frozen
class Mt:
    """One outbound request (mobile terminated) as it is handed to a broker: usually one part to one recipient.

    ``reference`` is our own id of the part (the broker may echo it); ``callback`` is the receipt URL where the profile
    sends one with each message. ``validity`` is in seconds. ``message_class`` is 0 (flash) to 3, ``priority`` 0 to 2.
    ``extra`` carries the named options of the account that a profile places on the wire.
    """

    sender: str
    recipients: tuple[str, ...]
    text: str = field(repr=False)
    reference: str = ""
    callback: str = ""
    alphabet: Alphabet = Alphabet.GSM7
    concat: Concat | None = None
    validity: int | None = None
    message_class: int | None = None
    priority: int = 0
    extra: Mapping[str, str] = field(factory=dict)

    @property
    def recipient(self) -> str:
        """The only recipient, or the first one."""
        return self.recipients[0]


class Outcome(StrEnum):
    """What a broker's answer to an MT means to us."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good: the same request will be refused again."""
    RETRY = "retry"
    """The broker did not take it and says that a later try may succeed."""
    THROTTLED = "throttled"
    """Too fast: ``wait`` seconds, then again, in order."""
    STOPPED = "stopped"
    """The recipient has opted out."""
    AUTH_FAILED = "auth-failed"
    """Credentials refused: nothing of this account will pass."""
    UNKNOWN = "unknown"
    """The answer can't be read: the message may or may not be on its way."""


@frozen
class Answer:
    """What a broker said to one MT, for one recipient.

    ``code`` and ``said`` are the broker's own error code and text; ``wait`` is in seconds. ``parts`` counts the segments
    the broker says it made (0 = it does not say).
    """

    outcome: Outcome
    broker_id: str = ""
    recipient: str = ""
    code: str = ""
    said: str = ""
    wait: float | None = None
    parts: int = 0


@frozen
class Receipt:
    """One delivery report of an MT, keyed by the broker's id or by our own reference, whichever the profile reads.

    ``status`` is the broker's own word; ``state`` what the profile maps it to; ``final`` whether nothing comes after it.
    """

    state: State
    status: str
    broker_id: str = ""
    reference: str = ""
    remote: str = ""
    local: str = ""
    code: str = ""
    said: str = ""
    date: datetime | None = None
    final: bool = False
