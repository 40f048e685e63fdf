"""What is left of a document when settings are put aside."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.config.rest import Rest

DATA = {"a": [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}], "b": {"c": 1, "d": 2}}


class Left(SynchronousTestCase):
    """Removing, and finding the way back."""

    def test_elements(self) -> None:
        """Elements go out together, whatever their order, and those that stay know their old places."""
        rest = Rest().without([("a", 0), ("a", 2)])
        left = rest.of(DATA)
        self.assertEqual(left["a"], [{"n": 1}, {"n": 3}])
        self.assertEqual([rest.before(("a", index, "n")) for index in (0, 1)], [("a", 1, "n"), ("a", 3, "n")])

    def test_in_turn(self) -> None:
        """What is put aside later is named by its place in what was left then."""
        rest = Rest().without([("a", 0)]).without([("a", 0)]).without([("a", 1, "n")])
        self.assertEqual(rest.of(DATA)["a"], [{"n": 2}, {}])

    def test_untouched(self) -> None:
        """The whole document stays as it was."""
        Rest().without([("b", "c"), ("a", 1)]).of(DATA)
        self.assertEqual((len(DATA["a"]), DATA["b"]), (4, {"c": 1, "d": 2}))

    def test_inner_and_outer(self) -> None:
        """A setting and the table around it may both be put aside."""
        self.assertEqual(Rest().without([("b", "c"), ("b",), ("a", 9), ("x", "y")]).of(DATA), {"a": DATA["a"]})

    def test_whole(self) -> None:
        """A document without an inner setting still has all its names; without an element or a top table it has not."""
        seen = [Rest().without([place]).whole for place in (("b", "c"), ("a", 0), ("b",), ("a", 0, "n"))]
        self.assertEqual(seen, [True, False, False, True])
        self.assertTrue(Rest().whole)

    def test_everything(self) -> None:
        """A document that is wrong as a whole leaves nothing."""
        self.assertEqual(Rest().without([()]).of(DATA), {})
