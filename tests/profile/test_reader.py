"""Definitions that are no definitions: every fault named with its line, nothing fetched, nothing expanded."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.errors import Finding, Rejected
from cicsms.profile.places import definitions
from cicsms.profile.reader import MOST_OCTETS, read, read_file

GOOD = (definitions() / "twilio.xml").read_bytes()


def faults(data: bytes) -> tuple[Finding, ...]:
    """Return the findings with which a definition is refused; none where it is taken."""
    try:
        read(data, "acme.xml")
    except Rejected as rejected:
        return rejected.findings
    return ()


def line_of(data: bytes, text: bytes) -> int:
    """Return the line on which ``text`` first stands."""
    return data.count(b"\n", 0, data.index(text)) + 1


class ReaderTests(SynchronousTestCase):
    """The first gate of a definition."""

    def test_good(self) -> None:
        """A bundled definition is read, with the line of each element."""
        root = read(GOOD, "twilio.xml")
        self.assertEqual((root.tag, root.get("name")), ("broker", "twilio"))
        mo = next(node for node in root.walk() if node.tag == "mo")
        self.assertEqual(mo.where, f"twilio.xml:{line_of(GOOD, b'<mo ')}")

    def test_unknown_element(self) -> None:
        """An element the schema lacks is named with its line."""
        bad = GOOD.replace(b"<ids ", b"<idz ")
        (fault,) = faults(bad)
        self.assertEqual((fault.rule, fault.where), ("schema", f"acme.xml:{line_of(bad, b'<idz ')}"))
        self.assertIn("idz", fault.said)

    def test_missing_element(self) -> None:
        """A missing element is named at the element that lacks it."""
        bad = GOOD.replace(b'<ids mt="SM{hex:32}" mo="SM{hex:32}" reference="hex32"/>', b"")
        (fault,) = faults(bad)
        self.assertEqual((fault.rule, fault.where), ("schema", f"acme.xml:{line_of(bad, b'<mt ')}"))
        self.assertIn("option, capabilities, ids, token, mt", fault.remedy)

    def test_several_faults(self) -> None:
        """A bad attribute is named with its line."""
        bad = GOOD.replace(b'need="yes"', b'need="maybe"', 1)
        self.assertIn(f"acme.xml:{line_of(bad, b'maybe')}", [fault.where for fault in faults(bad)])

    def test_document_type(self) -> None:
        """A document type is refused with its line, whatever it holds."""
        for kind in (
            b'<!DOCTYPE broker SYSTEM "http://127.0.0.1:1/x.dtd">',
            b'<!DOCTYPE broker [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            b'<!DOCTYPE broker [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        ):
            head, _, rest = GOOD.partition(b"\n")
            (fault,) = faults(head + b"\n" + kind + b"\n" + rest)
            self.assertEqual((fault.rule, fault.where), ("document-type", "acme.xml:2"))

    def test_hidden_document_type(self) -> None:
        """A document type in UTF-16 is found, too."""
        text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE broker [<!ENTITY a "a">]><broker/>'
        self.assertEqual(faults(text.encode("utf-16"))[0].rule, "document-type")

    def test_not_xml(self) -> None:
        """What is not XML is refused with the line where it goes wrong."""
        bad = GOOD.replace(b"</form>", b"</fom>", 1)
        (fault,) = faults(bad)
        self.assertEqual((fault.rule, fault.where), ("not-xml", f"acme.xml:{line_of(bad, b'</fom>')}"))
        for data in (b"", b"hello", b"\x00\xff", GOOD[:200]):
            self.assertEqual(faults(data)[0].rule, "not-xml")

    def test_too_large(self) -> None:
        """Fifty megabytes are refused without being read as XML, from memory and from a file."""
        self.assertEqual(faults(b" " * (MOST_OCTETS + 1))[0].rule, "too-large")
        path = Path(self.mktemp())
        with path.open("wb") as opened:
            opened.truncate(50 * 2**20)
        with self.assertRaises(Rejected) as caught:
            read_file(path)
        self.assertEqual(caught.exception.findings[0].rule, "too-large")

    def test_unreadable(self) -> None:
        """A file that is not there is a finding, not an accident."""
        with self.assertRaises(Rejected) as caught:
            read_file(Path("/nowhere/acme.xml"))
        self.assertEqual(caught.exception.findings[0].rule, "unreadable")

    def test_schema_is_documented(self) -> None:
        """Every element and attribute of the schema carries a sentence."""
        from lxml import etree

        ours = {"r": "http://relaxng.org/ns/structure/1.0", "a": "http://relaxng.org/ns/compatibility/annotations/1.0"}
        tree = etree.parse(str(definitions() / "broker.rng"))
        for node in tree.iterfind(".//r:element", ours):
            self.assertIsNotNone(node.find("a:documentation", ours), node.get("name"))
        for node in tree.iterfind(".//r:attribute", ours):
            self.assertIsNotNone(node.find("a:documentation", ours), node.get("name"))
