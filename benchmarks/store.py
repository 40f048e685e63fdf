"""Inbound messages a second through the real journal, with a real reactor: ``python -m benchmarks.store [FOLDER]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from cicsms.model.message import Mo
from cicsms.store.entries import InboundMo, KeepMo
from cicsms.store.exchange import Exchange, ExchangeKind
from cicsms.store.store import Store, threads

SECONDS = 3.0
BODY = b"ToCountry=US&SmsMessageSid=SM0123456789abcdef&Body=a+text+of+usual+length&From=%2B13175550123" * 3
HEAD = b"POST /twilio/mo\r\nHost: sms.example.test\r\nX-Twilio-Signature: 0123456789abcdef0123456789\r\n"


class Load:
    """Submitters that each hand in the next message when the one before is kept."""

    def __init__(self, store: Store, submitters: int) -> None:
        self._store = store
        self._submitters = submitters
        self._going = True
        self.kept = 0
        self.slowest = 0.0

    def submit(self) -> None:
        """Hand in one message."""
        new_id = self._store.new_id
        id = new_id()  # noqa: A001
        mo = Mo("+13175550123", "+13175550100", "a text of usual length, as people write them", f"SM{id[::-1]}", parts=1)
        exchange = Exchange(
            new_id(), ExchangeKind.MO, "acme", "one", request_head=HEAD, request_body=BODY, status=200, reply_body=b"<Response/>"
        )
        key = InboundMo(id, mo, "acme", "one", "queue", "sales", mo.broker_id, time.time() + 86400)
        begun = time.perf_counter()
        self._store.submit(KeepMo((key,), exchange)).addCallback(self._done, begun)

    def _done(self, _: object, begun: float) -> None:
        """Count it, and go on."""
        self.kept += 1
        self.slowest = max(self.slowest, time.perf_counter() - begun)
        if self._going:
            self.submit()

    async def run(self, clock: Any) -> float:
        """Go on for some seconds; give messages a second."""
        begun, before = time.perf_counter(), self.kept
        for _ in range(self._submitters):
            self.submit()
        await deferLater(clock, SECONDS, lambda: None)
        rate = (self.kept - before) / (time.perf_counter() - begun)
        self._going = False
        return rate


async def measure(clock: Any, folder: Path) -> None:
    """Print the rates."""
    store = Store.open(f"sqlite:///{folder / 'store.sqlite'}", lanes=threads(clock), now=time.time)
    for submitters in (32, 256, 32, 256):
        load = Load(store, submitters)
        commits = store.figures.commits
        cpu = time.process_time()
        rate = await load.run(clock)
        cpu = time.process_time() - cpu
        batches = store.figures.commits - commits
        print(
            f"{submitters:4} in flight: {rate:7.0f} MO/s kept, {load.kept / batches:6.1f} a commit,"
            f" slowest {load.slowest * 1000:.0f} ms, {cpu / load.kept * 1e6:.0f} us of processor each"
        )
    wal = folder / "store.sqlite-wal"
    print(
        f"write-ahead log {wal.stat().st_size / 2**20:.0f} MB, database {(folder / 'store.sqlite').stat().st_size / 2**20:.0f} MB"
    )
    await store.close()


def main() -> None:
    """Run, in a folder that is given or made."""
    from twisted.internet.task import react

    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        react(lambda clock: Deferred.fromCoroutine(measure(clock, Path(folder))))


if __name__ == "__main__":
    main()
