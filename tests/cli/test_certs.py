"""The verb ``certs``."""

from __future__ import annotations

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
