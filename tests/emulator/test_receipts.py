"""Receipts that are not taken at once, and those that are given up."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.ledger import Query
from cicsms.emulator.pushes import Pushed
from cicsms.model.wire import HttpReply
from tests.emulator.fakes import FakePushes, Played, form_of, mt_request

BUSY = Pushed(HttpReply(503))
TAKEN = Pushed(HttpReply(204))


class RetryTests(SynchronousTestCase):
    """Further tries of a receipt."""

    def test_again_until_taken(self) -> None:
        """A receipt that is not taken is pushed again, byte for byte, after each pause; the next state does not wait for it."""
        played = Played(FakePushes(BUSY, TAKEN, Pushed(error="refused"), TAKEN))
        played.take(mt_request())
        played.clock.pump([0.5, 0.5, 0.5, 3, 3])
        self.assertEqual([form_of(sent)["status"] for sent in played.pushes.sent], ["SENT", "DELIVERED", "SENT", "SENT"])
        self.assertEqual(played.pushes.sent[0], played.pushes.sent[2])
        attempts = [exchange.attempt for exchange in played.ledger.find(Query(kind="receipt"))]
        self.assertEqual(attempts, [1, 1, 2, 3])

    def test_one_after_the_other(self) -> None:
        """A state is pushed only when the one before it has been answered, so that they arrive in order."""
        played = Played()
        played.pushes.held = []
        played.take(mt_request())
        played.clock.pump([0.5] * 4)
        self.assertEqual([form_of(sent)["status"] for sent in played.pushes.sent], ["SENT"])
        played.pushes.held[0].callback(TAKEN)
        played.clock.advance(0.5)
        self.assertEqual([form_of(sent)["status"] for sent in played.pushes.sent], ["SENT", "DELIVERED"])

    def test_given_up(self) -> None:
        """After the last pause there is no further try."""
        played = Played(FakePushes(BUSY))
        played.take(mt_request())
        played.clock.pump([0.5] * 400)
        self.assertEqual(len(played.pushes.sent), 8)
        self.assertEqual(played.desk.receipts.pending, 0)

    def test_reset(self) -> None:
        """A reset gives up what is pending, and what would come of a push that is under way."""
        played = Played()
        played.pushes.held = []
        played.take(mt_request())
        played.clock.advance(0.5)
        played.desk.reset("acme")
        self.assertEqual(played.desk.receipts.pending, 0)
        played.pushes.held[0].callback(BUSY)
        self.assertEqual(played.desk.receipts.pending, 0)

    def test_reset_of_another(self) -> None:
        """A reset of one broker leaves the receipts of another."""
        played = Played()
        played.take(mt_request())
        played.desk.reset("other")
        self.assertEqual(played.desk.receipts.pending, 1)
