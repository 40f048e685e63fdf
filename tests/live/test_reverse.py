"""The server behind real reverse proxies: TLS ended there, and TLS again to us; signatures hold over the public URL."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SkipTest, TestCase

from cicsms.certs.folder import provide
from cicsms.model.message import Mo
from cicsms.model.wire import HttpReply
from cicsms.profile import Catalogue
from cicsms.profile.values import Facts, Registration
from cicsms.web.sender import Leg, Network, Sender
from cicsms.web.tls import ClientTls, Trust
from tests.live.reverse import HAPROXY, NGINX, Daemon, haproxy, nginx
from tests.live.servers import HERE, NETWORK, Api, free_ports, server

ACCOUNT = "AC00000000000000000000000000000000"
CONFIGURATION = """
default_inbound_route = {{ kind = "queue", workgroup = "all" }}
workgroups = [{{ name = "all" }}]
[[brokers]]
name = "twilio"
profile = "twilio"
encryption = "{encryption}"
public_url = "https://localhost:{public}"
accounts = [
  {{ id = "{account}", login = "{account}", password = "the-auth-token", local_addresses = [{{ address = "+15551230001" }}] }},
]
mo = {{ port = {mo}, path = "{path}", url = "https://localhost:{public}/twilio/mo" }}
"""
NGINX_ENDS = """
server {{
  listen {here}:{public} ssl;
  ssl_certificate {edge}/fullchain.pem; ssl_certificate_key {edge}/server.key;
  location / {{
    proxy_pass http://{here}:{mo}{base};
    proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
  }}
}}
"""
NGINX_AGAIN = NGINX_ENDS.replace(
    "proxy_pass http:",
    """proxy_ssl_trusted_certificate {inner}/trust.pem; proxy_ssl_verify on; proxy_ssl_verify_depth 3;
    proxy_ssl_name cic.example.test; proxy_ssl_server_name on;
    proxy_pass https:""",
)
HAPROXY_ENDS = """
frontend public
  bind {here}:{public} ssl crt {edge}/both.pem
  option forwardfor
  http-request set-header X-Forwarded-Proto https
  default_backend cic
backend cic
  server cic {here}:{mo}{tls}
