"""Where an inbound message goes: the first rule that matches, else the default route, else the e-mail routing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from cicsms.model.message import Mo
from cicsms.model.settings import ChatDestination, Configuration, Destination, EmailDestination, InboundRoute
from cicsms.routing.pattern import Pattern, Patterns

EMAIL = EmailDestination(kind="email")


class Why(StrEnum):
    """What decided."""

    RULE = "rule"
    DEFAULT = "default route"
    NO_ROUTES = "no routes at all: e-mail"


class Verdict(StrEnum):
    """What became of one rule."""

    WON = "wins"
    NO_MATCH = "does not match"
    LATER = "matches, but an earlier rule won"
    OFF = "is passed over: I3_FEATURE_WEB_SERVICES is off"


@frozen
class Explanation:
    """One rule of the ordered list, the value it looked at, and what became of it."""

    index: int
    rule: InboundRoute
    value: str = field(repr=False)
    verdict: Verdict


@frozen
class Decision:
    """Where a message goes and what decided; ``rule`` is the position of the winning rule, from 0."""

    destination: Destination
    why: Why
    rule: int | None = None


@frozen
class InboundRoutes:
    """The compiled routes of one configuration."""

    rules: tuple[InboundRoute, ...]
    _patterns: tuple[Pattern, ...] = field(repr=False)
    _by_type: Mapping[str, tuple[Patterns, tuple[int, ...]]] = field(repr=False)
    _chat: bool
    _otherwise: Decision

    @classmethod
    def of(cls, configuration: Configuration) -> InboundRoutes:
        """Compile the inbound routes; raises ``BadPattern`` where a pattern slipped past the checks of the document."""
        rules = configuration.inbound_routes
        chat = configuration.features.I3_FEATURE_WEB_SERVICES
        patterns = tuple(Pattern.read(rule.pattern) for rule in rules)
        by_type = {kind: _group(kind, rules, patterns, chat) for kind in ("ani", "body", "dnis")}
        return cls(rules, patterns, {kind: group for kind, group in by_type.items() if group[1]}, chat, _otherwise(configuration))

    def route(self, mo: Mo) -> Decision:
        """Decide about one message."""
        won = len(self.rules)
        for kind, (patterns, places) in self._by_type.items():
            found = patterns.first(_value(kind, mo))
            if found is not None and places[found] < won:
                won = places[found]
        if won == len(self.rules):
            return self._otherwise
        return Decision(self.rules[won].destination, Why.RULE, won)

    def explain(self, mo: Mo) -> Iterator[Explanation]:
        """Say of every rule, in order, what became of it."""
        won = self.route(mo).rule
        for index, rule in enumerate(self.rules):
            value = _value(rule.type, mo)
            yield Explanation(index, rule, value, self._verdict(index, value, won))

    def _verdict(self, index: int, value: str, won: int | None) -> Verdict:
        if index == won:
            return Verdict.WON
        if not _usable(self.rules[index].destination, self._chat):
            return Verdict.OFF
        return Verdict.LATER if self._patterns[index].matches(value) else Verdict.NO_MATCH


def route(routes: InboundRoutes, mo: Mo) -> Decision:
    """Decide about one message."""
    return routes.route(mo)


def _value(kind: str, mo: Mo) -> str:
    """Return what a rule of this type looks at."""
    if kind == "ani":
        return mo.remote
    return mo.local if kind == "dnis" else mo.text


def _usable(destination: Destination, chat: bool) -> bool:
    """Tell whether the features allow this destination."""
    return chat or not isinstance(destination, ChatDestination)


def _group(kind: str, rules: Sequence[InboundRoute], patterns: Sequence[Pattern], chat: bool) -> tuple[Patterns, tuple[int, ...]]:
    """Join the usable rules of one type into one automaton, with their places in the whole list."""
    places = tuple(i for i, rule in enumerate(rules) if rule.type == kind and _usable(rule.destination, chat))
    return Patterns.of([patterns[i] for i in places]), places


def _otherwise(configuration: Configuration) -> Decision:
    """Return the decision about a message that no rule takes."""
    default = configuration.default_inbound_route
    if default is not None and _usable(default, configuration.features.I3_FEATURE_WEB_SERVICES):
        return Decision(default, Why.DEFAULT)
    return Decision(EMAIL, Why.NO_ROUTES if default is None and not configuration.inbound_routes else Why.DEFAULT)
