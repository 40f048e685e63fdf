"""A process that keeps messages as fast as it can and prints the ids of those it was told are durable, until it is killed."""

from __future__ import annotations

import os
import sys
import time

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorTime

from cicsms.model.message import Mo
from cicsms.store.entries import InboundMo, KeepMo, Kept
from cicsms.store.exchange import Exchange, ExchangeKind
from cicsms.store.store import Store, threads

IN_FLIGHT = 32


class Child:
    """Submits, and says what was acknowledged."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def submit(self) -> None:
        """Hand in one message."""
        new_id = self._store.new_id
        mo = Mo("+13175550123", "+13175550100", "text")
        message = InboundMo(new_id(), mo, "acme", "one", "queue", "sales", new_id(), time.time() + 3600)
        exchange = Exchange(new_id(), ExchangeKind.MO, "acme", request_body=b"body")
        self._store.submit(KeepMo((message,), exchange)).addCallback(self.kept)

    def kept(self, results: tuple[Kept, ...]) -> None:
        """Print the id, unbuffered, as a broker would get its answer; then go on."""
        os.write(1, results[0].id.encode() + b"\n")
        self.submit()


def main() -> None:
    """Run until killed."""
    clock = IReactorTime(reactor)
    child = Child(Store.open(sys.argv[1], lanes=threads(clock), now=time.time))
    for _ in range(IN_FLIGHT):
        child.submit()
    reactor.run()


if __name__ == "__main__":
    main()
