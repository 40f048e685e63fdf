"""The way of a receipt: verified, read, matched or parked; then acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from twisted.logger import Logger

from cicsms.model.message import Receipt
from cicsms.model.wire import HttpReply, HttpRequest
from cicsms.pipeline.lines import Line
from cicsms.store.entries import Fate, KeepReceipts, KeptReceipt
from cicsms.store.exchange import Exchange, ExchangeKind


class ReceiptWay:
    """How the receipts of one broker come in."""

    kind = ExchangeKind.RECEIPT
    log = Logger()

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def verify(self, line: Line, request: HttpRequest) -> None:
        """Return if the profile's rules say that the request is by this account."""
        line.profile.verify_receipt(request, line.registration, datetime.fromtimestamp(self._now(), UTC))

    def read(self, line: Line, request: HttpRequest) -> Sequence[Receipt]:
        """Return the receipts of one request."""
        return line.profile.read_receipts(request)

    def entry(self, verified: Line, items: Sequence[Receipt], exchange: Exchange) -> KeepReceipts:
        """Make of them what the journal keeps; a message of any account of the broker may be meant."""
        return KeepReceipts(verified.broker, "", tuple(items), exchange)

    def answer(self, line: Line, outcome: str) -> HttpReply:
        """Give the profile's acknowledgement."""
        return line.profile.receipt_answer(outcome)

    def kept(self, line: Line, items: Sequence[Receipt], results: Sequence[KeptReceipt]) -> None:
        """Say which receipts wait for a message that nobody knows yet."""
        for receipt, result in zip(items, results, strict=True):
            if result.fate is Fate.PARKED:
                self.log.info(
                    "{broker}: a receipt ({status}) for {id} is parked: no message has this id yet",
                    broker=line.broker,
                    status=receipt.status,
                    id=receipt.broker_id or receipt.reference,
                )
