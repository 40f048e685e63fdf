"""What was acknowledged survives SIGKILL, exactly once: inbound messages, and outbound ones against the emulator."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import treq
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from tests.live.servers import HERE, NETWORK, Api, Running, emulator, free_ports, server

ROUNDS = int(os.environ.get("CICSMS_KILL_ROUNDS", "20"))
CONNECTIONS = 32

CONFIGURATION = """
default_inbound_route = {{ kind = "queue", workgroup = "all" }}
workgroups = [{{ name = "all" }}]
[[brokers]]
name = "kannel"
profile = "kannel"
[[brokers.accounts]]
id = "main"
login = "tester"
password = "tester-password"
local_addresses = [{{ address = "12345" }}]
[brokers.mo]
port = {mo}
path = "/mo"
receipt_path = "/receipts"
[brokers.mt]
gateway = "http://127.0.0.1:{broker}/kannel"
"""

EMULATOR = """
[[brokers]]
name = "kannel"
profile = "kannel"
account = "main"
login = "tester"
password = "tester-password"
receipts = { sequence = [] }
"""


class Poster(Protocol):
    """Posts inbound messages over one connection, one after the other, and notes which were acknowledged."""

    def __init__(self, name: str, acknowledged: list[str]) -> None:
        self._name = name
        self._count = 0
        self._acknowledged = acknowledged
        self._heard = b""
        self.gone: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Begin."""
        self._post()

    def dataReceived(self, data: bytes) -> None:
        """Note an acknowledgement and go on."""
        self._heard += data
        if b"\r\n\r\n" not in self._heard:
            return
        if not self._heard.startswith(b"HTTP/1.1 200 "):
            raise AssertionError(self._heard)
        self._heard = b""
        self._acknowledged.append(f"{self._name}-{self._count}")
        self._count += 1
        self._post()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell that the server is gone."""
        self.gone.callback(None)

    def _post(self) -> None:
        """Send the next message."""
        target = f"/mo?from=%2B15551230002&to=12345&text=hello&charset=UTF-8&coding=0&id={self._name}-{self._count}"
        assert self.transport is not None
        self.transport.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


class NothingLostTests(TestCase):
    """Rounds of load, SIGKILL at a random moment, and a new start on the same store."""

    timeout = 600

    def setUp(self) -> None:
        """Lay a server and an emulator, not started yet; the seed is printed where a round fails."""
        self.seed = int(os.environ.get("CICSMS_SEED", Random().randrange(2**31)))
        self.random = Random(self.seed)
        self.mo, api, http, https, control = free_ports(5)
        self.api = Api(api)
        self.control = f"http://{HERE}:{control}/emulator/v1"
        folder = Path(self.mktemp())
        self.server = server(folder / "server", CONFIGURATION.format(mo=self.mo, broker=http), api)
        self.emulator = emulator(folder / "emulator", EMULATOR, http, https, control)
        self.addCleanup(self._end, self.server)
        self.addCleanup(self._end, self.emulator)

    def _end(self, process: Running) -> Deferred[None]:
        return Deferred.fromCoroutine(process.kill())

    def test_every_acknowledged_mo_is_there_once(self) -> Deferred[None]:
        """Every inbound message that was answered with 200 is found exactly once after a kill, round after round."""
        return Deferred.fromCoroutine(self._mo_rounds())

    async def _mo_rounds(self) -> None:
        acknowledged: list[str] = []
        for turn in range(ROUNDS):
            await self.server.start()
            posters = [Poster(f"r{turn}c{n}", acknowledged) for n in range(CONNECTIONS)]
            endpoint = TCP4ClientEndpoint(NETWORK, HERE, self.mo)
            for poster in posters:
                await connectProtocol(endpoint, poster)
            await deferLater(NETWORK, self.random.uniform(0.05, 0.4))
            await self.server.kill()
            await DeferredList([poster.gone for poster in posters])
        await self.server.start()
        kept = Counter(m["broker_ids"][0] for m in await self.api.all_messages("direction=inbound"))
        self.assertGreater(len(acknowledged), ROUNDS * CONNECTIONS, f"seed {self.seed}: hardly any load")
        self.assertEqual([name for name in acknowledged if kept[name] != 1], [], f"seed {self.seed}")
        self.assertEqual([name for name, times in kept.items() if times > 1], [], f"seed {self.seed}")

    def test_every_accepted_mt_is_sent_or_unknown(self) -> Deferred[None]:
        """Every outbound message that got an id reached the broker once, or is marked unknown; none is gone or sent twice."""
        return Deferred.fromCoroutine(self._mt_rounds())

    async def _mt_rounds(self) -> None:
        await self.emulator.start()
        accepted: list[str] = []
        for turn in range(ROUNDS):
            await self.server.start()
            senders = [Deferred.fromCoroutine(self._send(f"r{turn}c{n}", accepted)) for n in range(8)]
            await deferLater(NETWORK, self.random.uniform(0.05, 0.4))
            await self.server.kill()
            await DeferredList(senders, consumeErrors=True)
        await self.server.start()
        states = await self._settled(accepted)
        heard = await self._heard()
        seed = f"seed {self.seed}"
        self.assertGreater(len(accepted), ROUNDS, f"{seed}: hardly any load")
        self.assertEqual([m for m in accepted if m not in states], [], f"{seed}: gone")
        self.assertEqual([m for m in accepted if states[m]["state"] not in ("accepted", "unknown")], [], seed)
        silent = [m for m in accepted if states[m]["state"] == "accepted" and heard[states[m]["text"]] != 1]
        self.assertEqual(silent, [], f"{seed}: accepted, but not once at the broker")
        self.assertEqual([text for text, times in heard.items() if times > 1], [], f"{seed}: sent twice")

    async def _send(self, name: str, accepted: list[str]) -> None:
        """Send messages one after the other until the server is gone; note the ids it gave."""
        for count in range(10_000):
            body = {"to": "+15551230002", "text": f"{name}-{count}", "broker": "kannel"}
            status, said = await self.api.call("POST", "/api/v1/messages", body)
            self.assertEqual(status, 202)
            accepted.append(said["id"])

    async def _settled(self, accepted: list[str]) -> dict[str, dict[str, Any]]:
        """Wait until nothing is queued or being sent any more; return the messages by id."""
        end = NETWORK.seconds() + 60
        while True:
            found = {m["id"]: m for m in await self.api.all_messages("direction=outbound")}
            waiting = [m for m in found.values() if m["state"] in ("queued", "sending")]
            if not waiting or NETWORK.seconds() > end:
                return found
            await deferLater(NETWORK, 0.2)

    async def _heard(self) -> Counter[str]:
        """Count what the broker was sent, by text."""
        heard: Counter[str] = Counter()
        after = 0
        while True:
            reply = await treq.get(f"{self.control}/ledger?kind=mt&after={after}&limit=1000", persistent=False)
            entries = (await treq.json_content(reply))["exchanges"]
            if not entries:
                return heard
            heard.update(m["text"] for entry in entries for m in entry["messages"])
            after = entries[-1]["id"]
