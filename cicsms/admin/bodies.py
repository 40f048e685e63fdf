"""What the API reads and writes, as types: its OpenAPI document is made of these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from cicsms.model.state import State

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
LONGEST = 10_000
"""Characters of one message; what is longer is no text message."""


class Body(BaseModel):
    """Base of every body: immutable, unknown fields refused, input never repeated in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NewMessage(Body):
    """A text message to send. Without ``broker`` and ``account`` the outbound routes choose them by the dialled number."""

    to: Number = Field(description="The handset's number.", examples=["+15551230002"])
    text: str = Field(max_length=LONGEST, description="The text; longer ones are split as the broker's settings say.")
    from_: Number | None = Field(
        default=None, alias="from", description="Our number shown as sender; absent = the account's first local address."
    )
    broker: Word | None = None
    account: Word | None = None
    reference: Word | None = Field(default=None, description="The caller's own reference, kept with the message.")
    validity: Annotated[int, Field(ge=1, le=7 * 86400)] | None = Field(default=None, description="Seconds it is worth sending.")
    priority: Annotated[int, Field(ge=0, le=2)] = 0
    message_class: Annotated[int, Field(ge=0, le=3)] | None = Field(default=None, description="0 is a flash message.")

    @field_validator("text")
    @classmethod
    def _speakable(cls, text: str) -> str:
        """Refuse what no alphabet of SMS can carry."""
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise ValueError("holds a lone surrogate: send whole characters")
        if "\0" in text:
            raise ValueError("holds a NUL character: remove it")
        return text


class Accepted(Body):
    """A message is durable here and will be sent; ``parts`` counts its SMS."""

    id: str
    state: State
    parts: int


class Query(Body):
    """Which messages to list, newest first; all given conditions must hold."""

    direction: Literal["inbound", "outbound"] | None = None
    broker: Word | None = None
    account: Word | None = None
    from_: Number | None = Field(default=None, alias="from", description="Sender, exactly.")
    to: Number | None = Field(default=None, description="Recipient, exactly.")
    text: Word | None = Field(default=None, description="Part of the text.")
    state: State | Literal["received"] | None = None
    queue: Word | None = Field(default=None, description="Inbound: the inbox it was routed to, as kind:name.")
    after: datetime | None = Field(default=None, description="Kept at or after this time.")
    before: datetime | None = Field(default=None, description="Kept before this time.")
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    cursor: Word | None = Field(default=None, description="The ``next`` of the page before.")


class Message(Body):
    """A message as this node knows it; ``remote`` is the handset, ``local`` our number."""

    id: str
    direction: Literal["inbound", "outbound"]
    broker: str
    account: str
    remote: str
    local: str
    text: str
    alphabet: str
    state: str
    code: str = Field(description="The broker's own error code, if any.")
    said: str = Field(description="The broker's own words, if any.")
    reference: str
    broker_ids: tuple[str, ...]
    parts: int
    date: datetime | None = Field(description="The broker's own date.")
    queue: str = Field(description="Inbound: the inbox it was routed to, as kind:name.")
    created: datetime
    updated: datetime


class Page(Body):
    """Messages, newest first; ``next`` is the cursor of the following page, absent on the last."""

    messages: tuple[Message, ...]
    next: str | None = None


class PartView(Body):
    """One SMS of an outbound message."""

    number: int
    text: str
    state: State
    reference: str
    broker_id: str
    code: str
    said: str
    attempts: int


class ReceiptView(Body):
    """One receipt a broker sent; ``applied`` tells whether it moved a part, ``parked`` whether it waits for its message."""

    broker: str
    account: str
    broker_id: str
    reference: str
    state: str
    status: str
    code: str
    applied: bool
    parked: bool
    date: datetime | None
    received: datetime


class ExchangeView(Body):
    """One request and its reply on the wire, secrets blotted out; heads and bodies are base64."""

    kind: str
    started: datetime
    milliseconds: float
    peer: str
    tls: str = ""
    request_head: str
    request_body: str
    reply_head: str
    reply_body: str
    error: str


class Detail(Body):
    """A message with all that happened to it."""

    message: Message
    parts: tuple[PartView, ...]
    receipts: tuple[ReceiptView, ...]
    exchanges: tuple[ExchangeView, ...]


class Receipts(Body):
    """Receipts, newest first."""

    receipts: tuple[ReceiptView, ...]


class ReceiptQuery(Body):
    """Which receipts to list: those that match no message; all others are listed with theirs."""

    parked: Literal["true"] = "true"
    broker: Word | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class Certificate(Body):
    """A certificate this node presents: the server name it is for, the first end in its chain, and the codes found in a check."""

    name: str
    expires: datetime | None = None
    days: float | None = None
    findings: tuple[str, ...] = ()


class Health(Body):
    """How this node is: ``status`` is ``ok`` while it takes messages."""

    status: Literal["ok", "busy"]
    name: str
    version: str
    brokers: int
    queued: int
    unknown: int
    parked: int
    certificates: tuple[Certificate, ...] = ()
