"""Checkpoints: when, and what they do to the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from cicsms.store import checkpoints
from cicsms.store.checkpoints import EVERY, Checkpoints
from cicsms.store.engine import read_url, reading_engine
from cicsms.store.lanes import InlineLane
from tests.store.support import StoreCase

Result = TypeVar("Result")


class SlowLane:
    """Ends its work when the test says so."""

    def __init__(self) -> None:
        self.ends: list[Callable[[], None]] = []

    def run(self, work: Callable[[], Result]) -> Deferred[Result]:
        """Hold the work."""
        done: Deferred[Result] = Deferred()
        self.ends.append(lambda: done.callback(work()))
        return done

    def close(self) -> None:
        """Nothing to end."""


class CheckpointsTests(StoreCase):
    """The log is copied now and then, one checkpoint at a time."""

    def setUp(self) -> None:
        """Make checkpoints by a clock of their own."""
        super().setUp()
        self.engine = reading_engine(read_url(self.url), 1)
        self.addCleanup(self.engine.dispose)
        self.time = Clock()
        self.finished = 0

    def finish(self) -> None:
        """Count the calls for the writer's help."""
        self.finished += 1

    def test_one_at_a_time(self) -> None:
        """However many commits there are, a checkpoint starts when the last is over and some time has passed."""
        lane = SlowLane()
        made = Checkpoints(self.engine, lane, self.time.seconds, self.finish)
        made.committed()
        self.assertEqual(len(lane.ends), 0)
        self.time.advance(EVERY)
        made.committed()
        self.time.advance(EVERY)
        made.committed()
        self.assertEqual(len(lane.ends), 1)
        lane.ends[0]()
        made.committed()
        self.assertEqual(len(lane.ends), 2)

    def test_long_log(self) -> None:
        """A log that has become long is emptied with the writer's help, and then used again from its beginning."""
        self.patch(checkpoints, "LONG", 20)
        wal = Path(self.url.removeprefix("sqlite:///") + "-wal")
        made = Checkpoints(self.engine, InlineLane(), self.time.seconds, self.finish)
        sizes = []
        for _ in range(5):
            for _ in range(5):
                self.receive(self.inbound("x" * 20_000))
            self.time.advance(EVERY)
            made.committed()
            self.store._writer.finish_checkpoint = True
            sizes.append(wal.stat().st_size)
        self.assertEqual(self.finished, 5)
        self.assertEqual(set(sizes[1:]), {sizes[1]})

    def test_failure(self) -> None:
        """A checkpoint that fails is one line in the log, and the next one is tried."""
        Path(self.url.removeprefix("sqlite:///")).rename(self.mktemp())
        missing = reading_engine(read_url("sqlite:////dev/null/none"), 1)
        made = Checkpoints(missing, InlineLane(), self.time.seconds, self.finish)
        for _ in range(2):
            self.time.advance(EVERY)
            made.committed()
        self.assertEqual(self.finished, 0)
