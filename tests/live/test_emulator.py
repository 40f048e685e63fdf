"""The emulator as a real process: its command, its ports, and a webhook that listens beside it."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson
from treq.client import HTTPClient
from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.ssl import CertificateOptions
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.resource import Resource
from twisted.web.server import Site

from cicsms.certs import pem
from cicsms.certs.issue import issue
from cicsms.certs.recipe import recipe
from cicsms.emulator.tls import Agents
from cicsms.model.message import Mt, Outcome
from cicsms.model.wire import HttpReply
from cicsms.profile.catalogue import Catalogue
from cicsms.profile.values import Registration
from cicsms.web.tls import Credentials, server_options

reactor = cast(Any, installed)
TWISTD = str(Path(sys.executable).with_name("twistd"))
PORTS = ("--http", "tcp:0:interface=127.0.0.1", "--https", "tcp:0:interface=127.0.0.1", "--control", "tcp:0:interface=127.0.0.1")


class Command(ProcessProtocol):
    """A run of ``twistd cicsms-emulator``: what it printed, when it is up, and how it ended."""

    def __init__(self) -> None:
        self.printed = ""
        self.up: Deferred[dict[str, str]] = Deferred()
        self.ended: Deferred[int] = Deferred()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Collect what is printed, and see whether it says where everything is."""
        self.printed += data.decode()
        urls = re.search(r"play at (\S+) and (\S+); control and page at (\S+)/;", self.printed)
        if urls and not self.up.called:
            self.up.callback(dict(zip(("http", "https", "control"), urls.groups(), strict=True)))

    def processEnded(self, reason: Failure) -> None:
        """Note how it ended."""
        reason.trap(ProcessDone, ProcessTerminated)
        self.ended.callback(getattr(reason.value, "exitCode", None) or 0)


