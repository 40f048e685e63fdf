"""The library of codecs: named pairs of pure functions between a value of ours and its text on the wire.

A definition names them in a chain, ``codec="digits join(,)"``, in the order of writing; reading goes the chain backwards.
Writing may give ``None`` (the value has no wire form: the binding is absent); reading raises ``ValueError`` for nonsense.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from attrs import frozen

from cicsms.profile import charsets, dates, udh

_SHORT = 6
"""Most digits of a short code, which belongs to no country."""

Way = Callable[[Any], Any]


@frozen
class Codec:
    """One step of a chain, in both directions.

    ``collects`` marks the step that makes one text of a list, ``spreads`` the one that reads a list as a whole.
    """

    write: Way
    read: Way
    collects: bool = False
    spreads: bool = False


def _same(value: Any) -> Any:
    return value


def _plus(_: str) -> Codec:
    return Codec(lambda value: "+" + value if len(value) > 6 and value.isdecimal() else value, _same)


def _digits(_: str) -> Codec:
    return Codec(lambda value: value.removeprefix("+"), _same)


def _prefix(start: str) -> Codec:
    return Codec(lambda value: f"{start}{value}", lambda value: value.removeprefix(start))


def _suffix(end: str) -> Codec:
    return Codec(lambda value: value + end, lambda value: value.removesuffix(end))


def _national(country: str) -> Codec:
    """Drop the country's digits from a whole number, of ten more digits, for brokers of one country only."""

    def write(value: str) -> str:
        number = value.removeprefix("+")
        return number.removeprefix(country) if len(number) == len(country) + 10 else number

    return Codec(write, lambda value: country + value if len(value) == 10 and value.isdecimal() else value)


def _ours(value: str, country: str) -> str | None:
    """Return the rest of a whole number of the country; ``None`` for another one, a short code or a name."""
    number = value.removeprefix("+")
    rest = number.removeprefix(country)
    return rest if number.isdecimal() and number.startswith(country) and len(rest) > _SHORT else None


def _trunk(country: str) -> Codec:
    """Numbers of the country with a 0 before what follows its digits, all others international with a plus."""

    def write(value: str) -> str:
        rest = _ours(value, country)
        return "0" + rest if rest is not None else _abroad(value)

    def read(value: str) -> str:
        own = value.isdecimal() and value.startswith("0") and len(value) > _SHORT + 1
        return country + value[1:] if own else value

    return Codec(write, read)


def _domestic(country: str) -> Codec:
    """Numbers of the country without its digits, all others international with a plus."""

    def write(value: str) -> str:
        rest = _ours(value, country)
        return rest if rest is not None else _abroad(value)

    return Codec(write, lambda value: country + value if value.isdecimal() and len(value) > _SHORT else value)


def _abroad(value: str) -> str:
    return "+" + value if value.isdecimal() and len(value) > _SHORT else value


def _double_zero(_: str) -> Codec:
    """International numbers with 00 for the plus."""
    return Codec(
        lambda value: "00" + number if (number := value.removeprefix("+")).isdecimal() and len(number) > _SHORT else value,
        lambda value: value.removeprefix("00"),
    )


def _without(starts: str) -> Codec:
    """Read without the first of these beginnings that is there, a|b; written as it is."""
    listed = starts.split("|")

    def read(value: str) -> str:
        return next((value[len(start) :] for start in listed if start and value.startswith(start)), value)

    return Codec(_same, read)


def _null(words: str) -> Codec:
    """Texts that stand for nothing, null|0, are read as no value."""
    listed = frozenset(words.split("|"))
    return Codec(_same, lambda value: None if value in listed else value)


def _between(marks: str) -> Codec:
    """What stands between two marks, ``between([|])``, in a longer text."""
    start, _, end = marks.partition("|")

    def read(value: str) -> str:
        _, found, rest = value.partition(start)
        inner, closed, _ = rest.partition(end)
        if not found or not closed:
            raise ValueError("the marks are not there")
        return inner

    return Codec(lambda value: f"{start}{value}{end}", read)


def _hexed(charset: str) -> Codec:
    name = charset or "utf-8"
    return Codec(lambda value: charsets.encode(value, name).hex(), lambda value: charsets.decode(bytes.fromhex(value), name))


def _from64(value: str) -> bytes:
    padded = value.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)


def _base64(charset: str) -> Codec:
    name = charset or "utf-8"
    return Codec(
        lambda value: base64.b64encode(value.encode(name, "replace")).decode(),
        lambda value: _from64(value).decode(name, "replace"),
    )


def _octets64(_: str) -> Codec:
    """Octets, which are hex with us, as base64."""
    return Codec(lambda value: base64.b64encode(bytes.fromhex(value)).decode(), lambda value: _from64(value).hex())


def _base64url(_: str) -> Codec:
    return Codec(
        lambda value: base64.urlsafe_b64encode(value.encode("utf-8", "replace")).decode().rstrip("="),
        lambda value: _from64(value).decode("utf-8", "replace"),
    )


