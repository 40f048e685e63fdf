"""Texts with fields in them, read by the form that writes them."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile.phrases import named, reader
from cicsms.profile.templates import template
from cicsms.profile.values import NotReadable


def taken(form: str, text: str) -> dict[str, Any]:
    """Return the fields of an answer's text."""
    out: dict[str, Any] = {}
    reader(form, "answer")(text, out)
    return out


class PhraseTests(SynchronousTestCase):
    """Forms of answers."""

    def test_reads_what_it_writes(self) -> None:
        """A text written from fields gives them back, blanks in what was said included; invented parts are passed over."""
        form = "ERR: {code}, {said} #{hex:4}"
        text = template(form.replace("{hex:4}", "00af"))({"code": "001", "said": "no, not that"})
        self.assertEqual(taken(form, str(text) + "\r\n"), {"code": "001", "said": "no, not that"})

    def test_an_id_has_no_blank(self) -> None:
        """What is not of the form is not read: an id with a blank, another beginning, a rest behind the end."""
        for text in ("ID: a b", "Id: a", "ID: ", "", "ID: a To: 1"):
            with self.subTest(text=text):
                self.assertRaises(NotReadable, taken, "ID: {broker-id}", text)

    def test_numbers(self) -> None:
        """A hole of a numeric field takes nothing but a number."""
        self.assertEqual(taken("sent {parts} parts", "sent 3 parts"), {"parts": 3})
        self.assertRaises(NotReadable, taken, "sent {parts} parts", "sent x parts")

    def test_names(self) -> None:
        """The fields of a form are known without reading."""
        self.assertEqual(named("OK: {hex:16} {broker-id} {code|said}"), {"broker-id", "code", "said"})
