"""The date forms of brokers, each a pair of functions; what can't be read is ``ValueError``. Times without a zone are UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime, parsedate_to_datetime
from zoneinfo import ZoneInfo

Written = Callable[[datetime], str]
Read = Callable[[str], datetime]

_ISO: Mapping[str, Written] = {
    "z": lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "ms-z": lambda when: _millis(when) + "Z",
    "ms-0000": lambda when: _millis(when) + "+0000",
    "ms-offset": lambda when: _millis(when) + "+00:00",
    "us": lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.%f"),
    "us-z": lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "0000": lambda when: when.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    "offset": lambda when: when.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
}


def _millis(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}"


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def iso(form: str) -> tuple[Written, Read]:
    """Return the ISO 8601 form ``z``, ``0000``, ``offset``, these with ``ms-`` before, ``us`` or ``us-z``; all are read."""
    write = _ISO[form or "z"]
    return lambda when: write(_utc(when)), lambda text: _guarded(lambda: _utc(datetime.fromisoformat(text)))


def rfc2822(_: str) -> tuple[Written, Read]:
    """Return the mail form, ``Thu, 24 Aug 2023 05:01:45 +0000``."""
    return lambda when: format_datetime(_utc(when)), lambda text: _guarded(lambda: _utc(parsedate_to_datetime(text)))


def pattern(form: str) -> tuple[Written, Read]:
    """Return the form of a strftime pattern, with an optional zone name after a semicolon; a zone in the text (%z) wins."""
    shape, _, name = form.partition(";")
    zone: tzinfo = ZoneInfo(name.strip()) if name.strip() else UTC
    parse = _digits(shape) or (lambda text: datetime.strptime(text, shape))
    return (
        lambda when: _utc(when).astimezone(zone).strftime(shape),
        lambda text: _guarded(lambda: _utc(_zoned(parse(text), zone))),
    )


def _zoned(when: datetime, zone: tzinfo) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _digits(shape: str) -> Read | None:
    """Return a reader of a pattern of plain digit groups, ten times as fast as strptime; ``None`` for other patterns."""
    named = {"%Y": "(?P<year>[0-9]{4})", "%m": "(?P<month>[0-9]{2})", "%d": "(?P<day>[0-9]{2})"}
    named |= {"%H": "(?P<hour>[0-9]{2})", "%M": "(?P<minute>[0-9]{2})", "%S": "(?P<second>[0-9]{2})"}
    pieces = re.split("(%.)", shape)
    if "%Y" not in pieces or not set(pieces[1::2]) <= set(named):
        return None
    expression = re.compile("".join(named.get(piece) or re.escape(piece) for piece in pieces))

    def read(text: str) -> datetime:
        found = expression.fullmatch(text)
        if found is None:
            raise ValueError("not a date of this form")
        return datetime(**{name: int(value) for name, value in found.groupdict().items()})  # type: ignore[arg-type]

    return read


def epoch(scale: int) -> tuple[Written, Read]:
    """Return the count since 1970: of seconds (``scale`` 1) or milliseconds (1000)."""
    return (
        lambda when: str(int(when.timestamp() * scale)),
        lambda text: _guarded(lambda: datetime.fromtimestamp(float(text) / scale, UTC)),
    )


def _guarded(read: Callable[[], datetime]) -> datetime:
    """Turn the other ways in which a date can fail (year 10000, offset before year 1, ...) into ``ValueError``."""
    try:
        return read()
    except (OverflowError, TypeError, IndexError, OSError) as error:
        raise ValueError(str(error)) from error
