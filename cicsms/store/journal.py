"""The journal: entries gather while the last batch is committed, and each batch is one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import field, frozen
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from cicsms.store.entries import Entry
from cicsms.store.errors import StoreBusy, StoreClosed
from cicsms.store.lanes import Lane

Result = TypeVar("Result")


@frozen
class Refused:
    """An entry that was not kept, and why."""

    error: Exception


Outcome = Any  # The entry's own result, or Refused: as many types as there are entries
Write = Callable[[Sequence[Entry[Any]]], Sequence[Outcome]]
"""Commits a batch and gives an outcome an entry, in order."""


@frozen
class JournalFigures:
    """What the journal has done: entries waiting now, commits, entries kept and entries refused so far."""

    waiting: int
    commits: int
    kept: int
    refused: int


@frozen
class _Batch:
    entries: list[Entry[Any]] = field(factory=list)
    waiting: list[Deferred[Any]] = field(factory=list)


class Journal:
    """Takes entries and says when they are durable.

    ``soon`` runs a function at the end of the reactor's turn: a batch then holds all that one turn brought. While a batch
    is being committed the next one gathers. ``limit`` bounds the entries waiting, those being committed included.
    ``committed`` is told of every batch.
    """

    log = Logger()

    def __init__(
        self,
        write: Write,
        lane: Lane,
        soon: Callable[[Callable[[], None]], object],
        limit: int,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._write = write
        self._lane = lane
        self._soon = soon
        self._limit = limit
        self._committed = committed
        self._gathering = _Batch()
        self._busy = False
        self._under_way = 0
        self._closing: Deferred[None] | None = None
        self._commits = self._kept = self._refused = 0

    @property
    def figures(self) -> JournalFigures:
        """What it has done so far."""
        waiting = len(self._gathering.entries) + self._under_way
        return JournalFigures(waiting, self._commits, self._kept, self._refused)

    def submit(self, entry: Entry[Result]) -> Deferred[Result]:
        """Keep ``entry``; fires with its result after the commit, fails with ``StoreBusy`` when nothing was kept."""
        if self._closing is not None:
            return fail(StoreClosed("The store is closed."))
        batch = self._gathering
        if len(batch.entries) + self._under_way >= self._limit:
            self._refused += 1
            return fail(StoreBusy("Too many entries are waiting to be written.", retry_after=1))
        kept: Deferred[Result] = Deferred()
        batch.entries.append(entry)
        batch.waiting.append(kept)
        if not self._busy:
            self._busy = True
            self._soon(self._flush)
        return kept

    def close(self) -> Deferred[None]:
        """Take nothing more; fires when all that was taken is committed."""
        if self._closing is None:
            self._closing = Deferred() if self._busy else succeed(None)
        return self._closing

    def _flush(self) -> None:
        """Hand what has gathered to the writer."""
        batch, self._gathering = self._gathering, _Batch()
        self._under_way = len(batch.entries)
        self._lane.run(lambda: self._write(batch.entries)).addCallbacks(
            self._written, self._broken, (batch,), errbackArgs=(batch,)
        )

    def _broken(self, failure: Failure, batch: _Batch) -> None:
        """Nothing of a batch was kept, for a reason the writer did not foresee: say so to every submitter."""
        self.log.failure("a batch of {entries} entries was not kept", failure, entries=len(batch.entries))
        self._written([Refused(StoreBusy("The store failed; the log says why."))] * len(batch.entries), batch)

    def _written(self, outcomes: Sequence[Outcome], batch: _Batch) -> None:
        """Start the next batch, then tell the submitters of this one: both go on at the same time."""
        self._commits += 1
        self._committed()
        self._under_way = 0
        if self._gathering.entries:
            self._flush()
        else:
            self._busy = False
        for waiting, outcome in zip(batch.waiting, outcomes, strict=True):
            if isinstance(outcome, Refused):
                self._refused += 1
                waiting.errback(outcome.error)
            else:
                self._kept += 1
                waiting.callback(outcome)
        if self._closing is not None and not self._busy and not self._closing.called:
            self._closing.callback(None)
