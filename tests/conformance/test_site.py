"""Tests of the generated files: the product itself must find them sound."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.certs.folder import provide
from cicsms.config import load_configuration, load_site
from cicsms.conformance import toml
from cicsms.conformance.site import Ports, generate
from cicsms.conformance.target import BadTarget, load_target
from cicsms.emulator.loading import load_settings
from tests.conformance.world import catalogue


class GenerateTests(SynchronousTestCase):
    """One folder for server, emulator and suite."""

    def setUp(self) -> None:
        """Generate a site for every bundled profile."""
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        certificates = self.folder / "certs"
        provide(certificates, hosts=["localhost"], now=datetime.now(UTC))
        ports = Ports(1081, 1082, 1083, 1084, 1085, 1086)
        self.target = load_target(generate(self.folder, ports=ports, certificates=certificates, catalogue=catalogue()))

    def test_server_and_emulator_take_them(self) -> None:
        """The configuration has no error, and both sides have the same entries."""
        site = load_site(self.folder / "site.toml")
        server = load_configuration(site.configuration, catalogue())
        emulator = load_settings(self.folder / "emulator.toml")
        names = {broker.name for broker in self.target.brokers}
        self.assertEqual({broker.name for broker in server.brokers}, names)
        self.assertEqual({entry.name for entry in emulator.brokers}, names)

    def test_every_profile_over_both_schemes(self) -> None:
        """Each profile has an entry of its own over http and over https, with two accounts."""
        own = [broker for broker in self.target.brokers if not broker.golden]
        wanted = {(name, scheme) for name in catalogue().names() for scheme in ("http", "https")}
        self.assertEqual({(broker.profile, broker.scheme) for broker in own}, wanted)
        self.assertTrue(all(len(broker.accounts) == 2 for broker in own))

    def test_the_published_token_is_an_entry(self) -> None:
        """The vendor's signature sample gets a broker with its URL and token."""
        urls = {broker.mo_url for broker in self.target.brokers if broker.scheme == "https"}
        self.assertIn("https://mycompany.com/myapp.php", urls)

    def test_files_with_secrets_are_private(self) -> None:
        """Only the owner reads what holds secrets."""
        for name in ("site.toml", "configuration.toml", "emulator.toml", "target.toml"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o077, 0, name)

    def test_secrets_can_be_searched_for(self) -> None:
        """The API's token and every made-up password are among the secrets; short published ones are not."""
        self.assertIn(self.target.server.token.get_secret_value(), self.target.secrets)
        self.assertNotIn("12345", self.target.secrets)
        self.assertNotIn(self.target.server.token.get_secret_value(), repr(self.target))

    def test_a_bad_target_is_one_clear_error(self) -> None:
        """A missing file, broken TOML and a missing table are refused with the reason."""
        for text in (None, "= nonsense", "[server]\napi = 1\n"):
            path = self.folder / "other.toml"
            if text is not None:
                path.write_text(text)
            self.assertIn("other.toml", str(self.assertRaises(BadTarget, load_target, path)))


class TomlTests(SynchronousTestCase):
    """The writer of TOML."""

    def test_is_read_back(self) -> None:
        """Tables, arrays of tables, odd keys and odd strings come back as they were."""
        table: toml.Table = {
            "a": 'quote " back \\ line\n ü',
            "n": 1,
            "f": 0.5,
            "b": True,
            "list": ["x", "y"],
            "empty": [],
            "t": {"odd key": "v", "inner": {"deep": 1}},
            "many": [{"name": "one", "sub": {"k": "v"}}, {"name": "two", "subs": [{"z": 1}]}],
        }
        self.assertEqual(tomllib.loads(toml.dumps(table)), table)
