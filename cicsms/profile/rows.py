"""One binding, compiled: how its value is made from a scope, and how it is taken from a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import re2
from attrs import frozen

from cicsms.profile import fields
from cicsms.profile.codecs import Codec, chain
from cicsms.profile.conditions import Condition, condition
from cicsms.profile.matching import Match, first_word, matches
from cicsms.profile.node import Node
from cicsms.profile.templates import Fill, Scope, template
from cicsms.profile.values import NotReadable

Written = Callable[[Scope], Any]
Get = Callable[[Any, dict[str, Any]], Any]
"""Take the raw value of a place from a source; the second argument holds the fields read so far."""
Take = Callable[[Any, dict[str, Any]], None]


class OfAnotherKind(NotReadable):
    """The constant that tells this kind of thing is another one."""


@frozen
class Row:
    """A compiled binding, still without its syntax: ``field`` is what reading gives (``None``: reading has no use for it)."""

    node: Node
    field: str | None
    write: Written
    read: Callable[[Any], Any]
    test: Match | None


def row(node: Node, shape: str) -> Row:
    """Compile an ``at`` element of a shape."""
    names = tuple(node.get("field").split("|")) if node.has("field") else ()
    target = next((name for name in names if fields.kind(shape, name)), None) if node.get("read") != "no" else None
    steps = chain(node.get("codec"))
    test = matches(node.get("is"), node.get("case") == "ignore") if node.has("is") else None
    write, read = _writer(node, names, steps), _reader(shape, target, steps)
    if node.has("match"):
        write, read = _said(node, names, write), _found(node.get("match"), read)
    return Row(node, target, write, read, test)


def _found(expression: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the reader of what an expression's group finds in a longer text."""
    pattern = re2.compile(expression)

    def find(value: Any) -> Any:
        found = pattern.search(value)
        if found is None:
            raise ValueError("the expression finds nothing")
        return read(found[1])

    return find


def _said(node: Node, names: tuple[str, ...], write: Written) -> Written:
    """Return the writer of the longer text in which the expression finds the value."""
    fill = template(node.get("says"))

    def say(scope: Scope) -> Any:
        value = write(scope)
        return None if value is None else fill({**scope, **dict.fromkeys(names, value)})

    return say


def _source(node: Node, names: tuple[str, ...]) -> Callable[[Scope], Any]:
    if len(names) == 1 and node.get("write") != "no":
        name = names[0]
        return lambda scope: scope.get(name)
    if node.get("write") == "no":
        return lambda scope: None
    if names:
        return lambda scope: next((scope[name] for name in names if scope.get(name) not in (None, "")), None)
    if node.has("value") or node.has("form"):
        return template(node.get("value") or node.get("form"))
    return template(first_word(node.get("is"))) if node.has("is") else lambda scope: None


def _alternatives(node: Node) -> tuple[tuple[Condition | None, Fill], ...]:
    listed = [
        (condition(other.get("when") or None, None), template(other.get("value")))
        for other in node.all("or")
        if other.has("value")
    ]
    return (*listed, (None, template(node.get("default")))) if node.has("default") else tuple(listed)


def alternative(others: tuple[tuple[Condition | None, Fill], ...], scope: Scope) -> str | None:
    """Return the first alternative whose condition holds."""
    return next((fill(scope) for test, fill in others if test is None or test(scope)), None)


def _writer(node: Node, names: tuple[str, ...], steps: tuple[Codec, ...]) -> Written:
    source, others = _source(node, names), _alternatives(node)
    test = condition(node.attributes.get("when"), node.attributes.get("unless"))
    encode = _way(tuple((step.write, step.collects) for step in steps))

    def write(scope: Scope) -> Any:
        if test is not None and not test(scope):
            return None
        value = source(scope)
        if value is not None and encode is not None:
            value = encode(value)
        if value is None and others:
            value = alternative(others, scope)
        return value

    return write if test or encode or others else source


def _way(steps: tuple[tuple[Callable[[Any], Any], bool], ...]) -> Callable[[Any], Any] | None:
    """Return the function that goes the chain; before a collecting step each entry of a list goes by itself."""
    if not steps:
        return None

    def go(value: Any) -> Any:
        for step, collects in steps:
            value = tuple(map(step, value)) if isinstance(value, tuple) and not collects else step(value)
            if value is None:
                return None
        return value

    return go


def _reader(shape: str, target: str | None, steps: tuple[Codec, ...]) -> Callable[[Any], Any]:
    kind = fields.kind(shape, target) if target else None
    convert = fields.KINDS[kind] if kind else None
    decode = _way(tuple((step.read, step.spreads) for step in reversed(steps)))
    if decode is None:
        return convert or (lambda value: value)
    if convert is None:
        return decode

    def read(value: Any) -> Any:
        value = decode(value)
        return None if value is None else convert(value)

    return read


def taker(entry: Row, gets: tuple[Get, ...], place: str) -> Take | None:
    """Return the function that takes the binding's value from its places (the first with a value) into the fields read."""
    node, field, read, test = entry.node, entry.field, entry.read, entry.test
    if test is not None:
        return _checker(test, gets[0], place, entry)
    if field is None:
        return None
    need, assume, empty = node.get("need") == "yes", node.attributes.get("assume"), field == "text"
    others = tuple((condition(o.get("when") or None, None), template(o.get("value"))) for o in node.all("or") if o.has("value"))

    wanted = condition(node.get("read-when") or None, None)

    def take(source: Any, out: dict[str, Any]) -> None:
        if field in out or (wanted is not None and not wanted(out)):
            return
        for get in gets:
            try:
                raw = get(source, out)
                if raw is None or (raw == "" and not empty) or (isinstance(raw, tuple) and field != "recipients"):
                    continue
                value = read(raw)
            except ValueError:
                continue
            if value is not None and (empty or (value != "" and value != ())):
                out[field] = value
                return
        if others and (value := alternative(others, out)) is not None:
            out[field] = read(value)
        elif assume is not None:
            out[field] = read(assume)
        elif need:
            raise NotReadable(f"{place} is missing or not of its form.")

    return take


def _checker(test: Match, get: Get, place: str, entry: Row) -> Take:
    """Return the check of a constant that tells one kind of request from another."""
    field, read, assume = entry.field, entry.read, entry.node.attributes.get("assume")

    def check(source: Any, out: dict[str, Any]) -> None:
        raw = get(source, out)
        if raw is None:
            raw = assume
        if not isinstance(raw, str) or not test(raw):
            raise OfAnotherKind(f"{place} is not what this request has there.")
        if field is not None:
            out.setdefault(field, read(raw))

    return check
