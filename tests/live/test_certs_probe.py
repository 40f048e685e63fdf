"""The command ``cicsms certs probe`` as a process, against a live server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from cicsms.certs import pem
from cicsms.web.tls import Clients, ServerContexts
from tests.live.httpd import Echo, listen
from tests.live.proxyd import ProxyFactory, proxy
from tests.web.handshake import chain, credentials, serve


class CommandTests(TestCase):
    """One server, and the files of its chain."""

    timeout = 60

    def setUp(self) -> None:
        """Write the chain."""
        self.chain = chain(host="localhost")
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.trust = self.write("trust.pem", pem.of_certificates(self.chain.trusted))
        self.sent = self.write("sent.pem", pem.of_certificates(self.chain.sent))

    def write(self, name: str, content: bytes | str) -> str:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    async def run_it(self, *words: str, **environment: str) -> tuple[int, str]:
        """Run the command; return exit code and output."""
        command = ["-m", "cicsms", "certs", "probe", *words]
        env = {"PATH": "/usr/bin:/bin", **environment}
        out, err, code = await getProcessOutputAndValue(sys.executable, command, env=env, reactor=reactor)
        said = bytes(out + err).decode()
        self.assertNotIn("Traceback", said)
        return code, said

    async def test_answers(self) -> None:
        """A sound host leaves with 0; a wrong name and another chain than expected with 1, as text and as JSON."""
        port = await listen(reactor, Echo(), self.addCleanup, serve(self.chain))
        code, said = await self.run_it(f"localhost:{port}", "--trust", self.trust, "--expect", self.sent, "--leg", "mo-inner")
        self.assertEqual(code, 0, said)
        self.assertIn("127.0.0.1   TLSv1.3", said)
        other = self.write("other.pem", pem.of_certificates(chain(host="localhost").sent))
        words = (f"127.0.0.1:{port}", "--trust", self.trust, "--expect", other, "--format", "json")
        code, said = await self.run_it(*words)
        found: dict[str, Any] = json.loads(said)
        self.assertEqual((code, found["served"][0]["alpn"]), (1, "http/1.1"))
        self.assertEqual({one["code"] for one in found["findings"]}, {"NAME-MISMATCH", "PROBE-CHAIN-DIFFERS"})

    async def test_usage(self) -> None:
        """What can't be meant is wrong usage."""
        for words in (["localhost:x"], ["a..b:443"], ["localhost:1", "--cert", "x.pem"], ["localhost:1", "--broker", "acme"]):
            self.assertEqual((await self.run_it(*words))[0], 64, words)

    async def test_nothing_there(self) -> None:
        """A closed port leaves with 1 and its code."""
        code, said = await self.run_it("127.0.0.1:1", "--trust", self.trust)
        self.assertEqual(code, 1)
        self.assertIn("PROBE-CONNECT", said)

    async def test_by_proxy(self) -> None:
        """By a proxy that is named with its login; its password comes from the environment."""
        port = await listen(reactor, Echo(), self.addCleanup, serve(self.chain))
        through = await proxy(reactor, ProxyFactory(reactor), self.addCleanup)
        words = (f"localhost:{port}", "--trust", self.trust, "--proxy", f"127.0.0.1:{through}", "--proxy-login", "me")
        code, said = await self.run_it(*words, CICSMS_PROXY_PASSWORD="secret")
        self.assertEqual(code, 0, said)
        code, said = await self.run_it(*words, CICSMS_PROXY_PASSWORD="no")
        self.assertEqual(code, 1)
        self.assertIn("PROBE-PROXY-REFUSED", said)

    async def test_as_a_broker(self) -> None:
        """With a site and a broker its trust, its client certificate and its proxy are used."""
        ours = chain("client-purpose", host="us.test")
        contexts = ServerContexts(credentials(self.chain), clients=Clients(ours.trusted, frozenset({"us.test"})))
        port = await listen(reactor, Echo(), self.addCleanup, contexts)
        factory = ProxyFactory(reactor)
        through = await proxy(reactor, factory, self.addCleanup)
        self.write("us.pem", pem.of_certificates(ours.sent))
        self.write("us.key", pem.of_key(ours.key))
        self.write(
            "configuration.toml",
            f"""[[brokers]]
name = "acme"
profile = "kannel"
trust = "trust.pem"
client = {{ certificate = "us.pem", key = "us.key" }}
proxy = {{ address = "127.0.0.1:{through}", login = "me", password = "secret" }}
""",
        )
        site = self.write("site.toml", "")
        code, said = await self.run_it(f"localhost:{port}", "--site", site, "--broker", "acme")
        self.assertEqual(code, 0, said)
        self.assertGreaterEqual(len(factory.heads), 1)
        self.assertEqual((await self.run_it(f"localhost:{port}", "--site", site, "--broker", "nosuch"))[0], 64)
