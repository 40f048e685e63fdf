"""Look-alike substitution: what is replaced, when, and that the caller is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.text import gsm7
from cicsms.text.lookalike import LOOK_ALIKES, Change, substitute


class Substitute(SynchronousTestCase):
    """Replacing what reads the same."""

    def test_saves_the_alphabet(self) -> None:
        """Curly quotes, dashes and the ellipsis become plain ones, and each change is told with its place."""
        done = substitute("“It’s” — ok…")
        self.assertEqual(done.text, '"It\'s" - ok...')
        self.assertEqual(done.changes[:2], (Change(0, "“", '"'), Change(3, "’", "'")))
        self.assertEqual(len(done.changes), 5)

    def test_leaves_gsm_text_alone(self) -> None:
        """A text that is GSM 7-bit already is not touched."""
        self.assertEqual(substitute("plain 'text' - €").changes, ())

    def test_leaves_a_text_that_stays_ucs2(self) -> None:
        """Where another character needs UCS-2 anyway, nothing is changed for no gain."""
        self.assertEqual(substitute("“Ωραία” 😀").text, "“Ωραία” 😀")

    def test_greek_capitals_take_latin_shapes(self) -> None:
        """Capitals that look alike in both scripts are written with the Latin letter, as the alphabet intends."""
        self.assertEqual(substitute("ΚΑΛΗΜΕΡΑ ΣΟΥ").text, "KAΛHMEPA ΣOY")

    def test_every_replacement_is_gsm(self) -> None:
        """No look-alike is itself GSM 7-bit, and each becomes a text that is."""
        for char, now in LOOK_ALIKES.items():
            self.assertIsNone(gsm7.septets(char), char)
            self.assertIsNotNone(gsm7.septets(now), char)

    @given(st.text(st.one_of(st.characters(), st.sampled_from(sorted(LOOK_ALIKES)))))
    def test_changes_explain_the_text(self, text: str) -> None:
        """Undoing the changes gives the text as it was written; a change is made only if the result is GSM 7-bit."""
        done = substitute(text)
        told = {change.at: change for change in done.changes}
        self.assertEqual("".join(told[at].now if at in told else char for at, char in enumerate(text)), done.text)
        if done.changes:
            self.assertIsNotNone(gsm7.septets(done.text))
