"""Definitions together: found, named, refused as a whole."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.errors import Rejected
from cicsms.profile.catalogue import Catalogue, UnknownProfile
from tests.profile.builders import catalogue, names, profile, registration
from tests.profile.test_check import ACME


class CatalogueTests(SynchronousTestCase):
    """What an administrator may name."""

    def folder(self, **files: str) -> Path:
        """Return a folder with these definitions."""
        folder = Path(self.mktemp())
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.xml").write_text(text)
        return folder

    def test_bundled(self) -> None:
        """The bundled profiles are there under their full names."""
        wanted = {"twilio/form", "kannel/sendsms", "infobip/v3", "infobip/v2", "mblox_xml/mt-3.5"}
        self.assertLessEqual(wanted, set(names()))

    def test_first_of_broker(self) -> None:
        """A broker's name alone means its first profile."""
        self.assertEqual(profile("infobip").name, "infobip/v3")

    def test_unknown(self) -> None:
        """An unknown name is refused with the nearest ones."""
        with self.assertRaises(UnknownProfile) as caught:
            catalogue().profile("twillio")
        self.assertIn("twilio", str(caught.exception))

    def test_added(self) -> None:
        """A definition of a further folder needs no Python."""
        self.assertIn("acme/json", Catalogue.load([self.folder(acme=ACME)]).names())

    def test_duplicate(self) -> None:
        """Two definitions of one broker are refused, the first one named."""
        with self.assertRaises(Rejected) as caught:
            Catalogue.load([self.folder(acme=ACME, other=ACME)], bundled=False)
        (fault,) = caught.exception.findings
        self.assertEqual(fault.rule, "duplicate-broker")
        self.assertIn("acme.xml", fault.said)

    def test_all_faults(self) -> None:
        """The faults of all files come together."""
        bad = ACME.replace('path="$.text"', 'path="text"')
        with self.assertRaises(Rejected) as caught:
            Catalogue.load([self.folder(a=bad, b="<x/>", c="no")], bundled=False)
        self.assertEqual({fault.where.partition(":")[0] for fault in caught.exception.findings}, {"a.xml", "b.xml", "c.xml"})

    def test_digest(self) -> None:
        """The digest tells one state of a definition from another."""
        one = Catalogue.load([self.folder(acme=ACME)], bundled=False).profile("acme")
        other = Catalogue.load([self.folder(acme=ACME + "<!-- changed -->")], bundled=False).profile("acme")
        self.assertNotEqual(one.digest, other.digest)

    def test_description(self) -> None:
        """A profile says what it is, what it needs and what it can do."""
        one = profile("twilio")
        self.assertEqual(one.title, "Twilio: Programmable Messaging 2010-04-01")
        self.assertTrue(one.options["AuthToken"].secret)
        self.assertEqual(one.mo_methods, {"POST", "GET"})
        self.assertEqual(one.capabilities.long_text, "broker")
        self.assertEqual(one.receipt_key, "broker-id")
        self.assertEqual(profile("mblox_xml").reference_form, "digits8")

    def test_required_option(self) -> None:
        """A required option that the account leaves empty is named."""
        text = ACME.replace('name="Key" type="secret"', 'name="Key" type="secret" required="yes"')
        one = Catalogue.load([self.folder(acme=text)], bundled=False).profile("acme")
        self.assertEqual(one.missing(registration()), ("Key",))
        self.assertEqual(one.missing(registration(options={"Key": "x"})), ())

    def test_secrets(self) -> None:
        """No secret is in what an account shows of itself."""
        self.assertNotIn("s3cret", repr(registration(options={"AuthToken": "s3cret"})))
