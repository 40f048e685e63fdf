"""What the store says when it can't keep something."""

from __future__ import annotations

from cicsms.model.errors import CicsmsError


class StoreBusy(CicsmsError):
    """Nothing was kept: the queue is full, the disk is full, or the database is away; try again later.

    ``retry_after`` is in whole seconds, ready for a Retry-After header.
    """

    def __init__(self, said: str, retry_after: int = 5) -> None:
        super().__init__(said)
        self.retry_after = retry_after


class StoreClosed(StoreBusy):
    """The store is shutting down, or was never opened."""


class StoreUnusable(CicsmsError):
    """The database can't be opened, or was written by a newer version of this program."""


class NotKept(CicsmsError):
    """The entry, and no other, can't be kept, now or later; the log says why."""
