"""The verb ``certs``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from cicsms.cli import main


def run(*words: str) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, ["certs", *words])


class IssueTests(SynchronousTestCase):
    """``cicsms certs issue``."""

    def test_issues_once(self) -> None:
        """The first call writes, the second keeps; both succeed and say what they did."""
        folder = self.mktemp()
        first, second = (run("issue", folder, "--host", "sms.example.test") for _ in range(2))
        self.assertEqual((first.exit_code, second.exit_code), (0, 0))
        self.assertIn("server.key", first.output)
        self.assertIn("Kept", second.output)

    def test_rsa(self) -> None:
        """RSA comes on request, with a size or without."""
        self.assertEqual(run("issue", self.mktemp(), "--host", "x.test", "--rsa").exit_code, 0)
        self.assertEqual(run("issue", self.mktemp(), "--host", "x.test", "--rsa", "3072").exit_code, 0)

    def test_lists(self) -> None:
        """The faults are listed with the code that names them."""
        self.assertIn("NAME-NO-SAN", run("issue", "--list").output)

    def test_usage(self) -> None:
        """A missing host, an unknown fault and days for a fault are wrong usage."""
        folder = self.mktemp()
        for words in (
            [folder],
            [folder, "--host", "x", "--fault", "nosuch"],
            [folder, "--host", "x", "--fault", "no-san", "--days", "3"],
        ):
            self.assertEqual(run("issue", *words).exit_code, 64)
        self.assertFalse(Path(folder).exists())

    def test_foreign(self) -> None:
        """A file in the way is named, and the exit code is 1."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "trust.pem").write_text("mine")
        refused = run("issue", str(folder), "--host", "x.test")
        self.assertEqual(refused.exit_code, 1)
        self.assertIn("trust.pem", refused.output)


class CheckTests(SynchronousTestCase):
    """``cicsms certs check``."""

    def check(self, fault: str, *words: str) -> Result:
        """Issue a chain and check it."""
        folder = Path(self.mktemp())
        run("issue", str(folder), "--host", "sms.example.test", "--fault", fault)
        files = (
            "--chain",
            str(folder / "fullchain.pem"),
            "--key",
            str(folder / "server.key"),
            "--trust",
            str(folder / "trust.pem"),
        )
        return run("check", *files, *words)

    def test_exit_codes(self) -> None:
        """Fit is 0, not fit is 1, warnings are 2 only where they are asked for, wrong usage is 64."""
        name = ("--name", "sms.example.test")
        for fault, words, code in (
            ("sound", name, 0),
            ("sound", (*name, "--strict"), 0),
            ("no-san", name, 1),
            ("leaf-twice", name, 0),
            ("leaf-twice", (*name, "--strict"), 2),
            ("sound", (*name, "--at", "2099-01-01"), 1),
            ("sound", (*name, "--leg", "mt", "--profile", "private", "--strict"), 0),
            ("sound", ("--at", "tomorrow"), 64),
            ("sound", ("--leg", "nowhere"), 64),
        ):
            self.assertEqual(self.check(fault, *words).exit_code, code, (fault, words))
        self.assertEqual(run("check").exit_code, 64)

    def test_json(self) -> None:
        """As JSON there is one object with findings."""
        found = json.loads(self.check("no-san", "--name", "sms.example.test", "--format", "json").output)
        self.assertEqual([finding["code"] for finding in found["findings"]], ["NAME-NO-SAN"])
        self.assertEqual(found["profile"], "private")

    def test_text(self) -> None:
        """As text the fault, its remedy and the broker's code are there."""
        said = self.check("missing-intermediate", "--name", "sms.example.test").output
        for words in ("CHAIN-MISSING-INTERMEDIATE", "11237", "Append it", "MISSING"):
            self.assertIn(words, said)


class BundleTests(SynchronousTestCase):
    """``cicsms certs bundle``."""

    def setUp(self) -> None:
        """Issue a chain in the wrong order."""
        self.folder = Path(self.mktemp())
        run("issue", str(self.folder), "--host", "x.test", "--fault", "leaf-not-first")
        self.file = self.folder / "fullchain.pem"

    def test_shows(self) -> None:
        """Without --fix the order is shown, nothing is written, and the exit code is 1."""
        before = self.file.read_bytes()
        shown = run("bundle", str(self.file))
        self.assertEqual((shown.exit_code, self.file.read_bytes()), (1, before))
        self.assertIn("1. CN=x.test   now certificate 2", shown.output)

    def test_fixes(self) -> None:
        """With --fix the file is right and its old content is kept; a second time there is nothing to do."""
        before = self.file.read_bytes()
        self.assertEqual(run("bundle", "--fix", str(self.file)).exit_code, 0)
        self.assertEqual((self.folder / "fullchain.pem.before").read_bytes(), before)
        words = ["check", "--chain", str(self.file), "--trust", str(self.folder / "trust.pem"), "--name", "x.test"]
        self.assertEqual(run(*words).exit_code, 0)
        again = run("bundle", "--fix", str(self.file))
        self.assertEqual((again.exit_code, "Wrote" in again.output), (0, False))

    def test_parts(self) -> None:
        """Several files, or one with a key in it, are written to another only."""
        parts = [str(self.folder / "server.pem"), str(self.folder / "chain.pem")]
        self.assertEqual(run("bundle", "--fix", *parts).exit_code, 64)
        out = self.folder / "out.pem"
        self.assertEqual(run("bundle", "--fix", "--out", str(out), *parts).exit_code, 0)
        self.assertEqual(out.read_bytes().count(b"BEGIN"), 2)
        self.file.write_bytes(self.file.read_bytes() + (self.folder / "server.key").read_bytes())
        refused = run("bundle", "--fix", str(self.file))
        self.assertEqual((refused.exit_code, b"PRIVATE" in self.file.read_bytes()), (64, True))

    def test_missing(self) -> None:
        """A missing issuer and a file that is none leave with 1, each named."""
        folder = self.mktemp()
        run("issue", folder, "--host", "x.test", "--fault", "missing-intermediate")
        shown = run("bundle", f"{folder}/fullchain.pem")
        self.assertEqual(shown.exit_code, 1)
        self.assertIn("CN=CIC CA   MISSING", shown.output)
        self.assertEqual(run("bundle", f"{folder}/server.key").exit_code, 1)
