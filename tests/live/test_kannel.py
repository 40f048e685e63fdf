"""The server process and Debian's Kannel: messages and receipts both ways, over the bundled profile and real sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import SkipTest, TestCase

from tests.live import kannel
from tests.live.servers import HERE, NETWORK, Api, free_ports, server

CONFIGURATION = """
default_inbound_route = {{ kind = "queue", workgroup = "all" }}
workgroups = [{{ name = "all" }}]
[[brokers]]
name = "kannel"
profile = "kannel"
public_url = "http://{here}:{port}"
accounts = [{{ id = "peer", login = "peer", password = "{password}", local_addresses = [{{ address = "12345" }}] }}]
mo = {{ port = {port}, path = "/kannel/mo", receipt_path = "/kannel/receipts" }}
mt = {{ gateway = "{gateway}", options = {{ UnicodeCharset = "{charset}" }} }}
"""
PHONE, LOOP, NOWHERE = "+15551230001", "+19991230001", "+18881230001"
GREEK = "Ωμέγα ✓ 😀"
LONG = "The quick brown fox, 100 % {of} [GSM] ~ jumps & runs + hides = €5? " * 7
LONG_GREEK = "Η γρήγορη αλεπού πηδά. 😀 " * 12


class KannelTests(TestCase):
    """One Kannel and one server."""

    timeout = 120

    def setUp(self) -> None:
        """Skip where Kannel is absent."""
        if said := kannel.missing():
            raise SkipTest(said)

        self.folder = Path(self.mktemp()).absolute()

    async def _start(self, charset: str = "UTF-8") -> None:
        """Start both; the server sends texts in UCS-2 in ``charset``."""
        folder = self.folder
        port, api = free_ports(2)
        self.kannel = kannel.Kannel(folder / "kannel", f"http://{HERE}:{port}/kannel/mo")
        names = {"here": HERE, "port": port, "password": kannel.PASSWORD, "gateway": self.kannel.gateway, "charset": charset}
        self.api = Api(api)
        self.server = server(folder / "server", CONFIGURATION.format(**names), api)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.server.kill()))
        self.addCleanup(lambda: Deferred.fromCoroutine(self.kannel.stop()))
        await self.server.start()
        await self.kannel.start()

    async def _until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """Look until there is something to see."""
        for _ in range(400):
            if seen := await look():
                return seen
            await deferLater(NETWORK, 0.05)
        raise AssertionError(f"never seen; the server said:\n{self.server.said()[-3000:]}")

    async def _sent(self, text: str, state: str, to: str = PHONE) -> dict[str, Any]:
        """Send a text and return all about it once it is in ``state``."""
        _, sent = await self.api.call("POST", "/api/v1/messages", {"to": to, "text": text, "broker": "kannel"})

        async def ended() -> Any:
            _, detail = await self.api.call("GET", f"/api/v1/messages/{sent['id']}")
            return detail if detail["message"]["state"] == state else None

        return dict(await self._until(ended))

    async def _received(self) -> dict[str, Any]:
        """Return the one message that came in."""
        (message,) = await self._until(lambda: self.api.all_messages("direction=inbound"))
        return dict(message)

    def test_outbound_gsm(self) -> Deferred[None]:
        """A GSM-7 text reaches the phone in one part, its receipts come by the dlr-url, and it ends delivered."""
        return Deferred.fromCoroutine(self._outbound("hello & {100 %} + €5?", 1, "utf-8", "text"))

    def test_outbound_ucs2(self) -> Deferred[None]:
        """A text of other scripts reaches the phone in UCS-2."""
        return Deferred.fromCoroutine(self._outbound(GREEK, 1, "utf-16-be", "ucs-2"))

    def test_outbound_long_gsm(self) -> Deferred[None]:
        """A long GSM-7 text reaches the phone whole, in parts that Kannel cut."""
        return Deferred.fromCoroutine(self._outbound(LONG, 4, "utf-8", "data"))

    def test_outbound_long_ucs2(self) -> Deferred[None]:
        """A long text in UCS-2 reaches the phone whole, in parts that Kannel cut."""
        return Deferred.fromCoroutine(self._outbound(LONG_GREEK, 5, "utf-16-be", "data"))

    def test_outbound_utf16(self) -> Deferred[None]:
        """Where the option says so, the text travels as octets of UTF-16, and the phone shows the same."""
        return Deferred.fromCoroutine(self._outbound(GREEK, 1, "utf-16-be", "ucs-2", "UTF-16BE"))

    async def _outbound(self, text: str, parts: int, charset: str, kind: str, travels: str = "UTF-8") -> None:
        await self._start(travels)
        detail = await self._sent(text, "delivered")
        states = {receipt["state"] for receipt in detail["receipts"]}
        self.assertEqual(states, {"sent", "delivered"})
        heard = self.kannel.phone.heard
        self.assertEqual(self.kannel.phone.text(charset), text)
        self.assertEqual({(part.sender, part.receiver, part.kind) for part in heard}, {("12345", PHONE, kind)})
        self.assertEqual((len(heard), {len(part.header) for part in heard}), (parts, {kannel.LINK_HEADER if parts > 1 else 0}))

    def test_refused(self) -> Deferred[None]:
        """A number that no carrier link takes ends the message with Kannel's own words; the phone hears nothing."""
        return Deferred.fromCoroutine(self._refused())

    async def _refused(self) -> None:
        await self._start()
        detail = await self._sent("hello", "rejected", NOWHERE)
        self.assertIn("Not routable. Do not try again.", str(detail))
        self.assertEqual(self.kannel.phone.heard, [])

    def test_inbound(self) -> Deferred[None]:
        """A GSM-7 text of the phone comes in with both numbers and goes to its queue."""
        return Deferred.fromCoroutine(
            self._inbound(lambda phone: phone.say(PHONE, "12345", "hi & {100 %} + €5?"), "hi & {100 %} + €5?")
        )

    def test_inbound_ucs2(self) -> Deferred[None]:
        """A UCS-2 text of the phone comes in as it was typed."""
        return Deferred.fromCoroutine(self._inbound(lambda phone: phone.say_ucs2(PHONE, "12345", GREEK), GREEK))

    def test_inbound_long(self) -> Deferred[None]:
        """A long text whose parts arrive in the wrong order comes in as one."""
        parts = [LONG[:150], LONG[150:300], LONG[300:]]
        return Deferred.fromCoroutine(self._inbound(lambda phone: phone.say_parts(PHONE, "12345", parts), LONG.strip()))

    async def _inbound(self, say: Callable[[kannel.Phone], None], text: str) -> None:
        await self._start()
        say(self.kannel.phone)
        message = await self._received()
        told = (message["text"].strip(), message["remote"], message["local"], message["queue"])
        self.assertEqual(told, (text, PHONE, "12345", "queue:workgroup:all"))

    def test_loopback(self) -> Deferred[None]:
        """A long UCS-2 text that Kannel cut, and handed back to itself, comes in whole."""
        return Deferred.fromCoroutine(self._loopback())

    async def _loopback(self) -> None:
        await self._start()
        await self.api.call("POST", "/api/v1/messages", {"to": LOOP, "text": LONG_GREEK, "broker": "kannel"})
        message = await self._received()
        self.assertEqual((message["text"], message["remote"], message["local"]), (LONG_GREEK, "12345", LOOP))
