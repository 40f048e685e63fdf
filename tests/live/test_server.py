"""The server as a process: over HTTPS with the emulator, reloaded while running, refused with every fault, stopped in order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import treq
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from cicsms.certs.folder import provide
from cicsms.profile.places import definitions
from tests.live.servers import HERE, NETWORK, Api, emulator, free_ports, server

ACCOUNT = "AC00000000000000000000000000000000"
CONFIGURATION = """
default_inbound_route = {{ kind = "queue", workgroup = "all" }}
workgroups = [{{ name = "all" }}]
[[brokers]]
name = "twilio"
profile = "twilio"
encryption = "https"
accounts = [
  {{ id = "{account}", login = "{account}", password = "the-auth-token", local_addresses = [{{ address = "+15551230001" }}] }},
]
mo = {{ port = {mo}, path = "/twilio/mo", receipt_path = "/twilio/receipts" }}
mt = {{ gateway = "https://localhost:{broker}/twilio" }}
"""
SECOND = """
[[brokers]]
name = "kannel"
profile = "kannel"
accounts = [{{ id = "main", local_addresses = [{{ address = "12345" }}] }}]
mo = {{ port = {port}, path = "/kannel/mo" }}
"""
EMULATOR = """
certificates = "{certs}"
[[brokers]]
name = "twilio"
profile = "twilio"
account = "{account}"
login = "{account}"
password = "the-auth-token"
local = "+15551230001"
mo_url = "https://localhost:{mo}/twilio/mo"
receipt_url = "https://localhost:{mo}/twilio/receipts"
trust = "{certs}/trust.pem"
receipts = {{ delay = 0.05 }}
"""


class ServerTests(TestCase):
    """One server and one emulator, joined over HTTPS by a development chain."""

    timeout = 120

    def setUp(self) -> None:
        """Lay both, not started yet."""
        self.mo, self.extra, api, http, https, control = free_ports(6)
        self.folder = Path(self.mktemp()).absolute()
        certs = self.folder / "certs"
        provide(certs, hosts=["localhost"], now=datetime.now(UTC))
        self.api = Api(api)
        self.control = f"http://{HERE}:{control}/emulator/v1"
        self.configuration = CONFIGURATION.format(account=ACCOUNT, mo=self.mo, broker=https)
        self.server = server(self.folder / "server", self.configuration, api)
        with (self.folder / "server" / "site.toml").open("a") as site:
            site.write(f'[tls]\ncertificate = "{certs}/fullchain.pem"\nkey = "{certs}/server.key"\ntrust = "{certs}/trust.pem"\n')
        self.emulator = emulator(
            self.folder / "emulator", EMULATOR.format(account=ACCOUNT, mo=self.mo, certs=certs), http, https, control
        )
        for process in (self.server, self.emulator):
            self.addCleanup(lambda running: Deferred.fromCoroutine(running.kill()), process)

    async def _state(self, message: str, wanted: str) -> dict[str, Any]:
        """Wait until a message is in a state; return all about it."""
        for _ in range(200):
            _, detail = await self.api.call("GET", f"/api/v1/messages/{message}")
            if detail["message"]["state"] == wanted:
                return dict(detail)
            await deferLater(NETWORK, 0.05)
        raise AssertionError(f"never {wanted}: {detail}")

    def test_there_and_back_over_https(self) -> Deferred[None]:
        """A message goes out, is delivered by receipts, and one comes in, all over HTTPS; no secret shows anywhere."""
        return Deferred.fromCoroutine(self._there_and_back())

    async def _there_and_back(self) -> None:
        await self.emulator.start()
        await self.server.start()
        _, sent = await self.api.call("POST", "/api/v1/messages", {"to": "+15551230002", "text": "hi 😀", "broker": "twilio"})
        detail = await self._state(sent["id"], "delivered")
        self.assertEqual([receipt["state"] for receipt in detail["receipts"]], ["sent", "delivered"])
        reply = await treq.post(
            f"{self.control}/mo", json={"broker": "twilio", "from": "+15551230002", "text": "héllo"}, persistent=False
        )
        self.assertEqual((await treq.json_content(reply))["exchanges"][0]["reply"]["status"], 200)
        self.assertRegex(detail["exchanges"][0]["tls"], "^TLSv1.3 TLS_AES.*; server name localhost; peer: subject CN=localhost")
        (received,) = await self.api.all_messages("direction=inbound")
        self.assertEqual((received["text"], received["queue"]), ("héllo", "queue:workgroup:all"))
        await self.server.stop()
        self.assertNotIn("the-auth-token", self.server.said())
        self.assertNotIn("Traceback", self.server.said())
        self.assertIn("Server Shut Down", self.server.said())

    def test_reload(self) -> Deferred[None]:
        """A new broker is served after a reload; a wrong document is refused with its faults, and the old one stays."""
        return Deferred.fromCoroutine(self._reload())

    async def _reload(self) -> None:
        document = self.folder / "server" / "configuration.toml"
        await self.server.start()
        document.write_text(self.configuration + SECOND.format(port=self.extra))
        self.assertEqual((await self.api.call("POST", "/api/v1/reload"))[0], 204)
        probe = await treq.get(f"http://{HERE}:{self.extra}/kannel/mo", persistent=False)
        self.assertEqual((probe.code, await treq.content(probe)), (200, b"alive\n"))
        document.write_text(self.configuration + SECOND.format(port=self.mo))
        status, said = await self.api.call("POST", "/api/v1/reload")
        self.assertEqual((status, bool(said["errors"])), (422, True))
        probe = await treq.get(f"http://{HERE}:{self.extra}/kannel/mo", persistent=False)
        self.assertEqual((probe.code, await treq.content(probe)), (200, b"alive\n"))

    def test_new_definition(self) -> Deferred[None]:
        """A definition put into a folder of the site is served after a reload; a broken one is refused and the old one stays."""
        return Deferred.fromCoroutine(self._new_definition())

    async def _new_definition(self) -> None:
        home = self.folder / "server"
        definition = home / "own" / "acme.xml"
        definition.parent.mkdir()
        site = home / "site.toml"
        site.write_text('profiles = ["own"]\n' + site.read_text())
        await self.server.start()
        sound = (definitions() / "kannel.xml").read_text().replace('name="kannel"', 'name="acme"', 1)
        definition.write_text(sound)
        own = SECOND.format(port=self.extra).replace('"kannel"', '"acme"').replace("/kannel/", "/acme/")
        (home / "configuration.toml").write_text(self.configuration + own)
        self.assertEqual((await self.api.call("POST", "/api/v1/reload"))[0], 204)
        definition.write_text(sound.replace("<receipt ", "<recipe ", 1))
        status, said = await self.api.call("POST", "/api/v1/reload")
        self.assertEqual(status, 422)
        self.assertIn("acme.xml", said["errors"][0]["place"])
        url = f"http://{HERE}:{self.extra}/acme/mo?from=%2B15551230002&to=12345&text=still+here&id=1"
        reply = await treq.get(url, persistent=False)
        self.assertEqual(reply.code, 200)
        (message,) = await self.api.all_messages("direction=inbound")
        self.assertEqual((message["broker"], message["text"]), ("acme", "still here"))

    def test_wrong_files(self) -> Deferred[None]:
        """Wrong files end the command with exit code 1 and every fault, without a traceback."""
        return Deferred.fromCoroutine(self._wrong_files())

    async def _wrong_files(self) -> None:
        folder = self.folder / "server"
        (folder / "configuration.toml").write_text(self.configuration + SECOND.format(port=self.mo) + "[purge]\ndays = 1\n")
        words = self.server.command
        out, err, code = await getProcessOutputAndValue(words[0], words[1:], path=str(folder), reactor=NETWORK)
        said = (out + err).decode()
        self.assertEqual(code, 1, said)
        self.assertNotIn("Traceback", said)
        for fault in ("purge.days", "brokers[2] (kannel).mo.port"):
            self.assertIn(fault, said)
