"""Dialled numbers: what may be dialled at all, and the international form."""

from __future__ import annotations

import re

from cicsms.model.errors import CicsmsError

_DIALLED = re.compile(r"(?=[^0-9]*[0-9])[0-9+*#()./ -]{1,40}\Z")


class BadNumber(CicsmsError):
    """A recipient that is no phone number, or that has no international form."""


def dialled(number: str) -> str:
    """Return a dialled number without outer blanks, or raise ``BadNumber``: digits and the usual punctuation only."""
    bare = number.strip(" ")
    if not _DIALLED.match(bare):
        raise BadNumber(f"{number[:60]!r} is not a phone number: write digits, with a leading + for the international form.")
    return bare


def international(number: str, country: str | None) -> str:
    """Return the ``+CC...`` form; ``country`` (ISO 3166, two letters) is where a national number is dialled from."""
    import phonenumbers  # here, as its 50 ms are paid only by sites that internationalise

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        place = country or "no country, which the MT settings of the broker would name"
        raise BadNumber(f"{number[:60]!r} has no international form (dialled from {place}).") from None
    if not phonenumbers.is_possible_number(parsed):
        raise BadNumber(f"{number[:60]!r} is too long or too short for a number of country code {parsed.country_code}.")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
