"""Rules on encryption."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.settings import Site
from tests.config.documents import broker, findings, rules

HTTPS = 'encryption = "https"'


class Directions(SynchronousTestCase):
    """MO and MT of one broker."""

    def test_http_gateway(self) -> None:
        """HTTPS for MO with an http gateway is refused, both settings named, at the gateway."""
        found = findings(broker("one", HTTPS))
        self.assertEqual([(one.rule, one.where) for one in found], [("schemes-differ", "c.toml:10: brokers[1] (one).mt.gateway")])
        self.assertIn("encryption is 'https', mt.gateway is http://one.example", found[0].said)

    def test_https_gateway(self) -> None:
        """Plain MO with an https gateway is refused as well."""
        self.assertEqual(rules(broker("one").replace("http://", "https://")), ["error schemes-differ"])

    def test_gateway_of_the_definition(self) -> None:
        """Without a gateway of its own, a broker has the definition's, which counts the same."""
        text = broker("one").replace('gateway = "http://one.example"', "").replace('"kannel"', '"acme"')
        self.assertEqual(rules(text), ["error schemes-differ"])
        self.assertEqual(rules(text.replace('profile = "acme"', f'profile = "acme"\n{HTTPS}')), [])

    def test_alike(self) -> None:
        """HTTPS both ways is fine."""
        self.assertEqual(rules(broker("one", HTTPS).replace("http://", "https://")), [])


class Called(SynchronousTestCase):
    """The URLs by which a broker calls."""

    def test_plain_url(self) -> None:
        """A broker whose encryption is HTTPS is not called by an http URL."""
        for setting, mo in (
            ('public_url = "http://sms.example"', ""),
            ("", '\nurl = "http://x"'),
            ("", '\nreceipt_url = "http://x"'),
        ):
            text = broker("one", f"{HTTPS}\n{setting}", f"port = 8443{mo}").replace(
                '"http://one.example"', '"https://one.example"'
            )
            self.assertIn("error url-scheme", rules(text))

    def test_tls_ends_at_a_proxy(self) -> None:
        """An https URL in front of a plain port is a reverse proxy: a warning, until the site file names it."""
        text = broker("one", 'public_url = "https://sms.example"').replace("http://one", "https://one")
        self.assertEqual(rules(text), ["warning url-scheme"])
        self.assertEqual(rules(text, site=Site.model_validate({"forwarders": ["10.0.0.1"]})), [])


class Certificate(SynchronousTestCase):
    """HTTPS on this node."""

    TEXT = broker("one", HTTPS).replace("http://", "https://")

    def test_missing(self) -> None:
        """HTTPS without a certificate in the site file is refused."""
        self.assertEqual(rules(self.TEXT, site=Site()), ["error https-without-certificate"])

    def test_there(self) -> None:
        """With a certificate, or with MO off, it is fine."""
        site = Site.model_validate({"tls": {"certificate": "c.pem", "key": "k.pem"}})
        self.assertEqual(rules(self.TEXT, site=site), [])
        self.assertEqual(rules(self.TEXT.replace("port = 8080", "port = 8080\nenabled = false"), site=Site()), [])
