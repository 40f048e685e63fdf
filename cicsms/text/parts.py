"""How a text travels: the smallest alphabet that carries it, its count, and the parts of a long one.

One SMS has 140 octets. A joined part loses those of the user data header (TS 23.040, 9.2.3.24): its length octet, the
concatenation element (5 octets, or 6 with a 16-bit reference) and 3 for each national table.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.message import Alphabet, Concat
from cicsms.model.settings import Parsing
from cicsms.text import gsm7, ucs2
from cicsms.text.graphemes import boundary
from cicsms.text.gsm7 import DEFAULT, LANGUAGES, NotGsm7, Shift

OCTETS = 140
MOST_PARTS = 255
"""The count of parts is one octet (TS 23.040, 9.2.3.24.1)."""


class TooLong(CicsmsError):
    """The text makes more parts than one message can have."""


@frozen
class Count:
    """How long a text is: in ``units`` (septets, UTF-16 code units or octets) of its alphabet, and in parts."""

    alphabet: Alphabet
    units: int
    parts: int


def smallest(text: str) -> Alphabet:
    """Return the smallest alphabet that carries ``text`` with the default tables."""
    return Alphabet.UCS2 if gsm7.septets(text) is None else Alphabet.GSM7


def national(text: str, languages: tuple[int, ...] = LANGUAGES) -> Shift | None:
    """Return the national tables that carry ``text`` in the fewest parts, then septets; ``None`` where none do.

    The default tables win where they carry the text, and one table wins over two that save nothing.
    """
    best: tuple[int, int, int, Shift] | None = None
    for shift in _shifts(languages):
        size = gsm7.septets(text, shift)
        if size is not None:
            found = (_parts(size, shift), size, shift.header, shift)
            if best is None or found[:3] < best[:3]:
                best = found
    return best and best[3]


def _parts(size: int, shift: Shift) -> int:
    """Estimate the parts of ``size`` septets, as if no pair were cut."""
    whole, joined = capacity(Alphabet.GSM7, shift.header), capacity(Alphabet.GSM7, 5 + shift.header)
    return 1 if size <= whole else -(-size // joined)


def _shifts(languages: tuple[int, ...]) -> list[Shift]:
    """List the usable pairs of tables: the default, one single shift, one locking shift, or both of one language."""
    pairs = [DEFAULT]
    for language in languages:
        pairs += [Shift(0, language), Shift(language, 0), Shift(language, language)]
    return [pair for pair in dict.fromkeys(pairs) if gsm7.exists(pair)]


def capacity(alphabet: Alphabet, header: int = 0) -> int:
    """Return how many units one SMS carries beside ``header`` octets of information elements."""
    octets = OCTETS - (header + 1 if header else 0)
    match alphabet:
        case Alphabet.GSM7:
            return octets * 8 // 7
        case Alphabet.UCS2:
            return octets // 2
        case _:
            return octets


_SINGLE = {alphabet: capacity(alphabet) for alphabet in Alphabet}
_JOINED = {(alphabet, wide): capacity(alphabet, 6 if wide else 5) for alphabet in Alphabet for wide in (False, True)}


def units(text: str, alphabet: Alphabet, shift: Shift = DEFAULT) -> int:
    """Return the length of ``text`` in the units of ``alphabet``; a text it does not carry is refused."""
    if alphabet is Alphabet.UCS2:
        return ucs2.units(text)
    if alphabet is Alphabet.BINARY:
        return len(text) // 2
    size = gsm7.septets(text, shift)
    if size is None:
        raise NotGsm7("The text holds a character that these GSM tables do not carry.")
    return size


def count(text: str, alphabet: Alphabet | None = None, *, wide: bool = False, shift: Shift = DEFAULT) -> Count:
    """Count ``text`` in its smallest alphabet, or the given one."""
    chosen, size = _measured(text, alphabet, shift)
    single = _SINGLE[chosen] if shift is DEFAULT else capacity(chosen, shift.header)
    parts = 1 if size <= single else len(segment(text, chosen, wide=wide, shift=shift))
    return Count(chosen, size, parts)


def segment(text: str, alphabet: Alphabet | None = None, *, wide: bool = False, shift: Shift = DEFAULT) -> tuple[str, ...]:
    """Cut ``text`` into the parts of one message; one part where it fits one SMS.

    ``wide`` makes room for a 16-bit reference. An escape pair or a surrogate pair is never cut, nor is a grapheme unless
    it is longer than a part.
    """
    chosen, size = _measured(text, alphabet, shift)
    if size <= (_SINGLE[chosen] if shift is DEFAULT else capacity(chosen, shift.header)):
        return (text,)
    limit = _JOINED[chosen, wide] if shift is DEFAULT else capacity(chosen, (6 if wide else 5) + shift.header)
    parts = tuple(_cut(text, limit, chosen, shift))
    if len(parts) > MOST_PARTS:
        raise TooLong(f"The text makes {len(parts)} parts; a message has {MOST_PARTS} at most.")
    return parts


def parse(text: str, parsing: Parsing, alphabet: Alphabet | None = None, *, wide: bool = False) -> tuple[str, ...]:
    """Do with a long text what the broker's settings say: leave it whole, split it, or truncate it to one SMS."""
    if parsing is Parsing.LEAVE:
        return (text,)
    if parsing is Parsing.SPLIT:
        return segment(text, alphabet, wide=wide)
    chosen, size = _measured(text, alphabet, DEFAULT)
    return (text,) if size <= _SINGLE[chosen] else (text[: _end(text, 0, _SINGLE[chosen], chosen, DEFAULT)],)


def numbered(parts: tuple[str, ...], reference: int, *, wide: bool = False) -> tuple[Concat | None, ...]:
    """Return the place of each part under an 8-bit reference, or a 16-bit one; ``None`` for a text of one part."""
    if len(parts) == 1:
        return (None,)
    kept = reference & (0xFFFF if wide else 0xFF)
    return tuple(Concat(kept, len(parts), index) for index in range(1, len(parts) + 1))


def _measured(text: str, alphabet: Alphabet | None, shift: Shift) -> tuple[Alphabet, int]:
    if alphabet is not None:
        return alphabet, units(text, alphabet, shift)
    size = gsm7.septets(text, shift)
    return (Alphabet.UCS2, ucs2.units(text)) if size is None else (Alphabet.GSM7, size)


def _cut(text: str, limit: int, alphabet: Alphabet, shift: Shift) -> list[str]:
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = _end(text, start, limit, alphabet, shift)
        parts.append(text[start:end])
        start = end
    return parts


def _end(text: str, start: int, limit: int, alphabet: Alphabet, shift: Shift) -> int:
    """Return where a part that begins at ``start`` ends: as far as ``limit`` units go, but at a boundary if there is one."""
    if alphabet is Alphabet.BINARY:
        return min(start + 2 * limit, len(text))
    end = min(start + limit, len(text))
    over = units(text[start:end], alphabet, shift) - limit
    cost = _cost(alphabet, shift)
    while over > 0:
        end -= 1
        over -= cost(text[end])
    whole = end
    while whole > start and not boundary(text, whole):
        whole -= 1
    return whole if whole > start else end


def _cost(alphabet: Alphabet, shift: Shift) -> Callable[[str], int]:
    """Return what one character takes, in units."""
    if alphabet is Alphabet.UCS2:
        return lambda char: 1 + (char > "\uffff")
    table = gsm7.tables(shift).encode
    return lambda char: len(table[char])
