"""Dialled numbers and their international form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.routing.number import BadNumber, dialled, international


class Dialled(SynchronousTestCase):
    """What may be dialled."""

    def test_kept(self) -> None:
        """Short codes, leading zeros and punctuation are kept as they are; outer blanks are not."""
        for number in ("72345", "0044 20", "+1 (317) 555-0100", "*100#", "1"):
            self.assertEqual(dialled(f" {number} "), number)

    @given(st.text(max_size=50))
    def test_nothing_else(self, text: str) -> None:
        """Whatever passes holds a digit and can stand in a header, a URL or a log line without harm."""
        try:
            number = dialled(text)
        except BadNumber as refused:
            self.assertNotIn("\n", str(refused))
        else:
            self.assertTrue(set(number) <= set("0123456789+*#(). /-"))
            self.assertTrue(set(number) & set("0123456789"))


class International(SynchronousTestCase):
    """The ``+CC...`` form."""

    def test_national(self) -> None:
        """A national number gets the code of the country it is dialled from, its trunk prefix dropped."""
        seen = [
            international(number, country)
            for number, country in (("317 555 0100", "US"), ("030 123456", "DE"), ("020 7946 0000", "GB"))
        ]
        self.assertEqual(seen, ["+13175550100", "+4930123456", "+442079460000"])

    def test_international_already(self) -> None:
        """An international number stays, with or without a country."""
        self.assertEqual([international("+44 20 7946 0000", country) for country in (None, "US")], ["+442079460000"] * 2)

    def test_prefix(self) -> None:
        """The country's own international prefix is understood."""
        self.assertEqual(international("011 44 20 7946 0000", "US"), "+442079460000")

    def test_impossible(self) -> None:
        """A short code, a number of impossible length and one of an unknown country have no international form."""
        for number, country in (("72345", "US"), ("+1317", None), ("+999123456789", None), ("3175550100", None), ("1", "ZZ")):
            self.assertRaises(BadNumber, international, number, country)
