"""Definitions as a person reads them, and the pages of the manual that are made of them."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile.catalogue import UnknownProfile
from cicsms.profile.places import definitions
from cicsms.profile.reference import reference
from cicsms.profile.show import definition, whole
from cicsms.profile.show_page import page
from cicsms.profile.starter import starter

DOCS = Path(__file__).resolve().parents[2] / "docs" / "brokers"


class Show(SynchronousTestCase):
    """One profile, whole."""

    def test_every_profile_can_be_shown(self) -> None:
        """Every bundled profile shows its places and makes examples of every direction it has."""
        for path in definitions().glob("*.xml"):
            found = definition(path.stem)
            for profile in found.profiles:
                text = whole(found, profile)
                self.assertIn("## Examples", text)
                self.assertEqual("### An outbound message" in text, bool(profile.mt_method), profile.name)
                self.assertEqual("### An inbound message" in text, bool(profile.mo_methods), profile.name)

    def test_places_and_rules(self) -> None:
        """The fields with their places, the answer rules and the map of states are there."""
        found = definition("twilio")
        text = whole(found, found.profiles[0])
        for line in (
            "| form `To` | recipient | needed; as `plus` |",
            "3. **stopped**: status 4xx, `$.code` is `21610`",
            "| `undelivered` | `30001` | expired |",
            "To=%2B15552223333&From=%2B15550001111&Body=Hello%2C+world",
        ):
            self.assertIn(line, text)

    def test_definition_of_a_folder(self) -> None:
        """A definition in a configured folder is shown, too; an unknown broker is an error."""
        folder = Path(self.mktemp())
        folder.mkdir(parents=True)
        (folder / "acme.xml").write_text(starter("acme"), "utf-8")
        self.assertIn("acme/v1", whole(found := definition("acme", [folder]), found.profiles[0]))
        self.assertRaises(UnknownProfile, definition, "acme")


class Pages(SynchronousTestCase):
    """The pages in docs/brokers/ that are made, not written."""

    def test_reference_is_current(self) -> None:
        """The reference in the manual is what ``cicsms profile reference`` prints now."""
        self.assertEqual((DOCS / "reference.md").read_text("utf-8"), reference(), "run: make pages")

    def test_pages_are_current(self) -> None:
        """There is a page of every bundled broker, as ``cicsms profile page`` prints it now."""
        for path in definitions().glob("*.xml"):
            self.assertEqual((DOCS / f"{path.stem}.md").read_text("utf-8"), page(definition(path.stem)), "run: make pages")
