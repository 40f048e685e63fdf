"""The command line as a whole: verbs, exit codes, version."""

from __future__ import annotations

import click

from cicsms.cli import EX_USAGE, main
from tests.cli.calling import Called


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """List every verb, by the words that call it."""
    if not isinstance(command, click.Group):
        return [words]
    context = click.Context(command)
    found = ((name, command.get_command(context, name)) for name in command.list_commands(context))
    return [leaf for name, inner in found if inner is not None for leaf in leaves(inner, (*words, name))]


class Whole(Called):
    """What holds for every verb."""

    def test_usage(self) -> None:
        """A wrong option, a missing verb or an unknown one exits with 64, whichever verb it is."""
        for words in [(), ("nonsense",), *leaves(main)]:
            result = self.call(*words, "--no-such-option")
            self.assertEqual((words, result.exit_code), (words, EX_USAGE))
            self.assertNotIn("Traceback", result.output)

    def test_help(self) -> None:
        """Every verb has a help text that starts with a sentence."""
        for words in leaves(main):
            result = self.call(*words, "--help")
            self.assertEqual(result.exit_code, 0, words)
            self.assertRegex(result.output, r"Usage: .*\n\n  [A-Z]", words)

    def test_no_verb(self) -> None:
        """Without a verb the help is shown, and that is a usage error."""
        result = self.call()
        self.assertEqual(result.exit_code, EX_USAGE)
        self.assertIn("config", result.output)

    def test_version(self) -> None:
        """The version is told."""
        self.assertRegex(self.call("--version").output, r"^cicsms, version \d+\.\d+")

    def test_private_modules(self) -> None:
        """A module whose name starts with an underscore is no verb."""
        self.assertEqual(self.call("_findings").exit_code, EX_USAGE)
        self.assertFalse([name for name in main.list_commands(click.Context(main)) if name.startswith(("_", "-"))])

    def test_files(self) -> None:
        """A missing file, or a folder, gives one clear line and exit code 1, whatever reads it."""
        for verb in (("config", "check"), ("config", "show"), ("route", "test", "--to", "1", "--config")):
            for path in ("/no/such/file.toml", str(self.folder)):
                result = self.call(*verb, path)
                self.assertEqual(result.exit_code, 1, verb)
                self.assertEqual(result.output.count("\n"), 1, result.output)
                self.assertIn(path, result.output)