class Webhook(Resource):
    """Takes whatever is pushed."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, list[str]]]] = []
        self.headers: list[Any] = []

    def render(self, request: Any) -> bytes:
        """Note path and fields, and take it."""
        fields = {name.decode(): [value.decode() for value in values] for name, values in request.args.items()}
        self.seen.append((request.path.decode(), fields))
        self.headers.append(request.requestHeaders)
        return b"taken"


class Started(TestCase):
    """Starts the command, and ends it with the test."""

    timeout = 60

    def file(self, content: bytes) -> Path:
        """Write a file with this content."""
        path = Path(self.mktemp()).absolute()
        path.write_bytes(content)
        return path

    def start(self, *arguments: str) -> Command:
        """Start the command in a folder of its own; it is ended with the test."""
        command = Command()
        folder = Path(self.mktemp())
        folder.mkdir()
        process = reactor.spawnProcess(command, TWISTD, [TWISTD, "-n", "cicsms-emulator", *arguments], None, str(folder))

        def end() -> Deferred[int] | None:
            if command.ended.called:
                return None
            process.signalProcess("TERM")
            return command.ended

        self.addCleanup(end)
        return command


class EmulatorCommandTests(Started):
    """What the command says and does."""

    async def test_help(self) -> None:
        """``--help`` shows the options and examples."""
        command = self.start("--help")
        self.assertEqual(await command.ended, 0)
        self.assertIn("--seed", command.printed)
        self.assertIn("twistd -n cicsms-emulator --config emulator.toml", command.printed)

    async def test_port_taken(self) -> None:
        """A port that is taken ends it with exit code 1, the setting's name and no traceback."""
        port = reactor.listenTCP(0, Site(Resource()), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        taken = f"tcp:{port.getHost().port}:interface=127.0.0.1"
        command = self.start(*PORTS, "--control", taken)
        self.assertEqual(await command.ended, 1)
        self.assertIn("control = ", command.printed)
        self.assertNotIn("Traceback", command.printed)


class EmulatorLoopTests(Started):
    """MT in, MO and receipts out, over real sockets, plain and with TLS."""

    def listen(self, tls: CertificateOptions | None = None) -> tuple[Webhook, int]:
        """Listen as a webhook; return it and its port."""
        hook = Webhook()
        site = Site(hook)
        port = (
            reactor.listenSSL(0, site, tls, interface="127.0.0.1") if tls else reactor.listenTCP(0, site, interface="127.0.0.1")
        )
        self.addCleanup(port.stopListening)
        return hook, port.getHost().port

    async def call(self, method: str, url: str, body: object = None) -> Any:
        """Call the control API."""
        http = HTTPClient(Agent(reactor, pool=HTTPConnectionPool(reactor, persistent=False)))
        response = await http.request(method, url, data=None if body is None else orjson.dumps(body))
        return orjson.loads(await response.content() or b"null")

    async def fetch(self, url: str) -> bytes:
        """Fetch a file of the control port."""
        http = HTTPClient(Agent(reactor, pool=HTTPConnectionPool(reactor, persistent=False)))
        content: bytes = await (await http.get(url)).content()
        return content

    async def loop(self, scheme: str, hook: Webhook, port: int, more: str = "") -> None:
        """Send an MT and an MO through a played Twilio, and see the receipts."""
        settings = (
            f'seed = 4\n[[brokers]]\nname = "twilio-x"\nprofile = "twilio"\nlogin = "AC1"\naccount = "AC1"\npassword = "pw"\n'
            f'mo_url = "{scheme}://localhost:{port}/mo"\nreceipt_url = "{scheme}://localhost:{port}/dlr"\n'
            f"receipts = {{ delay = 0.01 }}\n{more}"
        )
        urls = await self.start(*PORTS, "--config", str(self.file(settings.encode()))).up
        api = f"{urls['control']}/emulator/v1"
        trust = self.file(await self.fetch(f"{api}/trust.pem"))

        profile = Catalogue.load().profile("twilio")
        registration = Registration("AC1", "AC1", "pw", {}, f"{urls[scheme]}/twilio-x")
        mt = Mt("+15550100", ("+15550001",), "grüße")
        self.assertEqual((await self.hand_over(profile.write_mt(mt, registration), trust, profile, mt)), Outcome.ACCEPTED)

        done = await self.call("GET", f"{api}/ledger?kind=receipt&done=true&after=2&wait=20")
        self.assertEqual(done["exchanges"][0]["reply"]["status"], 200)
        self.assertEqual([fields["MessageStatus"] for way, fields in hook.seen if way == "/dlr"], [["sent"], ["delivered"]])

        said = await self.call("POST", f"{api}/mo", {"broker": "twilio-x", "from": "+15550001", "text": "Ω"})
        self.assertEqual(b64decode(said["exchanges"][0]["reply"]["body"]), b"taken")
        self.assertEqual((hook.seen[-1][0], hook.seen[-1][1]["Body"]), ("/mo", ["Ω"]))
        self.assertTrue(hook.headers[-1].hasHeader("X-Twilio-Signature"))

    async def hand_over(self, request: Any, trust: Path, profile: Any, mt: Mt) -> Outcome:
        """Send an MT as a customer does, and return what its answer means."""
        http = HTTPClient(Agents(reactor)(trust))
        headers: dict[Any, Any] = dict(request.headers)
        response = await http.request(request.method, request.url, headers=headers, data=request.body)
        answers: Sequence[Any] = profile.read_answer(HttpReply(response.code, (), await response.content()), mt)
        return cast(Outcome, answers[0].outcome)

    async def test_plain(self) -> None:
        """The whole loop over HTTP."""
        hook, port = self.listen()
        await self.loop("http", hook, port)

    async def test_tls(self) -> None:
        """The whole loop over HTTPS, both sides holding the other's certificate against given anchors."""
        made = issue(recipe(), hosts=("localhost",), now=datetime.now(UTC))
        anchors = self.file(pem.of_certificates(made.trusted))
        hook, port = self.listen(server_options(Credentials(made.leaf, made.key, made.sent[1:])))
        await self.loop("https", hook, port, f'trust = "{anchors}"\n')
