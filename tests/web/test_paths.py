"""The path table, and the bounds the ports share."""

from __future__ import annotations

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from cicsms.web.limits import Gate, RefusalLog
from cicsms.web.paths import Endpoint, PathTable, PathTaken
from tests.web.listener_kit import TAKEN


def endpoint(owner: str, *methods: str) -> Endpoint:
    """Make an endpoint that answers a constant."""
    return Endpoint(frozenset(methods or ("POST",)), owner, lambda request: TAKEN)


class Table(SynchronousTestCase):
    """The paths of a port."""

    def test_exact(self) -> None:
        """A path is found by its exact bytes, in UTF-8."""
        acme = endpoint("acme")
        table = PathTable([("/mo", acme), ("/grüße", acme)])
        self.assertIs(table.find(b"/mo"), acme)
        self.assertIs(table.find("/grüße".encode()), acme)
        self.assertIsNone(table.find(b"/mo/"))
        self.assertEqual(len(table), 2)

    def test_taken(self) -> None:
        """Two owners of one path are refused, both named."""
        with self.assertRaises(PathTaken) as caught:
            PathTable([("/mo", endpoint("acme")), ("/mo", endpoint("globex"))])
        self.assertIn("acme", str(caught.exception))
        self.assertIn("globex", str(caught.exception))

    def test_allow(self) -> None:
        """Allow lists what is taken, and what the port answers by itself."""
        self.assertEqual(endpoint("a").allow, b"OPTIONS, POST")
        self.assertEqual(endpoint("a", "GET").allow, b"GET, HEAD, OPTIONS")

    def test_private(self) -> None:
        """An endpoint's repr names its owner and not its function."""
        self.assertEqual(repr(endpoint("acme")), "Endpoint(methods=frozenset({'POST'}), owner='acme')")


class Gates(SynchronousTestCase):
    """The bound on requests in flight."""

    def test_full(self) -> None:
        """A full gate lets nobody in until somebody leaves."""
        gate = Gate(1)
        self.assertEqual((gate.enter(), gate.enter()), (True, False))
        gate.leave()
        self.assertTrue(gate.enter())


class Refusals(SynchronousTestCase):
    """The log of refused requests."""

    def test_bounded(self) -> None:
        """A second has so many lines and no more; how many were held back is said in the next."""
        lines = RefusalLog("8191", per_second=2)
        with capturedLogs() as captured:
            for now in (0.0, 0.5, 0.9, 0.9, 1.0):
                lines.write(now, "192.0.2.1", 400, "there is no Host")
        self.assertEqual([event.get("count") for event in captured], [None, None, 2, None])
        self.assertEqual(
            (captured[0]["peer"], captured[0]["status"], captured[0]["reason"]), ("192.0.2.1", 400, "there is no Host")
        )

    def test_settled(self) -> None:
        """What was held back is said at the end, too."""
        lines = RefusalLog("8191", per_second=0)
        lines.write(0.0, "192.0.2.1", 400, "there is no Host")
        with capturedLogs() as captured:
            lines.settle()
            lines.settle()
        self.assertEqual([event["count"] for event in captured], [1])
