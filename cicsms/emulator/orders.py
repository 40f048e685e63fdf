"""What one may order from the control API: the bodies of its requests, typed; their JSON schema is the API's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Base64Bytes, ConfigDict, Field, model_validator

from cicsms.emulator.ledger import Query
from cicsms.emulator.settings import EntryName, Seconds
from cicsms.model.message import Alphabet, Concat, Outcome
from cicsms.model.settings import BaseUrl, Document
from cicsms.model.state import State

Times = Annotated[int, Field(ge=1, le=1000)]
Trouble = Literal["auth", "refused", "throttled", "busy"]
Fault = Literal["hang", "close"]


class Order(Document):
    """Base of every order; ``from`` may be written ``from_`` where Python builds one."""

    model_config = ConfigDict(populate_by_name=True)


class PushOrder(Order):
    """What is to be done with a request that the profile has written and signed.

    It goes to ``url``, or to the entry's own. ``times`` pushes the very same request again, one after the other or all
    ``together``. ``omit`` leaves headers out and ``headers`` sets them after signing, ``body`` (base64) replaces what was
    signed. With ``push`` false the request is only composed and returned.
    """

    broker: EntryName
    url: BaseUrl | None = None
    push: bool = True
    times: Times = 1
    together: bool = False
    omit: tuple[str, ...] = ()
    headers: dict[str, str] = Field(default_factory=dict)
    body: Base64Bytes | None = None


class Place(Order):
    """The place of a part in a long message; ``index`` counts from 1."""

    reference: Annotated[int, Field(ge=0, le=65535)]
    count: Annotated[int, Field(ge=1, le=255)]
    index: Annotated[int, Field(ge=1, le=255)]

    @property
    def concat(self) -> Concat:
        """The same as the model's value."""
        return Concat(self.reference, self.count, self.index)


class MoOrder(PushOrder):
    """A phone sends a text: written as the broker would; ``to``, ``id`` and ``date`` are made up when absent.

    ``method`` chooses where the broker offers several.
    """

    from_: Annotated[str, Field(alias="from", min_length=1, max_length=64)]
    to: Annotated[str, Field(max_length=64)] | None = None
    text: str = ""
    id: str | None = None
    date: datetime | None = None
    parts: Annotated[int, Field(ge=1, le=255)] = 1
    concat: Place | None = None
    alphabet: Alphabet | None = None
    mcc: str = ""
    mnc: str = ""
    method: Literal["", "GET", "POST", "PUT"] = ""
    extra: dict[str, str] = Field(default_factory=dict)


class ReceiptOrder(PushOrder):
    """A broker reports on a message.

    ``message`` names an MT of the ledger by the ledger's number or the broker's id; without it, ``id``, ``reference``,
    ``from`` and ``to`` are written as they stand, so that a receipt of an unknown message can be made. ``status`` is the
    broker's own word and goes before ``state``.
    """

    message: int | str | None = None
    id: str | None = None
    reference: str | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None
    state: State = State.DELIVERED
    status: str = ""
    code: str = ""
    said: str = ""
    date: datetime | None = None


class AnswerOrder(Order):
    """How the next ``times`` MTs of an entry (to ``recipient`` only, if given) are answered.

    At most one of: ``raw`` (base64 of a whole HTTP response, sent byte by byte), ``outcome`` (written by the profile with
    ``code``, ``said`` and ``id``), ``error`` (one of the broker's own error bodies), ``fault`` (``hang`` never answers,
    ``close`` drops the connection without an answer). With none of them the broker answers as ever, after ``delay`` seconds.
    ``receipts`` replaces the entry's sequence for these messages; ``early`` pushes the first one before the answer leaves.
    """

    broker: EntryName
    recipient: str | None = None
    times: Times = 1
    delay: Seconds = 0
    raw: Base64Bytes | None = None
    outcome: Outcome | None = None
    code: str = ""
    said: str = ""
    id: str | None = None
    error: Trouble | None = None
    fault: Fault | None = None
    receipts: tuple[State, ...] | None = None
    early: bool = False

    @model_validator(mode="after")
    def _one_answer(self) -> AnswerOrder:
        """Hold that no two ways of answering are asked for at once, and that what is asked can be done."""
        given = [name for name in ("raw", "outcome", "error", "fault") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"choose one of {' and '.join(given)}")
        if self.outcome is Outcome.UNKNOWN:
            raise ValueError("no broker writes the outcome 'unknown'; use fault or raw")
        if self.raw is not None and not self.raw.startswith(b"HTTP/1."):
            raise ValueError("raw is a whole HTTP/1 response and starts with 'HTTP/1.'")
        return self


class LedgerQuery(Order):
    """Which exchanges are asked for; what is left out does not narrow.

    ``text`` is searched for, the others are equal; ``id`` is the broker's id or the client's reference. ``after`` is the
    number of the last exchange already seen. With ``wait``, the answer comes as soon as something matches, and at
    the latest after so many seconds. ``limit`` keeps the newest so many.
    """

    broker: str = ""
    kind: Literal["", "mt", "mo", "receipt", "stray"] = ""
    to: str = ""
    from_: Annotated[str, Field(alias="from")] = ""
    text: str = ""
    id: str = ""
    after: Annotated[int, Field(ge=0)] = 0
    done: bool | None = None
    wait: Annotated[float, Field(ge=0, le=300)] = 0
    limit: Annotated[int, Field(ge=0, le=10**6)] = 1000

    @property
    def query(self) -> Query:
        """The same as the ledger's value."""
        return Query(self.broker, self.kind, self.to, self.from_, self.text, self.id, self.after, self.done)


class ResetOrder(Order):
    """Forget the traffic, the scripted answers and the pending receipts, of all brokers or of one."""

    broker: EntryName | None = None
