"""Texts that both databases can hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.store.clean import clean, storable


class CleanTests(SynchronousTestCase):
    """Only what no database takes is replaced."""

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
    def test_untouched(self, text: str) -> None:
        """A text of proper characters stays as it is."""
        self.assertEqual(clean(text), text)

    @given(st.text(st.characters()))
    def test_always_storable(self, text: str) -> None:
        """Whatever comes in, what comes out is UTF-8 without NUL."""
        self.assertNotIn(b"\0", clean(text).encode())

    @given(st.text(st.characters()))
    def test_storable(self, text: str) -> None:
        """A text is called storable exactly where it stays as it is."""
        self.assertEqual(storable(text), clean(text) == text)

    def test_replacements(self) -> None:
        """NUL and lone surrogates are replaced by signs that say so; a pair becomes its character."""
        self.assertEqual(clean("a\0b"), "a\u2400b")
        self.assertEqual(clean("a\ud83d"), "a\ufffd")
        self.assertEqual(clean("\ud83d\ude00"), "\U0001f600")
