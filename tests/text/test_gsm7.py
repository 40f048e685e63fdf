"""The GSM 7-bit alphabet, held against three tables that others made."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from gsm0338 import Codec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from cicsms.text import gsm7
from cicsms.text.gsm7 import DEFAULT, LANGUAGES, NotGsm7, Shift

VECTORS = Path(__file__).parent / "vectors" / "GSM0338.TXT"
SHIFTS = tuple(Shift(lock, single) for lock in LANGUAGES for single in LANGUAGES if gsm7.exists(Shift(lock, single)))
BASIC = st.text(sorted(gsm7.tables().encode), max_size=400)
CEDILLA = "TS 23.038 prints the capital at 0x09, as Perl and gsm0338 have it; Unicode's table has the small letter instead"
PERL = "use Encode; use Encode::GSM0338; while (<>) { chomp; print unpack('H*', encode('gsm0338', chr(hex($_)))), \"\\n\" }"


def published() -> dict[bytes, str]:
    """Read Unicode's table: septets and the character they are."""
    rows = (line.split("\t") for line in VECTORS.read_text("utf-8").splitlines() if line.startswith("0x"))
    return {bytes.fromhex(row[0][2:]): chr(int(row[1], 16)) for row in rows}


class Oracles(SynchronousTestCase):
    """The default alphabet against tables from outside."""

    def test_is_unicodes_table(self) -> None:
        """Every row of Unicode's GSM0338.TXT is read and written so, but for the cedilla where the standard differs from it."""
        rows = published()
        self.assertEqual(len(rows), 128 + 10)
        self.assertEqual((rows.pop(b"\x09"), gsm7.decode(b"\x09")), ("ç", "Ç"), CEDILLA)
        for septets, char in rows.items():
            if septets == b"\x1b":
                self.assertEqual(gsm7.decode(septets), " ")
                continue
            self.assertEqual(gsm7.decode(septets), char, septets)
            self.assertEqual(gsm7.encode(char), septets)

    def test_carries_nothing_else(self) -> None:
        """No character outside Unicode's table is counted as GSM 7-bit, in the whole of the basic plane."""
        known = set(published().values()) - {"\u00a0", "ç"} | {"Ç"}
        carried = {chr(point) for point in range(0x10000) if gsm7.septets(chr(point)) is not None}
        self.assertEqual(carried, known)

    def test_is_the_gsm0338_packages_table(self) -> None:
        """The gsm0338 package writes and reads every character as we do."""
        codec = Codec()
        for char in gsm7.tables().encode:
            theirs, _ = codec.encode(char)
            self.assertEqual(gsm7.encode(char), theirs, char)
            self.assertEqual(codec.decode(theirs)[0], char)

    def test_is_perls_table(self) -> None:
        """Perl's Encode::GSM0338 writes every character as we do."""
        perl = shutil.which("perl")
        if perl is None or subprocess.run([perl, "-MEncode::GSM0338", "-e", "1"], capture_output=True, check=False).returncode:
            raise SkipTest("perl with Encode::GSM0338 is not on this machine")
        chars = list(gsm7.tables().encode)
        asked = "\n".join(f"{ord(char):x}" for char in chars)
        said = subprocess.run([perl, "-e", PERL], input=asked, capture_output=True, text=True, check=True).stdout.split("\n")
        self.assertEqual([gsm7.encode(char).hex() for char in chars], said[: len(chars)])


