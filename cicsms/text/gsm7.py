"""The GSM 7-bit alphabet of 3GPP TS 23.038: default and extension tables, national locking and single shift tables.

The tables are those of ``gsmcodecs`` (generated from TS 23.038 Release 18); its codecs are not used, for they refuse what a
phone must show. Encoded text is one octet a septet; ``pack`` and ``unpack`` turn that into the octets of the air interface.
"""

from __future__ import annotations

import re
from functools import cache

from attrs import field, frozen
from gsmcodecs.charmaps import GSMCHARMAPS

from cicsms.model.errors import CicsmsError

ESCAPE = 0x1B
LANGUAGES = tuple(sorted(GSMCHARMAPS))
"""The national language identifiers of TS 23.038, 6.2.1.2.4; 0 is the default tables."""


class NotGsm7(CicsmsError):
    """The text holds a character that the chosen GSM tables do not carry."""


@frozen
class Shift:
    """Which national tables a text is written with; 0 is the default table of each kind."""

    locking: int = 0
    single: int = 0

    @property
    def header(self) -> int:
        """Octets these tables take in the user data header: an information element of three for each."""
        return 3 * (self.locking > 0) + 3 * (self.single > 0)


DEFAULT = Shift()


@frozen
class Tables:
    """A pair of tables, ready for use: how each character is written, and what each code means."""

    encode: dict[str, bytes] = field(repr=False)
    main: dict[int, str] = field(repr=False)
    extension: dict[int, str] = field(repr=False)
    plain: re.Pattern[str]
    """Matches a text of one-septet characters only."""
    known: re.Pattern[str]
    """Matches a text that the tables carry."""
    escaped: re.Pattern[str]
    """Matches one character that takes an escape."""


def exists(shift: Shift) -> bool:
    """Tell whether TS 23.038 has the tables that ``shift`` names."""
    kinds = ((shift.locking, "locking"), (shift.single, "singleShift"))
    return all(kind in GSMCHARMAPS.get(language, {}) for language, kind in kinds)


@cache
def tables(shift: Shift = DEFAULT) -> Tables:
    """Return the tables of a shift; a language that has no table of the kind is refused."""
    main = _decoding(shift.locking, "locking")
    extension = _decoding(shift.single, "singleShift")
    single = {char: bytes((code,)) for code, char in reversed(main.items()) if code != ESCAPE}
    double = {char: bytes((ESCAPE, code)) for code, char in extension.items() if char not in single and code != ESCAPE}
    return Tables(
        encode=single | double,
        main=main,
        extension=extension,
        plain=_class(single, "*"),
        known=_class(single | double, "*"),
        escaped=_class(double, ""),
    )


def _decoding(language: int, kind: str) -> dict[int, str]:
    table = GSMCHARMAPS.get(language, {}).get(kind)
    if table is None:
        raise NotGsm7(f"The language {language} has no {kind} table; TS 23.038 names those that have.")
    return {code: chr(point) for code, point in table["decode"].items()}


def _class(chars: dict[str, bytes], times: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(chars))}]{times}")


_DEFAULT = tables()


def septets(text: str, shift: Shift = DEFAULT) -> int | None:
    """Return how many septets ``text`` takes, ``None`` where these tables do not carry it."""
    table = _DEFAULT if shift is DEFAULT else tables(shift)
    if table.plain.fullmatch(text):
        return len(text)
    return len(text) + len(table.escaped.findall(text)) if table.known.fullmatch(text) else None


def encode(text: str, shift: Shift = DEFAULT) -> bytes:
    """Write ``text`` as septets, one an octet."""
    table = tables(shift).encode
    try:
        return b"".join([table[char] for char in text])
    except KeyError as missing:
        raise NotGsm7(f"The character U+{ord(missing.args[0]):04X} is not in these GSM tables.") from None


def decode(data: bytes, shift: Shift = DEFAULT) -> str:
    """Read septets, one an octet, as a phone does (TS 23.038, 6.2.1.1).

    An escape before a code that the extension does not have shows the character of the main table; a lone or doubled
    escape shows a space; what is no septet, or has no character, is U+FFFD.
    """
    table = tables(shift)
    if ESCAPE not in data:
        return "".join([table.main.get(code, "\N{REPLACEMENT CHARACTER}") for code in data])
    return "".join(_read(data, table))


def _read(data: bytes, table: Tables) -> list[str]:
    shown: list[str] = []
    codes = iter(data)
    for code in codes:
        if code != ESCAPE:
            shown.append(table.main.get(code, "\N{REPLACEMENT CHARACTER}"))
            continue
        after = next(codes, ESCAPE)
        shown.append(" " if after == ESCAPE else table.extension.get(after) or table.main.get(after, "\N{REPLACEMENT CHARACTER}"))
    return shown


def pack(data: bytes, fill: int = 0) -> bytes:
    """Pack septets into octets, least significant bit first, after ``fill`` bits that follow a user data header."""
    bits = 0
    for turn, code in enumerate(data):
        bits |= code << (7 * turn + fill)
    return bits.to_bytes((7 * len(data) + fill + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill: int = 0) -> bytes:
    """Unpack ``count`` septets of octets that ``pack`` or a phone has packed."""
    bits = int.from_bytes(octets, "little") >> fill
    return bytes((bits >> (7 * turn)) & 0x7F for turn in range(count))
