"""Value lists of a definition, as ``a|b``: exact words, ranges ``400..499``, bits ``&16`` and word beginnings ``FAILED.*``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

Match = Callable[[str], bool]
_RANGE = re.compile(r"(-?[0-9]+)\.\.(-?[0-9]+)")


def matches(listed: str, fold: bool = False) -> Match:
    """Return the test of a value list; ``fold`` compares words without case."""
    exact, others = set(), []
    for entry in listed.split("|"):
        test = _special(entry, fold)
        if test is None:
            exact.add(entry.lower() if fold else entry)
        else:
            others.append(test)
    words, tests = frozenset(exact), tuple(others)

    def match(value: str) -> bool:
        return (value.lower() if fold else value) in words or any(test(value) for test in tests)

    return match


def first_word(listed: str) -> str:
    """Return a value that the list accepts, for the side that writes it."""
    entry = listed.split("|")[0]
    found = _RANGE.fullmatch(entry)
    if found:
        return found[1]
    return entry[1:] if re.fullmatch(r"&[0-9]+", entry) else entry.removesuffix("*")


def _special(entry: str, fold: bool) -> Match | None:
    found = _RANGE.fullmatch(entry)
    if found:
        low, high = int(found[1]), int(found[2])
        return lambda value: (number := _integer(value)) is not None and low <= number <= high
    if re.fullmatch(r"&[0-9]+", entry):
        bits = int(entry[1:])
        return lambda value: bool((_integer(value) or 0) & bits)
    if entry.endswith("*"):
        start = entry[:-1].lower() if fold else entry[:-1]
        return lambda value: (value.lower() if fold else value).startswith(start)
    return None


def _integer(value: str) -> int | None:
    return int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else None


@lru_cache(maxsize=256)
def status_test(listed: str) -> Callable[[int], bool]:
    """Return the test of an HTTP status list such as ``2xx|404|500..599``."""
    entries = [re.sub(r"\A([1-5])xx\Z", r"\g<1>00..\g<1>99", entry) for entry in listed.split("|")]
    match = matches("|".join(entries))
    allowed = frozenset(status for status in range(100, 600) if match(str(status)))
    return allowed.__contains__
