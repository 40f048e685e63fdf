"""Findings on the screen."""

from __future__ import annotations

import sys
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from cicsms.cli._findings import counted, show, summed
from cicsms.model.errors import Finding, Severity

ERROR = Finding("bad", "c.toml:3: x[1]", "This is wrong.", "Do better.")
WARNING = Finding("odd", "c.toml:1: y", "This is odd.", "Look.", Severity.WARNING)


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Shown(SynchronousTestCase):
    """What is printed."""

    def test_pipe(self) -> None:
        """In a pipe each finding is one plain line, errors first."""
        stream = StringIO()
        self.patch(sys, "stdout", stream)
        self.assertTrue(show([WARNING, ERROR]))
        self.assertEqual(stream.getvalue(), f"{ERROR}\n{WARNING}\n")

    def test_terminal(self) -> None:
        """On a terminal a finding is spread over lines, brackets kept as they are."""
        stream = Terminal()
        self.patch(sys, "stdout", stream)
        self.assertFalse(show([WARNING]))
        self.assertEqual(stream.getvalue().count("\n"), 3)
        show([ERROR])
        self.assertIn("c.toml:3: x[1]\n", stream.getvalue())

    def test_counts(self) -> None:
        """Numbers agree with their nouns."""
        self.assertEqual(
            (summed([ERROR, ERROR, WARNING]), summed([]), counted(1, "route")), ("2 errors, 1 warning", "", "1 route")
        )
