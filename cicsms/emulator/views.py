"""What the control API shows, typed; bytes are given as base64, header bytes as latin-1."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cicsms.emulator.ledger import Kind
from cicsms.emulator.orders import AnswerOrder


class View(BaseModel):
    """Base of every view."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class RequestView(View):
    """An HTTP request; ``raw`` is its head and body as they were on the wire, or as composed if it was not sent."""

    method: str
    url: str
    target: str
    headers: list[tuple[str, str]]
    body: str
    raw: str


class ReplyView(View):
    """An HTTP reply; ``raw`` is its head and body."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    raw: str


class MessageView(View):
    """A message, or the report on one, as the profile read or wrote it."""

    from_: str = Field(default="", alias="from")
    to: str = ""
    text: str = ""
    id: str = ""
    reference: str = ""
    callback: str = ""
    state: str = ""
    code: str = ""


class ExchangeView(View):
    """One line of the ledger. ``kind`` is ``stray`` for a request that no played broker could read as an MT.

    ``direction`` is seen from the emulator: MTs come in, MOs and receipts go out. ``done`` is false while the answer is
    awaited, and after that ``reply`` or ``error`` says how it ended.
    """

    id: int
    at: datetime
    direction: Literal["in", "out"]
    kind: Kind
    broker: str
    attempt: int = 1
    request: RequestView
    reply: ReplyView | None = None
    milliseconds: float | None = None
    done: bool = False
    error: str = ""
    messages: list[MessageView] = []


class LedgerView(View):
    """The exchanges asked for, oldest first; ``last`` is the highest number given so far, ``dropped`` counts the forgotten."""

    exchanges: list[ExchangeView]
    last: int
    dropped: int


class EntryView(View):
    """One played broker: where it takes MTs (``http``, ``https``: the gateways) and whom it calls."""

    name: str
    profile: str
    title: str = ""
    account: str
    login: str
    local: str
    http: str
    https: str
    mo_url: str
    receipt_url: str


class EntriesView(View):
    """All played brokers, in the order of the settings."""

    brokers: list[EntryView]


class PushView(View):
    """The request an order led to, and the exchange of each time it was pushed; none when it was only composed."""

    request: RequestView
    message: MessageView
    exchanges: list[ExchangeView] = []


class HealthView(View):
    """That the emulator is up, which seed it runs on, and how much it holds."""

    status: Literal["ok"] = "ok"
    version: str
    seed: int
    brokers: int
    exchanges: int
    dropped: int
    pending_receipts: int


class AnswerView(View):
    """A scripted answer that is still to be given ``left`` times."""

    left: int
    answer: AnswerOrder


class AnswersView(View):
    """The script, oldest first."""

    answers: list[AnswerView]


class ProblemView(View):
    """Why an order was refused: one sentence each."""

    problems: list[str]
