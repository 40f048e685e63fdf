"""Calling the command line in this process, with definitions that tests choose."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from cicsms.cli import _settings as settings
from cicsms.cli import main
from tests.config.documents import KNOWN, Definitions


class KnownDefinitions:
    """Stands in for the catalogue of installed definitions."""

    @classmethod
    def load(cls, folders: object) -> Definitions:
        """Return the definitions of the tests."""
        return KNOWN


class Called(SynchronousTestCase):
    """Base: a folder to write files in, and a way to call a verb."""

    def setUp(self) -> None:
        """Make the folder and put the definitions in."""
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)
        self.patch(settings, "Catalogue", KnownDefinitions)

    def write(self, text: str, name: str = "c.toml") -> str:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def call(self, *words: str) -> Result:
        """Call the command line; a traceback fails the test."""
        result = CliRunner().invoke(main, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result
