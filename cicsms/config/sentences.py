"""What the model's checker complains of, in sentences for a person; never with a value that may be a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_WANTED: Mapping[str, tuple[str, str]] = {
    "bool_type": ("must be true or false", "Write true or false, without quotes."),
    "bool_parsing": ("must be true or false", "Write true or false, without quotes."),
    "int_type": ("must be a whole number", "Write digits without quotes."),
    "int_parsing": ("must be a whole number", "Write digits without quotes."),
    "int_from_float": ("must be a whole number", "Write digits without a point."),
    "float_type": ("must be a number", "Write a number without quotes."),
    "float_parsing": ("must be a number", "Write a number without quotes."),
    "finite_number": ("must be a number", "Write a number."),
    "string_type": ("must be a text", "Put it in quotes."),
    "tuple_type": ("must be a list", "Write it in [brackets], or as [[tables]]."),
    "list_type": ("must be a list", "Write it in [brackets], or as [[tables]]."),
    "dict_type": ("must be a table", "Write it as a [table] or in {braces}."),
    "model_type": ("must be a table", "Write it as a [table] or in {braces}."),
    "model_attributes_type": ("must be a table", 'Write it as a [table] or in {braces}, for example { kind = "email" }.'),
    "path_type": ("must be a path", "Write the path of a file in quotes."),
    "string_too_short": ("is too short", "Write {min_length} character(s) or more, or leave the entry out."),
    "string_too_long": ("is too long", "Write {max_length} characters or fewer."),
    "union_tag_not_found": ("has no kind", 'Write kind = "chat", "handler", "queue" or "email".'),
    "union_tag_invalid": ("is of no known kind", "Known kinds: {expected_tags}."),
    "enum": ("has a value that does not exist", "Write {expected}."),
    "literal_error": ("has a value that does not exist", "Write {expected}."),
    "ip_v4_network": ("is not a network", "Write for example 10.0.0.0/8 or 192.0.2.7."),
    "ip_v6_network": ("is not a network", "Write for example 2001:db8::/32 or 192.0.2.7."),
}
_RANGES: Mapping[str, tuple[str, str]] = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_PATTERNS: Mapping[str, str] = {
    "profile": "Write a broker definition and a profile of it in small letters, for example twilio or twilio/form.",
    "country": "Write two capital letters (ISO 3166), for example US.",
}
_NAMES = "Start with a letter or digit; go on with letters, digits, blanks or any of . _ @ + -"


def sentence(error: ErrorDetails, key: str) -> tuple[str, str]:
    """Return what is wrong with the setting ``key`` (a predicate) and what to do about it."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is missing", f"Write {key} = ..."
    if kind in _RANGES:
        return _range(kind, context, error["input"])
    if kind == "string_pattern_mismatch":
        return "has a form that is not allowed", _PATTERNS.get(key, _NAMES)
    if kind == "value_error":
        return "is not allowed", _sentence(str(context.get("error", "")))
    if kind in _WANTED:
        said, remedy = _WANTED[kind]
        return said, _filled(remedy, context)
    return f"is not allowed ({kind})", _sentence(error["msg"])


def _range(kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str]:
    """Say that a number is out of range; numbers are shown, since no secret is one."""
    words, bound = _RANGES[kind]
    return f"is out of range: {value}", f"Write {words} {context.get(bound)}."


def _filled(remedy: str, context: Mapping[str, Any]) -> str:
    """Put the checker's own facts, all from the model, into a remedy."""
    for name, value in context.items():
        remedy = remedy.replace(f"{{{name}}}", str(value))
    return remedy


def _sentence(text: str) -> str:
    """Make a sentence of a reason."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
