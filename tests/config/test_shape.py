"""Faults of shape: each becomes a plain sentence with a place and a remedy, all at once."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.shape import Shaped, shape
from cicsms.config.source import parse
from cicsms.model.settings import Configuration, Site
from tests.config.documents import SECRET, broker, rules


def shaped(text: str) -> Shaped[Configuration]:
    """Shape a configuration."""
    return shape(parse(text, "c.toml"), Configuration)


def said(text: str) -> list[str]:
    """Return the findings on a configuration as lines."""
    return [str(finding) for finding in shaped(text).findings]


class Sentences(SynchronousTestCase):
    """What is said."""

    def one(self, text: str) -> str:
        """Return the only finding on a text."""
        lines = said(text)
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_unknown_setting(self) -> None:
        """A misspelt setting is told with the nearest that exists there."""
        line = self.one(broker("one", "enabeld = true"))
        self.assertEqual(
            line,
            "c.toml:4: brokers[1] (one).enabeld: error unknown-setting: There is no such setting here. Did you mean enabled?",
        )

    def test_unknown_setting_in_a_variant(self) -> None:
        """In a destination the keys of its own kind are offered."""
        line = self.one('default_inbound_route = { kind = "queue", workgrop = "a" }')
        self.assertIn("default_inbound_route.workgrop", line)
        self.assertIn("Did you mean workgroup?", line)

    def test_unknown_and_unlike(self) -> None:
        """A name like no other gets the list of what is known."""
        self.assertIn("Known: enabled, days.", self.one("[purge]\nxyzzy = 1"))

    def test_missing(self) -> None:
        """A missing setting is told at its table."""
        self.assertIn("c.toml:1: brokers[1] (one).profile: error setting-missing", self.one('[[brokers]]\nname = "one"'))

    def test_port_range(self) -> None:
        """A port out of range is told with the number and the bound."""
        for port, bound in ((0, "at least 1"), (65536, "at most 65535")):
            line = self.one(broker("one", mo=f"port = {port}"))
            self.assertIn("brokers[1] (one).mo.port: error setting", line)
            self.assertIn(f"out of range: {port}. Write {bound}.", line)

    def test_types(self) -> None:
        """A value of the wrong type is told in TOML's words, not in Python's."""
        cases = {
            "consolidate = 7": "must be true or false",
            "[purge]\ndays = 2.5": "must be a whole number",
            '[purge]\ndays = "x"': "must be a whole number",
            "brokers = 1": "must be a list",
            "purge = 1": "must be a table",
            'default_inbound_route = "email"': "must be a table",
            "default_inbound_route = {}": "has no kind",
            'default_inbound_route = { kind = "fax" }': "no known kind",
            "classifications = [1]": "must be a text",
            'classifications = ["?"]': "form that is not allowed",
        }
        for text, words in cases.items():
            self.assertIn(words, self.one(text))

    def test_paths(self) -> None:
        """A path that could not stand in a request line is refused with an example."""
        for path in ("mo", "", "/a b", "/a?b", "/a#b", "/\\u00e4"):
            lines = said(f'[[brokers]]\nname = "o"\nprofile = "p"\n[brokers.mo]\nport = 1\npath = "{path}"')
            self.assertIn("write for example /twilio/mo", lines[0])

    def test_urls(self) -> None:
        """A base URL has a scheme, a host, a possible port, and no credentials."""
        for url in (
            "ftp://x",
            "https://",
            "x.example",
            "https://u:p@x",
            "https://x:99999",
            "https://x/#f",
            "http://[::1",
            "http://a b",
        ):
            self.assertIn("public_url", self.one(broker("one", f'public_url = "{url}"')))

    def test_proxy(self) -> None:
        """A proxy is host and port; a wrong one is not repeated, since it may hold a password."""
        for address in ("proxy", f"u:{SECRET}@proxy:3128", "http://proxy:1", "proxy:0", "proxy:65536", "proxy:١"):
            line = self.one(broker("one") + f'[brokers.proxy]\naddress = "{address}"')
            self.assertIn("for example proxy.acme.example:3128", line)
            self.assertNotIn(SECRET, line)
        self.assertEqual(said(broker("one") + '[brokers.proxy]\naddress = "[::1]:3128"'), [])

    def test_networks(self) -> None:
        """A forwarder that is no network is told once, not once per variant of networks."""
        found = shape(parse('forwarders = ["10.0.0.0/8", "nonsense"]', "s.toml"), Site).findings
        self.assertEqual([finding.where for finding in found], ["s.toml:1: forwarders[2]"])


class Everything(SynchronousTestCase):
    """All at once."""

    def test_in_order(self) -> None:
        """Every fault is told, in the order of the file."""
        lines = said('x = 1\n[purge]\ndays = 1\n[features]\nI3_FEATURE_SMS = "maybe"\n[parameters]\nPartyIdleTime = 0')
        self.assertEqual([line.split(" ")[0] for line in lines], ["c.toml:1:", "c.toml:3:", "c.toml:5:", "c.toml:7:"])

    def test_rules_see_the_rest(self) -> None:
        """A fault of shape does not hide that two other brokers share a path; their places are those in the file."""
        twin = broker("two").replace("/two/mo", "/one/mo")
        found = shaped('[[brokers]]\nname = "broken"\n' + broker("one") + twin)
        self.assertEqual([one.name for one in found.value.brokers] if found.value else [], ["one", "two"])
        self.assertEqual(found.rest.before(("brokers", 1, "mo")), ("brokers", 2, "mo"))
        self.assertEqual(
            rules('[[brokers]]\nname = "broken"\n' + broker("one") + twin), ["error setting-missing", "error path-twice"]
        )

    def test_no_false_echo(self) -> None:
        """A route to a broker that was put aside is not called a route to an unknown broker."""
        route = 'outbound_routes = [{ pattern = ".*", broker = "broken", account = "a" }]\n'
        self.assertEqual(rules(route + '[[brokers]]\nname = "broken"'), ["error setting-missing"])

    def test_secrets(self) -> None:
        """No fault of shape repeats a value that may be a secret."""
        head = f'[[brokers]]\nname = "{SECRET}!"\nprofile = "{SECRET}!"\n'
        text = f'{head}[[brokers.accounts]]\nid = "a"\npassword = ["{SECRET}"]\nlogin = 7\n'
        lines = [str(finding).replace(f"({SECRET}!)", "") for finding in shaped(text).findings]
        self.assertNotIn(SECRET, "".join(lines))
        self.assertEqual(len(lines), 4)
