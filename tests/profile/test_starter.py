"""The definition to begin with."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.errors import Severity
from cicsms.profile.check import check
from cicsms.profile.reader import read
from cicsms.profile.starter import BadName, starter


class Starter(SynchronousTestCase):
    """What ``profile new`` prints."""

    def test_is_a_definition(self) -> None:
        """It loads as it is, and the lint has nothing against it."""
        tree = read(starter("acme").encode(), "acme.xml")
        self.assertEqual([finding for finding in check(tree) if finding.severity is Severity.ERROR], [])
        self.assertEqual((tree.get("name"), tree.get("title")), ("acme", "Acme"))

    def test_any_title(self) -> None:
        """A title may have signs that XML does not take as they are."""
        self.assertEqual(read(starter("a", 'Smith & "Sons" <--').encode(), "a.xml").get("title"), 'Smith & "Sons" <-')

    def test_bad_name(self) -> None:
        """A name that no configuration could use is refused with what to write."""
        self.assertIn("small letters", str(self.assertRaises(BadName, starter, "Acme Inc")))
