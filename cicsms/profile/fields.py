"""The fields a binding may name, by shape: what kind of value each holds, and which attribute of ours it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from cicsms.model.message import Alphabet, Answer, Mo, Mt, Receipt
from cicsms.profile.templates import Scope
from cicsms.text.parts import smallest

Convert = Callable[[Any], Any]


def _number(value: Any) -> int:
    return int(value)


def _seconds(value: Any) -> float:
    number = float(value)
    if not 0 <= number < 1e7:
        raise ValueError("not a waiting time")
    return number


def _listed(value: Any) -> tuple[str, ...]:
    """Return a list as it is, and what stands in the place of one as its only entry."""
    return value if isinstance(value, tuple) else (value,)


KINDS: Mapping[str, Convert | None] = {
    "text": None,
    "list": _listed,
    "date": None,
    "concat": None,
    "number": _number,
    "seconds": _seconds,
    "alphabet": Alphabet,
}

MO: Mapping[str, str] = {
    "remote": "text",
    "local": "text",
    "text": "text",
    "broker-id": "text",
    "date": "date",
    "parts": "number",
    "concat": "concat",
    "concat-reference": "number",
    "concat-count": "number",
    "concat-index": "number",
    "alphabet": "alphabet",
    "mcc": "text",
    "mnc": "text",
    "mcc-mnc": "text",
    "charset": "text",
}
MT: Mapping[str, str] = {
    "sender": "text",
    "recipient": "text",
    "recipients": "list",
    "text": "text",
    "reference": "text",
    "callback": "text",
    "alphabet": "alphabet",
    "concat": "concat",
    "validity": "number",
    "expires": "date",
    "sent": "date",
    "class": "number",
    "priority": "number",
    "charset": "text",
}
ANSWER: Mapping[str, str] = {
    "broker-id": "text",
    "recipient": "text",
    "code": "text",
    "said": "text",
    "parts": "number",
    "wait": "seconds",
}
RECEIPT: Mapping[str, str] = {
    "broker-id": "text",
    "reference": "text",
    "remote": "text",
    "local": "text",
    "status": "text",
    "code": "text",
    "said": "text",
    "date": "date",
    "charset": "text",
}
POLL: Mapping[str, str] = {"cursor": "number", "token": "text", "size": "number", "broker-id": "text"}
PAGE: Mapping[str, str] = {**MO, "cursor": "number", "size": "number", "pages": "number", "total": "number", "next": "text"}
TOKEN: Mapping[str, str] = {"access-token": "text", "life": "seconds", "expires": "date"}
SHAPES: Mapping[str, Mapping[str, str]] = {
    "mo": MO,
    "mt": MT,
    "answer": ANSWER,
    "receipt": RECEIPT,
    "poll": POLL,
    "page": PAGE,
    "token": TOKEN,
}
GIVEN = frozenset({"account", "login", "password", "default-local", "now", "count", "taken", "url", "access-token"})
"""What is known without a message; only written, never read into one."""

_ATTRIBUTE = {"broker-id": "broker_id", "class": "message_class"}
_SPLIT = (
    "concat-reference",
    "concat-count",
    "concat-index",
    "mcc-mnc",
    "charset",
    "recipient",
    "expires",
    "sent",
    *sorted({*POLL, *PAGE} - {*MO}),
)
_PLACES = {name: _ATTRIBUTE.get(name, name) for shape in SHAPES.values() for name in shape if name not in _SPLIT}


def kind(shape: str, name: str) -> str | None:
    """Return the kind of the field ``name`` of a shape, or ``None`` where reading has no use for it."""
    return "text" if name.startswith("extra.") else SHAPES[shape].get(name)


def is_text(name: str) -> bool:
    """Tell whether the field ``name`` is text in every shape that has it."""
    return name.startswith("extra.") or all(table.get(name, "text") == "text" for table in SHAPES.values())


def known(shape: str, name: str) -> bool:
    """Tell whether a binding of the shape may name ``name``."""
    start = name.partition(".")[0]
    other = name.startswith("mt.") and shape in ("answer", "receipt") and kind("mt", name[3:]) is not None
    return kind(shape, name) is not None or name in GIVEN or start == "option" or other


def attributes(values: dict[str, Any]) -> dict[str, Any]:
    """Turn read fields into the keyword arguments of our value: extras gathered, dashed names spelled as attributes."""
    out: dict[str, Any] = {}
    extra: dict[str, str] = {}
    for name, value in values.items():
        place = _PLACES.get(name)
        if place is not None:
            out[place] = value
        elif value and name.startswith("extra."):
            extra[name[6:]] = value
    if extra:
        out["extra"] = extra
    return out


def _filled(pairs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pairs.items() if value is not None and value != ""}


def _extra(extra: Mapping[str, str]) -> dict[str, str]:
    return {f"extra.{name}": value for name, value in extra.items()}


def of_mo(mo: Mo) -> Scope:
    """Return the names an MO gives its bindings; what is empty is absent, but for the text and the alphabet it fits."""
    concat = mo.concat
    scope = _filled(
        {
            "remote": mo.remote,
            "local": mo.local,
            "broker-id": mo.broker_id,
            "date": mo.date,
            "parts": mo.parts,
            "concat": concat,
            "alphabet": mo.alphabet or smallest(mo.text),
            "mcc": mo.mcc,
            "mnc": mo.mnc,
            "mcc-mnc": mo.mcc + mo.mnc,
        }
    )
    if concat:
        scope |= {"concat-reference": concat.reference, "concat-count": concat.count, "concat-index": concat.index}
    return scope | {"text": mo.text} | _extra(mo.extra)


def of_mt(mt: Mt) -> dict[str, Any]:
    """Return the names an MT gives its bindings; what is empty is absent, but for the text."""
    scope: dict[str, Any] = {"recipients": mt.recipients, "text": mt.text, "alphabet": mt.alphabet}
    if mt.recipients:
        scope["recipient"] = mt.recipients[0]
    optional = (
        ("sender", mt.sender),
        ("reference", mt.reference),
        ("callback", mt.callback),
        ("concat", mt.concat),
        ("validity", mt.validity),
        ("class", mt.message_class),
        ("priority", mt.priority or None),
    )
    scope |= {name: value for name, value in optional if value is not None and value != ""}
    if mt.extra:
        scope |= _extra(mt.extra)
    return scope


def of_answer(answer: Answer) -> Scope:
    """Return the names an answer gives its bindings."""
    return _filled(
        {
            "broker-id": answer.broker_id,
            "recipient": answer.recipient,
            "code": answer.code,
            "said": answer.said,
            "parts": answer.parts or None,
            "wait": None if answer.wait is None else ceil(answer.wait),
            "outcome": answer.outcome,
        }
    )


def of_receipt(receipt: Receipt) -> dict[str, Any]:
    """Return the names a receipt gives its bindings."""
    return _filled(
        {
            "broker-id": receipt.broker_id,
            "reference": receipt.reference,
            "remote": receipt.remote,
            "local": receipt.local,
            "status": receipt.status,
            "code": receipt.code,
            "said": receipt.said,
            "date": receipt.date,
            "state": receipt.state,
        }
    )
