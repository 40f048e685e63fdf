"""The character sets that definitions name, against values of other programs' documents."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from cicsms.profile import charsets
from cicsms.profile.codecs import chain

ODD = "@£$ é _ {x} €"
SEPTETS = bytes.fromhex("000102 20 05 20 11 20 1b28 78 1b29 20 1b65")
"""As the default and extension tables of TS 23.038 have them, read off by hand."""


class CharsetTests(SynchronousTestCase):
    """Python's character sets and one of GSM."""

    def test_gsm(self) -> None:
        """The GSM alphabet is a septet an octet, the extension behind an escape."""
        self.assertEqual((charsets.encode(ODD, "gsm"), charsets.decode(SEPTETS, "gsm")), (SEPTETS, ODD))

    def test_what_is_not_carried(self) -> None:
        """A question mark is written for it, and octets that are no septets are read as U+FFFD."""
        self.assertEqual((charsets.encode("aΩμ", "gsm"), charsets.encode("aμ", "ascii")), (b"a\x15?", b"a?"))
        self.assertEqual((charsets.decode(b"a\xff", "gsm"), charsets.decode(b"a\xff", "utf-8")), ("a\ufffd", "a\ufffd"))

    def test_known(self) -> None:
        """Names of Python's text encodings are known, others are not."""
        self.assertEqual([charsets.known(name) for name in ("gsm", "UTF-16BE", "hex", "no such")], [True, True, False, False])

    def test_hex(self) -> None:
        """The codec hex takes it, too."""
        (codec,) = chain("hex(gsm)")
        self.assertEqual((codec.write("h€"), codec.read("681b65")), ("681b65", "h€"))
