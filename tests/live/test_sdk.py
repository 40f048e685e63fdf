"""Vendors' own clients against the emulator as a real process, over real sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plivo import RestClient
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.live.servers import HERE, emulator, free_ports

ACCOUNTS = {"twilio": "AC" + "1" * 32, "plivo": "MA" + "X" * 18}
SETTINGS = "".join(
    f'[[brokers]]\nname = "{name}"\nprofile = "{name}"\naccount = "{account}"\nlogin = "{account}"\npassword = "token"\n'
    for name, account in ACCOUNTS.items()
)


class Elsewhere(HTTPAdapter):
    """Sends what a client means for its vendor to an entry of the emulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send the request to the emulator, path and all."""
        request.url = self._base + request.path_url
        return super().send(request, *args, **kwargs)


class Clients(TestCase):
    """What the clients send is taken, what the emulator answers is understood."""

    timeout = 60

    async def setUp(self) -> None:  # type: ignore[override]
        """Start the emulator."""
        http, https, control = free_ports(3)
        self.base = f"http://{HERE}:{http}"
        process = emulator(Path(self.mktemp()), SETTINGS, http, https, control)
        await process.start()
        self.addCleanup(process.stop)

    def twilio(self, token: str = "token") -> Client:
        """Return Twilio's client, turned to the emulator."""
        client = TwilioHttpClient()
        assert client.session is not None
        client.session.mount("https://", Elsewhere(f"{self.base}/twilio"))
        return Client(ACCOUNTS["twilio"], token, http_client=client)

    async def test_twilio(self) -> None:
        """Twilio's client sends a message and understands that it is queued."""
        create = self.twilio().messages.create
        sent = await deferToThread(create, to="+15550001111", from_="+15550002222", body="Grüße, 世界")
        self.assertEqual((sent.status, sent.body, sent.to, len(sent.sid)), ("queued", "Grüße, 世界", "+15550001111", 34))

    async def test_twilio_refused(self) -> None:
        """Twilio's client understands that its credentials are refused."""
        with self.assertRaises(TwilioRestException) as caught:
            await deferToThread(self.twilio("wrong").messages.create, to="+15550001111", from_="+15550002222", body="x")
        self.assertEqual((caught.exception.status, caught.exception.code), (401, 20003))

    async def test_plivo(self) -> None:
        """Plivo's client sends a message to two recipients, and each has an id."""
        client = RestClient(ACCOUNTS["plivo"], "token")
        client.session.mount("https://", Elsewhere(f"{self.base}/plivo"))
        sent = await deferToThread(client.messages.create, src="15550002222", dst="15550001111<15550003333", text="Grüße")
        self.assertEqual((sent.message, len(sent.message_uuid)), ("message(s) queued", 2))
