"""Templates of formatted numbers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.routing.template import BadTemplate, Template


class Templates(SynchronousTestCase):
    """Reading and filling."""

    def test_fill(self) -> None:
        """Groups are put in where they are named, ``$0`` being the whole match."""
        self.assertEqual(Template.read("+1$2$1-$0").fill(("0317", "0", "317")), "+13170-0317")

    def test_two_digits(self) -> None:
        """``$12`` is group 1 and a literal 2, as only one digit names a group."""
        self.assertEqual(Template.read("$12").fill(("x", "9")), "92")

    def test_highest(self) -> None:
        """The highest group is known, so that a check can hold it against the pattern."""
        self.assertEqual([Template.read(text).highest for text in ("", "123", "$0", "$1$7$2")], [0, 0, 0, 7])

    def test_bad(self) -> None:
        """A ``$`` that names no group is refused with its place."""
        for source in ("$", "1$", "$a", "$$1"):
            self.assertIn("without a digit", str(self.assertRaises(BadTemplate, Template.read, source)))
