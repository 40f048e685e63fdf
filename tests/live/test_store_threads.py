"""The store with its real threads."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.trial.unittest import TestCase

from cicsms.model.message import Mo
from cicsms.store.entries import InboundMo, KeepMo
from cicsms.store.store import Store, inline, threads


class ThreadsTests(TestCase):
    """Many submitters, readers beside the writer, and a clean end."""

    def setUp(self) -> None:
        """Open a store with threads."""
        self.url = f"sqlite:///{self.mktemp()}"
        self.store = Store.open(self.url, lanes=threads(IReactorTime(reactor)), now=time.time)
        self.addCleanup(self.store.close)

    def entry(self, key: str = "") -> KeepMo:
        """Make an entry."""
        mo = Mo("+13175550123", "+13175550100", "text")
        return KeepMo((InboundMo(self.store.new_id(), mo, "acme", "one", "queue", "sales", key, time.time() + 60),))

    @inlineCallbacks
    def test_groups(self) -> Generator[Deferred[Any], Any, None]:
        """A thousand messages at once are kept in far fewer commits, and a reader sees them all."""
        yield gatherResults([self.store.submit(self.entry()) for _ in range(1000)])
        self.assertLess(self.store.figures.commits, 10)
        inbox = yield self.store.queries.inbox("queue", "sales", limit=2000)
        self.assertEqual(len(inbox), 1000)

    @inlineCallbacks
    def test_same_key_at_once(self) -> Generator[Deferred[Any], Any, None]:
        """Of fifty deliveries of one message at once one is kept, and all get its id."""
        results = yield gatherResults([self.store.submit(self.entry("SM1")) for _ in range(50)])
        self.assertEqual(len({kept.id for (kept,) in results}), 1)
        self.assertEqual(sum(not kept.duplicate for (kept,) in results), 1)

    @inlineCallbacks
    def test_close_commits_what_was_taken(self) -> Generator[Deferred[Any], Any, None]:
        """What was taken before the end is there after it, and the log has been folded into the database."""
        kept = [self.store.submit(self.entry()) for _ in range(100)]
        yield self.store.close()
        yield gatherResults(kept)
        path = Path(self.url.removeprefix("sqlite:///"))
        self.assertFalse(path.with_name(path.name + "-wal").exists())
        self.store = Store.open(self.url, lanes=threads(IReactorTime(reactor)), now=time.time)
        self.addCleanup(self.store.close)
        inbox = yield self.store.queries.inbox("queue", "sales", limit=200)
        self.assertEqual(len(inbox), 100)


class StartsTests(TestCase):
    """Several processes may start on one database."""

    def test_together(self) -> None:
        """Starts at the same moment on a database that does not exist yet all succeed."""
        url = f"sqlite:///{self.mktemp()}"
        together = Barrier(4)
        opened: list[Store] = []

        def start() -> None:
            together.wait()
            opened.append(Store.open(url, lanes=inline(time.time), now=time.time))

        starting = [Thread(target=start) for _ in range(4)]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        self.assertEqual(len(opened), 4)
        for store in opened:
            store.close()