class Codes(SynchronousTestCase):
    """Writing and reading."""

    def test_escapes_cost_two(self) -> None:
        """The nine extension characters and form feed take two septets each, all others one."""
        self.assertEqual(gsm7.septets("^{}\\[~]|€\f"), 20)
        self.assertEqual(gsm7.septets("abc@£$"), 6)
        self.assertIsNone(gsm7.septets("abc“"))
        self.assertEqual(gsm7.septets(""), 0)

    def test_reads_what_phones_show(self) -> None:
        """A lone or doubled escape is a space; before an undefined code it falls back to the main table."""
        self.assertEqual(gsm7.decode(b"a\x1b"), "a ")
        self.assertEqual(gsm7.decode(b"\x1b\x1ba"), " a")
        self.assertEqual(gsm7.decode(b"\x1ba"), "a")
        self.assertEqual(gsm7.decode(b"\x1b\x65"), "€")

    def test_never_fails_to_read(self) -> None:
        """Octets that are no septets, and codes without a character, are U+FFFD."""
        self.assertEqual(gsm7.decode(b"\x80a"), "\N{REPLACEMENT CHARACTER}a")
        self.assertEqual(gsm7.decode(b"\x0c", Shift(4, 0)), "\N{REPLACEMENT CHARACTER}")

    def test_names_what_it_cannot_write(self) -> None:
        """The error names the character, and a language without a table is refused."""
        self.assertIn("U+201C", str(self.assertRaises(NotGsm7, gsm7.encode, "a“")))
        self.assertRaises(NotGsm7, gsm7.septets, "a", Shift(2, 0))
        self.assertRaises(NotGsm7, gsm7.tables, Shift(0, 99))

    def test_national_characters_take_their_tables(self) -> None:
        """Turkish g-breve escapes to the single shift table and is one septet of the locking one (TS 23.038, A.2.1, A.3.1)."""
        self.assertEqual(gsm7.encode("ğ", Shift(0, 1)), b"\x1b\x67")
        self.assertEqual(gsm7.encode("ğ", Shift(1, 0)), b"\x0c")
        self.assertEqual(gsm7.encode("ñ", Shift(0, 2)), gsm7.encode("ñ"))
        self.assertEqual(gsm7.encode("á", Shift(0, 2)), b"\x1b\x61")

    @given(BASIC)
    def test_gives_back_what_was_written(self, text: str) -> None:
        """decode(encode(x)) == x, and the length is the one that was counted."""
        written = gsm7.encode(text)
        self.assertEqual(gsm7.decode(written), text)
        self.assertEqual(len(written), gsm7.septets(text))

    @given(st.data())
    def test_gives_back_in_every_language(self, data: st.DataObject) -> None:
        """decode(encode(x)) == x with every pair of national tables."""
        shift = data.draw(st.sampled_from(SHIFTS))
        text = data.draw(st.text(sorted(gsm7.tables(shift).encode), max_size=60))
        self.assertEqual(gsm7.decode(gsm7.encode(text, shift), shift), text)
        self.assertEqual(gsm7.septets(text, shift), len(gsm7.encode(text, shift)))

    @given(st.text())
    def test_counts_exactly_what_it_can_write(self, text: str) -> None:
        """A text has a length in septets if, and only if, it can be written."""
        if gsm7.septets(text) is None:
            self.assertRaises(NotGsm7, gsm7.encode, text)
        else:
            self.assertEqual(gsm7.septets(text), len(gsm7.encode(text)))

    @given(st.binary())
    def test_reads_any_octets(self, data: bytes) -> None:
        """Whatever comes, reading gives text."""
        for shift in (DEFAULT, Shift(13, 13)):
            self.assertIsInstance(gsm7.decode(data, shift), str)


class Packing(SynchronousTestCase):
    """Septets in octets."""

    def test_packs_as_the_standard_does(self) -> None:
        """The packing that every text on SMS shows: "hellohello" is E8329BFD4697D9EC37."""
        self.assertEqual(gsm7.pack(gsm7.encode("hellohello")).hex(), "e8329bfd4697d9ec37")

    @given(st.binary(max_size=160), st.integers(0, 6))
    def test_unpacks_what_it_packed(self, data: bytes, fill: int) -> None:
        """unpack(pack(x)) == x, whatever the fill bits; 160 septets make 140 octets."""
        septets = bytes(code & 0x7F for code in data)
        self.assertEqual(gsm7.unpack(gsm7.pack(septets, fill), len(septets), fill), septets)
        self.assertEqual(len(gsm7.pack(bytes(160))), 140)
