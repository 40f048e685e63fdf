"""How SQLite answers: by indices, so that a million messages cost what a hundred do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from twisted.internet.defer import Deferred

from cicsms.model.message import Receipt
from cicsms.model.state import State
from cicsms.store.entries import KeepReceipts, PartOutcome, RecoverParts
from tests.store.support import StoreCase


class PlansTests(StoreCase):
    """No statement on the way of a message reads a whole table."""

    def setUp(self) -> None:
        """Explain every statement that the writer and the readers run."""
        super().setUp()
        self.plans: list[str] = []
        for engine in (self.store._writing, self.store._reading):
            event.listen(engine, "before_cursor_execute", self.explain)

    def explain(self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        """Note the plan of a statement."""
        if statement.split()[0] in ("SELECT", "UPDATE"):
            plan = connection.connection.cursor()
            plan.execute(f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters)
            self.plans += [f"{row[3]}: {statement}" for row in plan.fetchall()]

    def tearDown(self) -> None:
        """Hold that nothing was read from end to end but the small indices of what waits."""
        self.assertNotEqual(self.plans, [])
        partial = ("parts_queued", "parts_sending", "parts_unknown", "receipts_parked")
        scans = [plan for plan in self.plans if plan.startswith("SCAN")]
        bad = [plan for plan in scans if not any(f"USING INDEX {name}" in plan for name in partial)]
        self.assertEqual(bad, [])

    def test_outbound(self) -> None:
        """Claims, outcomes, early receipts and recovery go by indices."""
        self.send("a", "b")
        one, two = self.claim(2)
        self.keep(KeepReceipts("acme", "one", (Receipt(State.DELIVERED, "x", "B1"), Receipt(State.SENT, "x", "", one.id))))
        self.settle(PartOutcome(one.id, State.ACCEPTED, "B1"), PartOutcome(two.id, State.QUEUED))
        self.keep(KeepReceipts("acme", "one", (Receipt(State.DELIVERED, "x", "B1"),)))
        self.claim()
        self.keep(RecoverParts("me"))

    def test_claim_sorts_nothing(self) -> None:
        """Due parts come out of the index in their order."""
        self.send("a")
        self.claim()
        self.assertEqual([plan for plan in self.plans if "TEMP B-TREE" in plan], [])

    def test_questions(self) -> None:
        """The questions of every page go by indices."""
        message = self.inbound(key="K")
        self.receive(message)
        self.receive(self.inbound(key="K"))
        queries = self.store.queries
        asked: tuple[Deferred[Any], ...] = (
            queries.message(message.id),
            queries.inbox("queue", "sales"),
            queries.parked(),
            queries.queues(),
            queries.next_due("acme", "one"),
            queries.counts(),
            queries.events(),
        )
        for one in asked:
            self.successResultOf(one)
