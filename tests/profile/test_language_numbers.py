"""Forms of numbers and of values that stand for nothing: every codec reads what it writes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from cicsms.model.wire import HttpRequest
from cicsms.profile.codecs import chain
from tests.profile.language import compiled, mo

WHOLE = st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True)


def written(codec: str, value: str) -> Any:
    """Return a value as one codec writes it."""
    return chain(codec)[0].write(value)


def read(codec: str, value: str) -> Any:
    """Return a value as one codec reads it."""
    return chain(codec)[0].read(value)


class NumberTests(SynchronousTestCase):
    """Numbers as brokers of one country write them."""

    def test_forms(self) -> None:
        """Own numbers take their national form; others, short codes and names are told apart from them."""
        rows = (
            ("trunk(252)", "+252612345678", "0612345678"),
            ("trunk(252)", "252612345678", "0612345678"),
            ("trunk(252)", "4917012345678", "+4917012345678"),
            ("trunk(252)", "252", "252"),
            ("trunk(252)", "ACME", "ACME"),
            ("domestic(44)", "+447700900123", "7700900123"),
            ("domestic(44)", "15551230002", "+15551230002"),
            ("domestic(44)", "60777", "60777"),
            ("double-zero", "+447700900123", "00447700900123"),
            ("double-zero", "60777", "60777"),
        )
        for codec, number, wanted in rows:
            with self.subTest(codec=codec, number=number):
                self.assertEqual(written(codec, number), wanted)

    @given(WHOLE, st.sampled_from(("trunk(252)", "trunk(1)", "domestic(44)", "domestic(1)", "double-zero")))
    def test_read_back(self, number: str, codec: str) -> None:
        """Reading what was written gives the number, whatever its country."""
        self.assertEqual(read(codec, written(codec, number)).lstrip("+"), number)

    def test_clean(self) -> None:
        """A scheme before a number, a blank for its plus, and the keyword before a text are taken off."""
        rows = (
            ("prefix(tel:)", "tel:+4915", "+4915"),
            ("plus-blank", " 4915", "+4915"),
            ("plus-blank", "4915", "4915"),
            ("without(BUY |BUY)", "BUY milk", "milk"),
            ("without(BUY |BUY)", "milk", "milk"),
        )
        for codec, text, wanted in rows:
            with self.subTest(codec=codec, text=text):
                self.assertEqual(read(codec, text), wanted)

    def test_nothing(self) -> None:
        """A word for nothing is no id: the next place is asked, and without one the message has none."""
        one = compiled(mo(
            '<form><at name="from" field="remote"/><at name="text" field="text"/>'
            '<at name="id" field="broker-id" codec="null(null|0)"><or name="alt"/></at></form>'
        ))  # fmt: skip
        for body, wanted in ((b"id=null", ""), (b"id=7", "7"), (b"id=0&alt=9", "9"), (b"id=0&alt=null", "")):
            with self.subTest(body=body):
                (message,) = one.read_mo(HttpRequest("POST", b"/mo", (), b"from=1&text=x&" + body))
                self.assertEqual(message.broker_id, wanted)
