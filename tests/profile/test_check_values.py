"""Constants that would load, and then fail when they are written or read."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile.check_values import value_faults
from cicsms.profile.node import Node


def faults(shape: str = "mo", tag: str = "at", children: tuple[Node, ...] = (), **attributes: str) -> list[str]:
    """Return the rules that one element breaks."""
    return [finding.rule for finding in value_faults(Node(tag, attributes, children, where="a.xml:1"), shape)]


class Values(SynchronousTestCase):
    """What is refused, and what is not."""

    def test_json_types(self) -> None:
        """A constant of a JSON type must be one; with holes it is seen only when it is filled."""
        for kind, wrong, right in (("number", "1x", "-1.5"), ("boolean", "yes", "true"), ("json", "{", '{"a": [1]}')):
            self.assertEqual(faults(type=kind, value=wrong), ["bad-constant"])
            self.assertEqual(faults(type=kind, default=right), [])
            self.assertEqual(faults(type=kind, value="{digits:3}"), [])

    def test_charsets(self) -> None:
        """A character set that a binding or an option decides must exist."""
        self.assertEqual(faults(field="charset", default="UTF-8x", assume="UTF-8"), ["unknown-charset"])
        self.assertEqual(faults(field="charset", children=(Node("or", {"value": "none-such"}),)), ["unknown-charset"])
        self.assertEqual(faults("", "option", fills="charset", values="UTF-8|x-none", default="UTF-8"), ["unknown-charset"])

    def test_octets(self) -> None:
        """Octets are told in hex."""
        self.assertEqual(faults(charset="octets", default="0g"), ["bad-constant"])
        self.assertEqual(faults(charset="octets", default="0500"), [])

    def test_assumptions(self) -> None:
        """What is assumed must be readable by the binding's own codecs."""
        self.assertEqual(faults(field="alphabet", assume="0"), ["bad-assumption"])
        self.assertEqual(faults(field="alphabet", assume="0", codec="words(gsm7=0)"), [])
        self.assertEqual(faults(field="no-field", assume="0"), [])
