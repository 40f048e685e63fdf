"""Loading site files and configuration documents."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.config import check, examine, load_configuration, load_site
from cicsms.model.errors import Rejected, Severity
from cicsms.model.settings import Configuration
from tests.config.documents import KNOWN, SECRET, broker

SITE = """
name = "node-a"
profiles = ["more"]
[api]
token = "{secret}"
[tls]
certificate = "server.pem"
key = "keys/server.key"
"""


class Files(SynchronousTestCase):
    """Base: a folder of its own."""

    def setUp(self) -> None:
        """Make the folder."""
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class Sites(Files):
    """Site files."""

    def test_absolute(self) -> None:
        """Every path starts at the file's folder, whatever the current folder is."""
        for name in ("server.pem", "keys/server.key", "more/x"):
            self.write(name, "")
        site = load_site(self.write("site.toml", SITE))
        self.assertEqual((site.state, site.configuration), (self.folder / "state", self.folder / "configuration.toml"))
        self.assertEqual(site.profiles, (self.folder / "more",))
        self.assertEqual(
            site.tls and (site.tls.certificate, site.tls.key), (self.folder / "server.pem", self.folder / "keys/server.key")
        )
        self.assertIsNone(site.tls and site.tls.chain)

    def test_empty(self) -> None:
        """An empty site file is a whole one."""
        self.assertEqual(load_site(self.write("site.toml", "")).name, "cicsms")

    def test_proxy_protocol(self) -> None:
        """The PROXY protocol needs forwarders: nobody else may speak it."""
        refused = self.assertRaises(Rejected, load_site, self.write("site.toml", "proxy_protocol = [8443]"))
        self.assertEqual([one.rule for one in refused.findings], ["proxy-protocol"])
        self.assertTrue(load_site(self.write("site.toml", 'proxy_protocol = [8443]\nforwarders = ["192.0.2.7"]')))

    def test_missing_files(self) -> None:
        """PEM files and folders that are not there are all told, with their lines."""
        refused = self.assertRaises(Rejected, load_site, self.write("site.toml", SITE))
        self.assertEqual([one.where.rpartition("/")[2] for one in refused.findings], [
            "site.toml:3: profiles[1]", "site.toml:7: tls.certificate", "site.toml:8: tls.key",
        ])  # fmt: skip

    def test_shape_and_rules_together(self) -> None:
        """A misspelt key does not hide a missing file, and no finding shows the token."""
        text = SITE.replace("{secret}", SECRET).replace("[api]", "[api]\nport = 1")
        refused = self.assertRaises(Rejected, load_site, self.write("site.toml", text))
        self.assertEqual(
            sorted(one.rule for one in refused.findings), ["profile-folder", "tls-file", "tls-file", "unknown-setting"]
        )
        self.assertNotIn(SECRET, str(refused) + repr(refused))


class Certificates(Files):
    """The certificates of a site file."""

    def rules(self, tls: str) -> list[str]:
        """Load a site file with this after its pair, and return the rules it breaks."""
        for name in ("server.pem", "server.key", "ca.pem"):
            self.write(name, "")
        path = self.write("site.toml", f'[tls]\ncertificate = "server.pem"\nkey = "server.key"\n{tls}')
        try:
            self.site = load_site(path)
        except Rejected as refused:
            return [one.rule for one in refused.findings]
        return []

    def test_accepted(self) -> None:
        """Only codes that exist can be accepted; a slip is told."""
        self.assertEqual(self.rules('accept = ["LEAF-SELF-SIGNED"]'), [])
        self.assertEqual(self.rules('accept = ["LEAF-SELFSIGNED", "X"]'), ["tls-accept"] * 2)

    def test_others(self) -> None:
        """Files of further certificates start at the folder, too, and must be there."""
        self.assertEqual(self.rules('others = [{ certificate = "server.pem", key = "server.key", names = ["b.test"] }]'), [])
        assert self.site.tls is not None
        self.assertEqual(self.site.tls.others[0].certificate, self.folder / "server.pem")
        self.assertEqual(self.rules('others = [{ certificate = "no.pem", key = "server.key" }]'), ["tls-file"])

    def test_clients(self) -> None:
        """Who demands client certificates says whose; fingerprints may be written with colons."""
        mark = ":".join(["AB"] * 32)
        self.assertEqual(self.rules(f'clients = {{ trust = "ca.pem", fingerprints = ["{mark}"] }}'), [])
        assert self.site.tls is not None
        self.assertEqual(self.site.tls.clients and self.site.tls.clients.fingerprints, ("ab" * 32,))
        self.assertEqual(self.rules('clients = { trust = "ca.pem" }'), ["tls-clients"])
        self.assertTrue(self.rules('clients = { trust = "ca.pem", fingerprints = ["abc"] }'))


class Configurations(Files):
    """Configuration documents."""

    def test_load(self) -> None:
        """A sound document loads, warnings or not; its trust files start at its folder."""
        self.write("anchors.pem", "")
        path = self.write("c.toml", broker("one", 'trust = "anchors.pem"', accounts='id = "a"\n[brokers.mt.options]'))
        loaded = load_configuration(path, KNOWN)
        self.assertEqual(loaded.brokers[0].trust, self.folder / "anchors.pem")

    def test_paths_within(self) -> None:
        """Paths deep inside a broker start at the folder as well; the system's trust stays a word."""
        self.write("proxy.pem", "")
        lines = """trust = "system"
proxy = { address = "localhost:3128", encryption = "ssl", trust = "proxy.pem" }
client = { certificate = "c.pem", key = "c.key" }"""
        examined = examine(self.write("c.toml", broker("one", lines)), KNOWN)
        assert examined.configuration is not None
        one = examined.configuration.brokers[0]
        self.assertEqual((str(one.trust), one.proxy and one.proxy.trust), ("system", self.folder / "proxy.pem"))
        self.assertEqual(one.client and one.client.key, self.folder / "c.key")
        self.assertEqual([finding.rule for finding in examined.findings], ["trust-file", "trust-file"])

    def test_warnings_pass(self) -> None:
        """Warnings refuse nothing."""
        path = self.write("c.toml", '[[brokers]]\nname = "one"\nprofile = "kannel"')
        self.assertEqual([one.severity for one in examine(path).findings], [Severity.WARNING] * 2)
        self.assertEqual(len(load_configuration(path).brokers), 1)

    def test_all_at_once(self) -> None:
        """Errors of shape and of rules are refused together, none hidden."""
        text = 'x = 1\ninbound_routes = [{ type = "ani", pattern = "(", destination = { kind = "email" } }]\n' + broker("one") * 2
        refused = self.assertRaises(Rejected, load_configuration, self.write("c.toml", text))
        rules = [one.rule for one in refused.findings]
        self.assertEqual(rules, ["unknown-setting", "bad-pattern", "broker-name-twice", "path-twice", "path-twice"])

    def test_nothing_left(self) -> None:
        """A document that is all wrong is refused without a traceback."""
        refused = self.assertRaises(Rejected, load_configuration, self.write("c.toml", "brokers = 1\npurge = 2\nusers = [3]"))
        self.assertEqual(len(refused.findings), 3)

    def test_from_elsewhere(self) -> None:
        """A configuration without a file is held against the same rules, its places told without lines."""
        document = {"inbound_routes": [{"type": "ani", "pattern": "1", "destination": {"kind": "email"}}]}
        found = check(Configuration.model_validate(document))
        self.assertEqual([one.where for one in found], ["configuration: inbound_routes"])
