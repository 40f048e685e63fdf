"""Alphabets, counting and parts of a text."""

from cicsms.text.gsm7 import NotGsm7, Shift
from cicsms.text.lookalike import Change, Substitution, substitute
from cicsms.text.parts import Count, TooLong, capacity, count, national, numbered, parse, segment, smallest, units

__all__ = [
    "Change", "Count", "NotGsm7", "Shift", "Substitution", "TooLong", "capacity", "count", "national", "numbered", "parse",
    "segment", "smallest", "substitute", "units",
]  # fmt: skip
