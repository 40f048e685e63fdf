"""The few conditions a definition may put on a binding: a name is set, or has one of some values."""

from __future__ import annotations

from collections.abc import Callable

from cicsms.profile.matching import matches
from cicsms.profile.templates import Scope

Condition = Callable[[Scope], bool]


def condition(when: str | None, unless: str | None) -> Condition | None:
    """Return the test of ``when="name"``, ``when="name=a|b"`` and the same of ``unless``; ``None`` where neither is given."""
    wanted, barred = _test(when), _test(unless)
    if wanted is None or barred is None:
        return wanted if barred is None else lambda scope: not barred(scope)
    return lambda scope: wanted(scope) and not barred(scope)


def _test(text: str | None) -> Condition | None:
    if text is None:
        return None
    name, equals, values = text.partition("=")
    if not equals:
        return lambda scope: scope.get(name) not in (None, "", ())
    allowed = matches(values)
    return lambda scope: allowed(str(scope.get(name, "")))