"""
AGAIN = " ssl verify required ca-file {inner}/trust.pem sni str(cic.example.test) verifyhost cic.example.test"


class ReverseTests(TestCase):
    """One server, one proxy before it, and a broker that calls the public URL."""

    timeout = 120

    def setUp(self) -> None:
        """Issue both certificates: the public one of the proxy, and the inner one of this server."""
        self.public, self.mo, api = free_ports(3)
        self.folder = Path(self.mktemp()).absolute()
        self.edge, self.inner = self.folder / "edge", self.folder / "inner"
        provide(self.edge, hosts=["localhost"], now=datetime.now(UTC))
        provide(self.inner, hosts=["cic.example.test"], now=datetime.now(UTC))
        (self.edge / "both.pem").write_bytes((self.edge / "fullchain.pem").read_bytes() + (self.edge / "server.key").read_bytes())
        self.api = Api(api)

    def serve(self, *, encryption: str = "none", path: str = "/twilio/mo") -> None:
        """Lay the server."""
        document = CONFIGURATION.format(encryption=encryption, public=self.public, account=ACCOUNT, mo=self.mo, path=path)
        self.server = server(self.folder / "server", document, int(self.api.url.rpartition(":")[2]))
        site = self.folder / "server" / "site.toml"
        lines = f'forwarders = ["{HERE}"]\n' + site.read_text()
        if encryption == "https":
            lines += f'[tls]\ncertificate = "{self.inner}/fullchain.pem"\nkey = "{self.inner}/server.key"\n'
            lines += f'trust = "{self.inner}/trust.pem"\nnames = ["cic.example.test"]\n'
        site.write_text(lines)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.server.kill()))

    def filled(self, text: str, base: str = "") -> str:
        """Fill a proxy's configuration in."""
        names = {"here": HERE, "public": self.public, "mo": self.mo, "edge": self.edge, "inner": self.inner, "base": base}
        return text.replace("{tls}", "").format(**names)

    def nginx(self, text: str, base: str = "") -> Daemon:
        """Prepare nginx, or skip."""
        if not NGINX:
            raise SkipTest("nginx is not installed (Debian and Ubuntu: apt-get install nginx)")
        return nginx(self.folder, self.public, self.filled(text, base))

    def haproxy(self, text: str) -> Daemon:
        """Prepare HAProxy, or skip."""
        if not HAPROXY:
            raise SkipTest("haproxy is not installed (Debian and Ubuntu: apt-get install haproxy)")
        return haproxy(self.folder, self.public, self.filled(text))

    async def call(self, *more: tuple[bytes, bytes]) -> HttpReply:
        """Deliver a signed message to the public URL."""
        account = Registration(
            account=ACCOUNT, login=ACCOUNT, password="the-auth-token", mo_url=f"https://localhost:{self.public}/twilio/mo"
        )
        profile = Catalogue.load().profile("twilio")
        mo = Mo("+15551230002", "+15551230001", "héllo", "SM" + "0" * 32)
        request = profile.write_mo(mo, account, Facts(datetime.now(UTC), Random(1)))
        sender = Sender(NETWORK, Network(NETWORK))
        self.addCleanup(sender.close)
        leg = Leg(tls=ClientTls(Trust.file(self.edge / "trust.pem")))
        return await sender.send(evolve(request, headers=(*request.headers, *more)), 20, leg)

    async def delivered(self, before: Daemon) -> dict[str, Any]:
        """Start both, deliver one message, and return its exchange."""
        await self.server.start()
        await before.start(NETWORK, self.addCleanup)
        reply = await self.call((b"X-Forwarded-For", b"203.0.113.9"))
        self.assertEqual(reply.status, 200, (reply, self.server.said()))
        (message,) = await self.api.all_messages("direction=inbound")
        _, detail = await self.api.call("GET", f"/api/v1/messages/{message['id']}")
        return dict(detail["exchanges"][0])

    async def test_nginx_ends_tls(self) -> None:
        """Nginx ends TLS: the signature holds over the public URL, and the broker's address is the forwarded one."""
        self.serve()
        exchange = await self.delivered(self.nginx(NGINX_ENDS))
        self.assertEqual((exchange["peer"], exchange["tls"]), ("203.0.113.9", ""))

    async def test_nginx_tls_again(self) -> None:
        """Nginx speaks TLS to this server, and verifies its chain with the exported root."""
        self.serve(encryption="https")
        exchange = await self.delivered(self.nginx(NGINX_AGAIN))
        self.assertRegex(exchange["tls"], "^TLSv1.[23] .*; server name cic.example.test$")

    async def test_nginx_verifies(self) -> None:
        """A server of another root is refused by nginx, and nothing reaches us."""
        self.serve(encryption="https")
        await self.server.start()
        await self.nginx(NGINX_AGAIN.replace("{inner}/trust", "{edge}/trust")).start(NETWORK, self.addCleanup)
        self.assertEqual((await self.call()).status, 502)
        self.assertEqual(await self.api.all_messages("direction=inbound"), [])

    async def test_appended(self) -> None:
        """Where a rewriting appends the original path, the path of the settings is the one that arrives."""
        self.serve(path="/cic/twilio/mo")
        await self.delivered(self.nginx(NGINX_ENDS, "/cic/"))

    async def test_haproxy_ends_tls(self) -> None:
        """HAProxy ends TLS."""
        self.serve()
        await self.delivered(self.haproxy(HAPROXY_ENDS))

    async def test_haproxy_proxy_protocol(self) -> None:
        """HAProxy tells who called by the PROXY protocol, in both versions, before our TLS begins; the caller is not believed."""
        for word in ("send-proxy", "send-proxy-v2"):
            self.setUp()
            self.serve(encryption="https")
            site = self.folder / "server" / "site.toml"
            text = site.read_text().replace(f'forwarders = ["{HERE}"]', 'forwarders = ["127.0.0.3"]')
            site.write_text(f"proxy_protocol = [{self.mo}]\n" + text)
            before = self.haproxy(
                HAPROXY_ENDS.replace("{tls}", f" source 127.0.0.3 {word}{AGAIN}").replace("  option forwardfor\n", "")
            )
            exchange = await self.delivered(before)
            self.assertEqual(exchange["peer"], HERE)
            self.assertIn("server name cic.example.test", exchange["tls"])
            await self.server.kill()

    async def test_haproxy_tls_again(self) -> None:
        """HAProxy speaks TLS to this server, and verifies name and chain with the exported root."""
        self.serve(encryption="https")
        exchange = await self.delivered(self.haproxy(HAPROXY_ENDS.replace("{tls}", AGAIN)))
        self.assertIn("server name cic.example.test", exchange["tls"])
