"""The journal under kill -9."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from sqlalchemy import func, select
from twisted.trial.unittest import SynchronousTestCase

from cicsms.store.engine import read_url, reading_engine
from cicsms.store.schema import events, exchanges, messages

ROUNDS = 5
"""The whole server is killed more often, elsewhere."""


class KillTests(SynchronousTestCase):
    """What was acknowledged is there after a kill at any moment."""

    def test_kill(self) -> None:
        """Every id that was acknowledged before SIGKILL is found exactly once after it, with its exchange; round after round."""
        url = f"sqlite:///{Path(self.mktemp()).absolute()}"
        random = Random(7)
        acknowledged: set[str] = set()
        for _ in range(ROUNDS):
            acknowledged |= self.round(url, random.randrange(1, 400))
            self.assertEqual(self.missing(url, acknowledged), set())

    def round(self, url: str, after: int) -> set[str]:
        """Start the process, kill it after that many answers, and give the ids it printed."""
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.live.store_child", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert child.stdout is not None
        with closing(child.stdout):
            lines = [child.stdout.readline() for _ in range(after)]
            child.send_signal(signal.SIGKILL)
            lines += child.stdout.readlines()
        assert child.stderr is not None
        with closing(child.stderr):
            errors = child.stderr.read()
        child.wait()
        self.assertEqual(errors, b"")
        return {line.decode().strip() for line in lines if line.endswith(b"\n")}

    def missing(self, url: str, acknowledged: set[str]) -> set[str]:
        """Give the acknowledged ids that are not there; hold that nothing is there by half."""
        engine = reading_engine(read_url(url), 1)
        self.addCleanup(engine.dispose)
        with engine.connect() as connection:
            stored = [row.id for row in connection.execute(select(messages.c.id))]
            for table in (exchanges, events):
                self.assertEqual(connection.execute(select(func.count()).select_from(table)).scalar(), len(stored))
        self.assertEqual(len(stored), len(set(stored)))
        return acknowledged - set(stored)
