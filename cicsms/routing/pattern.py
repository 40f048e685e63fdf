"""Patterns that administrators write: RE2 (linear time, no backtracking), matched against the whole string."""

from __future__ import annotations

from collections.abc import Sequence

import re2
from attrs import field, frozen

from cicsms.model.errors import CicsmsError

_TRUSTED_BYTES = 512
"""Up to this length one automaton for all patterns can't run out of its memory (it makes at most one state a byte)."""


class BadPattern(CicsmsError):
    """An expression that RE2 refuses; its text is RE2's own reason."""


def _options() -> re2.Options:
    """Return how patterns are read: ``.`` is any character, so that ``317.*`` takes a text of two lines, too."""
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    return options


def _octets(text: str) -> bytes:
    """Encode a text for RE2; a lone surrogate, which UTF-8 can't carry, is compared as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


@frozen
class Pattern:
    """One compiled expression."""

    expression: str
    _compiled: re2._Regexp = field(repr=False, eq=False)

    @classmethod
    def read(cls, expression: str) -> Pattern:
        """Compile an expression, or raise ``BadPattern``."""
        try:
            return cls(expression, re2.compile(_octets(expression), _options()))
        except re2.error as refused:
            reason = refused.args[0]
            raise BadPattern(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None

    @property
    def groups(self) -> int:
        """How many groups the expression captures, the whole match not counted."""
        return int(self._compiled.groups)

    def matches(self, text: str) -> bool:
        """Tell whether the expression matches the whole of ``text``."""
        return self._compiled.fullmatch(_octets(text)) is not None

    def captured(self, text: str) -> tuple[str, ...] | None:
        """Return the whole match and every group (empty where a group took no part), or ``None``."""
        found = self._compiled.fullmatch(_octets(text))
        if found is None:
            return None
        return tuple((found.group(index) or b"").decode(errors="replace") for index in range(self.groups + 1))


@frozen
class Patterns:
    """Several patterns asked at once: one pass over the text says which of them match."""

    members: tuple[Pattern, ...]
    _automaton: re2.Set | None = field(repr=False, eq=False)

    @classmethod
    def of(cls, members: Sequence[Pattern]) -> Patterns:
        """Build the common automaton."""
        if not members:
            return cls((), None)
        automaton = re2.Set.FullMatchSet(_options())
        for member in members:
            automaton.Add(_octets(member.expression))
        automaton.Compile()
        return cls(tuple(members), automaton)

    def first(self, text: str) -> int | None:
        """Return the position of the first member that matches the whole of ``text``."""
        if self._automaton is None:
            return None
        octets = _octets(text)
        if len(octets) <= _TRUSTED_BYTES:
            return min(self._automaton.Match(octets) or (), default=None)
        return next((index for index, member in enumerate(self.members) if member.matches(text)), None)
