"""The suite's own instruments on real sockets and processes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet import endpoints, protocol, reactor
from twisted.trial.unittest import TestCase

from cicsms.conformance.peer.client import JsonClient, Unreachable
from cicsms.conformance.peer.command import Commands
from cicsms.conformance.peer.ports import HERE, black_hole, free_ports, listening
from cicsms.conformance.peer.wire import Wire, never, replies
from cicsms.conformance.peer.wirelog import WireLog

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Answering(protocol.Protocol):
    """Answers each request that ends with a blank line; closes when it is told to."""

    def dataReceived(self, data: bytes) -> None:
        """Answer what is whole."""
        assert self.transport is not None
        for _ in range(data.count(b"\r\n\r\n")):
            self.transport.write(OK)
        if b"CLOSE" in data:
            self.transport.loseConnection()


class WireTests(TestCase):
    """Raw connections."""

    async def _wire(self, limit: float = 10.0) -> Wire:
        """Start an answering server and return a wire to it."""
        port = await endpoints.TCP4ServerEndpoint(reactor, 0, interface=HERE).listen(protocol.Factory.forProtocol(Answering))
        self.addCleanup(port.stopListening)
        self.log = WireLog([b"hush"])
        return Wire(endpoints.TCP4ClientEndpoint(reactor, HERE, port.getHost().port), self.clock(), self.log, limit)

    @staticmethod
    def clock() -> Any:
        """Return the reactor as a clock."""
        return reactor

    async def test_is_content_with_what_is_enough(self) -> None:
        """Two requests in two pieces give two replies on one connection, and the log has both directions."""
        wire = await self._wire()
        heard = await wire.talk(b"GET / HTTP/1.1\r\n\r\n", b"GET /hush HTTP/1.1\r\n\r\n", enough=replies(2))
        self.assertEqual([reply.body for reply in heard.replies], [b"hi", b"hi"])
        self.assertEqual({entry.direction for entry in self.log.entries} - {"-"}, {">", "<"})
        self.assertNotIn(b"hush", b"".join(entry.data for entry in self.log.entries))

    async def test_gives_up_in_time(self) -> None:
        """A peer that stays silent costs no more than the limit."""
        wire = await self._wire(limit=0.2)
        heard = await wire.talk(b"GET / HTTP/1.1\r\n")
        self.assertEqual((heard.status, heard.closed, heard.timed_out), (0, False, True))

    async def test_drips_until_it_is_closed(self) -> None:
        """Pieces leave one after the other with their pause, and the end of the connection ends the talk."""
        wire = await self._wire()
        heard = await wire.talk(b"a", b"b", b"CLOSE\r\n\r\n", b"late", pause=0.02, enough=never)
        self.assertEqual((heard.closed, heard.status), (True, 200))
        self.assertGreaterEqual(heard.seconds, 0.04)

    async def test_a_refused_connection_is_silence(self) -> None:
        """Nobody there is told as a closed connection without a byte, for the case to judge."""
        wire = Wire(endpoints.TCP4ClientEndpoint(reactor, HERE, free_ports(1)[0]), self.clock(), WireLog())
        heard = await wire.talk(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual((heard.data, heard.closed), (b"", True))

    async def test_a_black_hole_swallows_connections(self) -> None:
        """A port whose queue is full never answers a connection attempt."""
        with black_hole() as port:
            wire = Wire(endpoints.TCP4ClientEndpoint(reactor, HERE, port), self.clock(), WireLog(), limit=0.3)
            heard = await wire.talk(b"x")
        self.assertEqual((heard.data, heard.sent), (b"", 0))

    async def test_a_knock_is_noticed(self) -> None:
        """The port for the search for fetches tells whether anybody came."""
        with listening() as (port, knocked):
            self.assertFalse(knocked())
            await Wire(endpoints.TCP4ClientEndpoint(reactor, HERE, port), self.clock(), WireLog(), limit=0.1).talk(b"x")
            self.assertTrue(knocked())


class InstrumentTests(TestCase):
    """Commands and control interfaces."""

    async def test_a_command_tells_code_and_output(self) -> None:
        """Exit code, standard output and standard error come back."""
        words = [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"]
        ran = await Commands(reactor, Path.cwd()).run(words)
        self.assertEqual(ran.code, 3)
        self.assertEqual(set(ran.output.split()), {"out", "err"})

    async def test_nobody_at_the_api_is_one_clear_error(self) -> None:
        """A control interface that is not there raises one error that names the call."""
        client = JsonClient(reactor, f"http://{HERE}:{free_ports(1)[0]}")
        with self.assertRaises(Unreachable) as caught:
            await client.call("GET", "/x")
        self.assertIn("GET", str(caught.exception))
        await client.close()
