"""The table of the language in the manual: what it shows is well-formed and of the schema."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree
from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile.codecs import chain
from cicsms.profile.grammar import remedy

PAGE = Path(__file__).parents[2] / "docs" / "brokers" / "language.md"
SAMPLE = re.compile(r"`(<[^`]*/(?:[a-z-]+)?>)`")


class ManualTests(SynchronousTestCase):
    """Samples of the table."""

    def samples(self) -> list[etree._Element]:
        """Return the elements of every whole sample."""
        texts = [text.replace("\\|", "|") for text in SAMPLE.findall(PAGE.read_text("utf-8")) if "..." not in text]
        return [element for text in texts for element in etree.fromstring(f"<all>{text}</all>").iter("*") if element.tag != "all"]

    def test_known(self) -> None:
        """Each element is of the schema, and has the attributes that the sample gives it."""
        samples = self.samples()
        self.assertGreater(len(samples), 40)
        for element in samples:
            allowed = remedy(str(element.tag))
            for name in element.attrib:
                with self.subTest(element=element.tag, attribute=name):
                    self.assertRegex(allowed, rf"\b{re.escape(str(name))}\b")

    def test_codecs(self) -> None:
        """Each codec is of the library."""
        for found in re.findall(r'codec="([^"]+)"', PAGE.read_text("utf-8")):
            with self.subTest(codec=found):
                self.assertTrue(chain(found.replace("\\|", "|")))
