"""Patterns: RE2, whole string."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.routing.pattern import BadPattern, Pattern, Patterns


class WholeString(SynchronousTestCase):
    """What matches, and what does not."""

    def test_starts_with(self) -> None:
        """``317.*`` means "starts with 317", nothing else."""
        pattern = Pattern.read("317.*")
        seen = [pattern.matches(text) for text in ("317", "3175550100", "1317", "31")]
        self.assertEqual(seen, [True, True, False, False])

    def test_no_partial_match(self) -> None:
        """Without a wildcard the whole string is compared, as if anchored on both sides, alternatives included."""
        self.assertFalse(Pattern.read("STOP|END").matches("STOP now"))
        self.assertTrue(Pattern.read("STOP|END").matches("END"))

    def test_several_lines(self) -> None:
        """A dot takes a line feed, since a text is one string."""
        self.assertTrue(Pattern.read("STOP.*").matches("STOP\nplease"))

    def test_any_script(self) -> None:
        """A character outside ASCII is one character."""
        self.assertTrue(Pattern.read(".é.").matches("xé😀"))

    def test_lone_surrogate(self) -> None:
        """A text that UTF-8 can't carry is still compared, its lone surrogate as one unknown character."""
        self.assertTrue(Pattern.read("a.b").matches("a\ud83db"))
        self.assertEqual(Pattern.read("(a)(.*)").captured("a\ud83d"), ("a\ufffd", "a", "\ufffd"))

    def test_groups(self) -> None:
        """A group that takes no part is empty."""
        self.assertEqual(Pattern.read("(1)?(317)(.*)").captured("3175"), ("3175", "", "317", "5"))
        self.assertIsNone(Pattern.read("(1)").captured("2"))

    def test_refused(self) -> None:
        """What RE2 can't run in linear time is refused with its reason, in one line."""
        for expression in ("(?=a)b", r"(a)\1", "(", "[z-a]", "a{2000}"):
            refused = self.assertRaises(BadPattern, Pattern.read, expression)
            self.assertNotIn("\n", str(refused))
            self.assertNotIn("b'", str(refused))

    def test_hostile_expression(self) -> None:
        """An expression that makes backtracking engines hang costs linear time here."""
        self.assertFalse(Pattern.read("(a+)+b").matches("a" * 20000))


class Several(SynchronousTestCase):
    """One automaton for many patterns."""

    def test_none(self) -> None:
        """No patterns match nothing."""
        self.assertIsNone(Patterns.of([]).first("x"))

    def test_first(self) -> None:
        """The first of several matching patterns counts."""
        patterns = Patterns.of([Pattern.read(text) for text in ("9.*", "31.*", "317.*")])
        self.assertEqual([patterns.first(text) for text in ("3175", "9", "4")], [1, 0, None])

    def test_long_text(self) -> None:
        """A text beyond the automaton's trusted length gives the same answer, pattern by pattern."""
        patterns = Patterns.of([Pattern.read(text) for text in ("b.*", ".*a", "a*")])
        self.assertEqual(patterns.first("a" * 100_000), 1)
        self.assertIsNone(patterns.first("x" * 100_000))

    @given(st.lists(st.sampled_from(["a*", "b", "[ab]{2}", "", ".", "a.*b", "(a|b)*c"]), max_size=6), st.text("abc", max_size=5))
    def test_agrees(self, expressions: list[str], text: str) -> None:
        """The automaton agrees with asking one pattern after the other."""
        members = [Pattern.read(expression) for expression in expressions]
        slow = next((index for index, member in enumerate(members) if member.matches(text)), None)
        self.assertEqual(Patterns.of(members).first(text), slow)
