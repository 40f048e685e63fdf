"""Legs are read from a broker's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs import pem
from cicsms.model.errors import Rejected
from cicsms.model.settings import Broker, ProxySettings
from cicsms.web.sender_legs import leg
from tests.web.handshake import HOST, chain, serve, shake


class LegTests(SynchronousTestCase):
    """From settings to legs."""

    def trust(self, *roots: bytes) -> Path:
        """Write a trust file."""
        path = Path(self.mktemp())
        path.write_bytes(b"".join(roots))
        return path

    def test_trust(self) -> None:
        """A broker's own trust goes before the site's, and that before the system's."""
        made = chain()
        own, other = self.trust(pem.of_certificates(made.trusted)), self.trust(pem.of_certificates(chain().trusted))
        for broker, site, passes in ((own, other, True), (None, own, True), (other, own, False), (None, None, False)):
            tls = leg(Broker(name="acme", profile="acme", trust=broker), site).tls
            assert tls is not None
            self.assertEqual(shake(serve(made), tls.creator(HOST))[1].shaken, passes)

    def test_proxy(self) -> None:
        """Address, credentials and encryption of the proxy are taken over; an IPv6 address loses its brackets."""
        for encryption, secure in (("none", False), ("ssl", True)):
            settings = ProxySettings.model_validate({"address": "[::1]:3128", "login": "me", "encryption": encryption})
            settings = settings.model_copy(update={"password": SecretStr("secret")})
            proxy = leg(Broker(name="acme", profile="acme", proxy=settings)).proxy
            assert proxy is not None
            self.assertEqual((proxy.host, proxy.port, proxy.login, proxy.password), ("::1", 3128, "me", "secret"))
            self.assertEqual(proxy.tls is not None, secure)

    def test_refused(self) -> None:
        """A trust file without certificates is refused."""
        with self.assertRaises(Rejected):
            leg(Broker(name="acme", profile="acme", trust=self.trust()))
