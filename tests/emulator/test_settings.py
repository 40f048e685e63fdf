"""The emulator's settings, and the file they come from."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.loading import load_settings
from cicsms.emulator.settings import BrokerEntry, EmulatorSettings, default_entries
from cicsms.model.errors import Rejected


class SettingsTests(SynchronousTestCase):
    """What may be set."""

    def test_loopback(self) -> None:
        """Unless told otherwise, every port listens on the loopback interface only."""
        settings = EmulatorSettings()
        for endpoint in (settings.http, settings.https, settings.control):
            self.assertIn("interface=127.0.0.1", endpoint)

    def test_secrets_hidden(self) -> None:
        """Neither password nor options show in a repr."""
        entry = BrokerEntry.model_validate({"name": "a", "profile": "b", "password": "s3cret", "options": {"k": "s3cret"}})
        self.assertNotIn("s3cret", repr(entry) + entry.model_dump_json())

    def test_default_entries(self) -> None:
        """Every profile is played; a broker's first one under the broker's own name."""
        entries = default_entries(["acme/form", "acme/json", "zeta/xml"])
        self.assertEqual(
            [(entry.name, entry.profile) for entry in entries],
            [("acme", "acme/form"), ("acme-json", "acme/json"), ("zeta", "zeta/xml")],
        )

    def test_names_once(self) -> None:
        """Two entries of one name are refused: the name is their path."""
        with self.assertRaises(ValidationError) as caught:
            EmulatorSettings.model_validate({"brokers": [{"name": "a", "profile": "b"}] * 2})
        self.assertIn("several brokers are named a", str(caught.exception))


class LoadingTests(SynchronousTestCase):
    """How the file is read."""

    def load(self, content: str | bytes) -> EmulatorSettings:
        """Load a file with this content."""
        self.path = Path(self.mktemp())
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_settings(self.path)

    def rejected(self, content: str | bytes) -> list[str]:
        """Return the findings on a file with this content."""
        return [str(finding) for finding in self.assertRaises(Rejected, self.load, content).findings]

    def test_whole(self) -> None:
        """A file is read with its paths taken from the folder it lies in."""
        settings = self.load(
            'seed = 3\ncertificates = "certs"\nprofiles = ["mine"]\n'
            '[[brokers]]\nname = "twilio-https"\nprofile = "twilio/form"\ntrust = "trust.pem"\n'
            'receipts = { delay = 0.1, sequence = ["accepted", "delivered"] }\n'
        )
        folder = self.path.absolute().parent
        self.assertEqual((settings.certificates, settings.profiles), (folder / "certs", (folder / "mine",)))
        self.assertEqual(settings.brokers[0].trust, folder / "trust.pem")
        self.assertEqual(len(settings.brokers[0].receipts.sequence), 2)

    def test_all_findings(self) -> None:
        """Every fault is told at once, with its place, and without the value that is at fault."""
        found = self.rejected('colour = "s3cret"\n[[brokers]]\nname = "A B"\nretries = [-1]\npassword = 3\n')
        self.assertEqual(len(found), 5)
        self.assertTrue(any("brokers[1].name" in line for line in found))
        self.assertTrue(any("brokers[1].retries[1]" in line for line in found))
        self.assertTrue(any("brokers[1].profile" in line for line in found))
        self.assertNotIn("s3cret", "".join(found))

    def test_not_toml(self) -> None:
        """What is no TOML is refused with the line."""
        self.assertIn("line 2", self.rejected("seed = 1\nseed = = 2\n")[0])

    def test_not_utf8(self) -> None:
        """What is no UTF-8 is refused with the byte."""
        self.assertIn("byte 4", self.rejected(b"x= '" + bytes([255]) + b"'")[0])

    def test_missing(self) -> None:
        """A file that is not there is one finding."""
        self.assertIn("can't be read", str(self.assertRaises(Rejected, load_settings, Path("nowhere.toml"))))