def _words(table: str) -> Codec:
    there = dict(entry.split("=", 1) for entry in (table.split("|") if "|" in table else table.split()))
    back = {wire: ours for ours, wire in there.items()}
    return Codec(lambda value: there.get(str(value)), back.get)


def _join(separator: str) -> Codec:
    return Codec(separator.join, lambda value: tuple(entry for entry in value.split(separator) if entry), collects=True)


def _listed(separator: str) -> Codec:
    """A list where the broker takes one text with separators as well."""

    def read(value: Any) -> Any:
        return tuple(entry for entry in value.split(separator) if entry) if isinstance(value, str) else value

    return Codec(_same, read, spreads=True)


def _shifted(seconds: str) -> Codec:
    """A moment so many seconds later, such as the end of what begins now."""
    by = timedelta(seconds=int(seconds))
    return Codec(lambda value: value + by, lambda value: value - by)


def _length(_: str) -> Codec:
    """How many characters a text has; it cannot be read back."""
    return Codec(lambda value: str(len(value)), lambda value: None)


def _minutes(_: str) -> Codec:
    return Codec(lambda value: str(-(-int(value) // 60)), lambda value: int(value) * 60)


def _milliseconds(_: str) -> Codec:
    return Codec(lambda value: str(round(float(value) * 1000)), lambda value: float(value) / 1000)


def _date(ways: tuple[dates.Written, dates.Read]) -> Codec:
    return Codec(*ways)


def _colons(_: str) -> Codec:
    return Codec(lambda value: re.sub("..", lambda octet: ":" + octet[0], value), lambda value: value.replace(":", ""))


def _number_kind(_: str) -> Codec:
    """Tell an alphanumeric sender, a short code (up to 6 digits) and a long number apart; it cannot be read back."""

    def write(value: str) -> str:
        number = value.removeprefix("+")
        return "alpha" if not number.isdecimal() else "short" if len(number) <= 6 else "long"

    return Codec(write, lambda value: None)


def _hexadecimal(_: str) -> Codec:
    return Codec(lambda value: format(int(value), "x"), lambda value: str(int(value, 16)))


CODECS: dict[str, Callable[[str], Codec]] = {
    "plus": _plus,
    "digits": _digits,
    "prefix": _prefix,
    "kept": lambda _: Codec(_same, _same),
    "national": _national,
    "trunk": _trunk,
    "domestic": _domestic,
    "double-zero": _double_zero,
    "plus-blank": lambda _: Codec(_same, lambda value: "+" + value[1:] if value[:1] == " " else value),
    "without": _without,
    "null": _null,
    "suffix": _suffix,
    "between": _between,
    "hex": _hexed,
    "base64": _base64,
    "base64url": _base64url,
    "octets64": _octets64,
    "words": _words,
    "join": _join,
    "listed": _listed,
    "shifted": _shifted,
    "length": _length,
    "minutes": _minutes,
    "milliseconds": _milliseconds,
    "upper": lambda _: Codec(str.upper, _same),
    "lower": lambda _: Codec(str.lower, _same),
    "fold": lambda _: Codec(_same, str.lower),
    "strip": lambda _: Codec(_same, str.strip),
    "strip-zeros": lambda _: Codec(_same, lambda value: value.lstrip("0") or "0"),
    "hexadecimal": _hexadecimal,
    "number-kind": _number_kind,
    "udh": lambda _: Codec(udh.write, udh.read),
    "colons": _colons,
    "iso": lambda form: _date(dates.iso(form)),
    "date": lambda form: _date(dates.pattern(form)),
    "rfc2822": lambda form: _date(dates.rfc2822(form)),
    "epoch": lambda _: _date(dates.epoch(1)),
    "epoch-ms": lambda _: _date(dates.epoch(1000)),
}
_STEP = re.compile(r"([a-z0-9-]+)(?:\(([^)]*)\))?(?:\s+|\Z)")


@lru_cache(maxsize=1024)
def chain(text: str) -> tuple[Codec, ...]:
    """Return the codecs of a chain, in the order of writing; ``ValueError`` says which name or argument is unknown."""
    steps: list[Codec] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or found[1] not in CODECS:
            raise ValueError(f"there is no codec '{text[at:]}'")
        try:
            steps.append(CODECS[found[1]](found[2] or ""))
        except (KeyError, ValueError, LookupError) as error:
            raise ValueError(f"codec '{found[1]}' does not take '{found[2]}' ({error})") from error
        at = found.end()
    return tuple(steps)


@lru_cache(maxsize=256)
def known_charset(name: str) -> bool:
    """Tell whether ``name`` is a character set that text can be read with."""
    try:
        codecs.lookup(name)
        "".encode(name)
        b"a\xff".decode(name, "replace")
    except (LookupError, binascii.Error, ValueError):
        return False
    return True
