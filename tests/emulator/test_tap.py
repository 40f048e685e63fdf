"""The options of the command, and how it refuses."""

from __future__ import annotations

from pathlib import Path

from twisted.application.service import IService
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase

from cicsms.emulator.tap import Options, chosen, makeService


class OptionsTests(SynchronousTestCase):
    """What may be typed."""

    def options(self, *words: str) -> Options:
        """Read a command line."""
        options = Options()
        options.parseOptions(list(words))
        return options

    def file(self, content: str) -> str:
        """Write a settings file."""
        path = Path(self.mktemp())
        path.write_text(content)
        return str(path)

    def refusal(self, *words: str) -> str:
        """Return the sentence the command ends with."""
        return str(self.assertRaises(SystemExit, makeService, self.options(*words)))

    def test_help(self) -> None:
        """The help shows every option and examples."""
        said = self.options().getUsage()
        for word in ("--config", "--seed", "--http", "--https", "--control", "--certs", "Examples:", "[[brokers]]"):
            self.assertIn(word, said)

    def test_over_the_file(self) -> None:
        """Options go over what the file says."""
        path = self.file('seed = 1\nhttp = "tcp:1"\nhttps = "tcp:2"\n')
        settings = chosen(self.options("--config", path, "--seed", "-5", "--http", "tcp:9", "--certs", "c"))
        self.assertEqual((settings.seed, settings.http, settings.https), (-5, "tcp:9", "tcp:2"))
        self.assertEqual(settings.certificates, Path("c").absolute())

    def test_wrong_words(self) -> None:
        """What can't be meant is refused with what to type instead."""
        for words, said in ((("--seed", "x"), "--seed 1"), (("--http", "8290"), "tcp:8290")):
            self.assertIn(said, str(self.assertRaises(UsageError, self.options, *words)))

    def test_service(self) -> None:
        """Without a file there is a service that plays every bundled broker."""
        self.assertTrue(IService.providedBy(makeService(self.options("--seed", "1"))))

    def test_bad_file(self) -> None:
        """A bad file ends the command with every fault."""
        said = self.refusal("--config", self.file('colour = 1\n[[brokers]]\nname = "a"\n'))
        self.assertIn("colour", said)
        self.assertIn("brokers[1].profile", said)

    def test_unknown_profile(self) -> None:
        """A profile that does not exist ends the command with its name."""
        self.assertIn("twillio", self.refusal("--config", self.file('[[brokers]]\nname = "a"\nprofile = "twillio"\n')))

    def test_certificates_missing(self) -> None:
        """A folder without certificates ends the command with the files it lacks."""
        said = self.refusal("--certs", self.mktemp())
        self.assertIn("server.pem", said)
        self.assertIn("server.key", said)
