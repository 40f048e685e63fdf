"""Replies that go to the kernel at once, and what happens where it takes them in part or not at all."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.main import CONNECTION_LOST
from twisted.internet.task import Clock
from twisted.internet.tcp import Connection
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.settings import Limits
from cicsms.web.listener import BrokerPort
from cicsms.web.paths import Endpoint, PathTable
from tests.web.listener_kit import POST, TAKEN, read_replies

FOUND = Endpoint(frozenset({"POST"}), "bench", lambda request: TAKEN)


class Kernel(Connection):
    """A TCP transport without a socket: ``takes`` says, write by write, how many octets the kernel takes, or that all is lost."""

    def __init__(self, *takes: int | Exception) -> None:
        self.takes = list(takes)
        self.prompt = b""
        self.later = b""

    def writeSomeData(self, data: bytes) -> Any:
        """Take what is allowed."""
        taken = self.takes.pop(0)
        if isinstance(taken, int):
            self.prompt += data[:taken]
            return min(taken, len(data))
        return taken

    def write(self, data: bytes) -> None:
        """Take what the reactor shall send."""
        self.later += data

    def getPeer(self) -> Any:
        """Name nobody."""
        return None

    def registerProducer(self, producer: object, streaming: bool) -> None:
        """Nobody has to wait here."""


class PromptTests(SynchronousTestCase):
    """No octet is lost, doubled or out of order."""

    def answers(self, kernel: Kernel, requests: int) -> None:
        """Let a connection over ``kernel`` answer so many requests, one after the other."""
        port = BrokerPort(Clock(), PathTable([("/mo", FOUND)]), Limits())
        connection = cast(Any, port.buildProtocol(None))
        connection.makeConnection(kernel)
        for _ in range(requests):
            connection.dataReceived(POST)

    def test_whole(self) -> None:
        """What the kernel takes whole never meets the transport's buffer."""
        kernel = Kernel(10_000, 10_000)
        self.answers(kernel, 2)
        self.assertEqual(([reply.body for reply in read_replies(kernel.prompt)], kernel.later), ([TAKEN.body] * 2, b""))

    def test_part(self) -> None:
        """The rest of a piece, and all that follows, goes through the transport, in order."""
        kernel = Kernel(10)
        self.answers(kernel, 3)
        self.assertEqual(len(kernel.prompt), 10)
        self.assertEqual([reply.body for reply in read_replies(kernel.prompt + kernel.later)], [TAKEN.body] * 3)

    def test_nothing(self) -> None:
        """A full socket buffer, or a lost connection, leaves all to the transport."""
        for first in (0, cast(Exception, CONNECTION_LOST)):
            kernel = Kernel(first)
            self.answers(kernel, 2)
            self.assertEqual(kernel.prompt, b"")
            self.assertEqual([reply.body for reply in read_replies(kernel.later)], [TAKEN.body] * 2)
