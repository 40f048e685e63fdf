"""Which way an outbound message goes: ordered rules on the dialled number give the number to send, the broker and the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

from cicsms.model.errors import CicsmsError
from cicsms.model.settings import Account, Broker, Configuration, MtSettings, OutboundRoute
from cicsms.routing.access import Access, NoAccess, Who
from cicsms.routing.number import dialled, international
from cicsms.routing.pattern import Pattern
from cicsms.routing.template import Template

SITE = Who()


class NoRoute(CicsmsError):
    """No outbound route takes this number, or only routes whose broker is off."""


class Verdict(StrEnum):
    """What became of one rule."""

    WON = "wins"
    NO_MATCH = "does not match"
    LATER = "matches, but an earlier rule won"
    OFF = "matches, but its broker or MT is off"
    NO_ACCESS = "matches, but the sender lacks its classification"


@frozen
class Choice:
    """The way out for one number: the number as it goes to the broker, and the rule (from 0) that decided."""

    number: str
    broker: Broker
    account: Account
    rule: int
    failover: bool


@frozen
class Explanation:
    """One rule of the ordered list and what became of it."""

    index: int
    rule: OutboundRoute
    verdict: Verdict


@frozen
class _Compiled:
    """One rule, ready to be asked; ``way`` is absent where its broker or MT is off (or nobody the document knows)."""

    rule: OutboundRoute
    pattern: Pattern
    template: Template
    way: tuple[Broker, MtSettings, Account] | None


@frozen
class OutboundRoutes:
    """The compiled outbound routes of one configuration."""

    access: Access
    _sms: bool
    _rules: tuple[_Compiled, ...] = field(repr=False)

    @classmethod
    def of(cls, configuration: Configuration) -> OutboundRoutes:
        """Compile the outbound routes; raises ``BadPattern`` or ``BadTemplate`` where one slipped past the checks."""
        sms = configuration.features.I3_FEATURE_SMS
        brokers = {broker.name: broker for broker in configuration.brokers if sms}
        rules = tuple(_compile(rule, brokers) for rule in configuration.outbound_routes)
        return cls(Access.of(configuration), sms, rules)

    def route(self, number: str, who: Who = SITE, after: int = -1) -> Choice:
        """Return the first way for a dialled number whose rule stands behind ``after``.

        The first rule that matches and whose broker is on decides: where the sender lacks its classification this raises
        ``NoAccess``. With ``after`` (the rule that failed) it is the next way, and rules without access are passed over.
        Raises ``NoRoute`` where there is none, ``BadNumber`` for what is no number.
        """
        bare = dialled(number)
        off: list[str] = []
        for index, groups in self._matching(bare, after):
            compiled = self._rules[index]
            if compiled.way is None:
                off.append(compiled.rule.broker)
                continue
            if not self._permitted(compiled, who, first=after < 0):
                continue
            broker, mt, account = compiled.way
            return Choice(_formatted(compiled.template.fill(groups), mt), broker, account, index, compiled.rule.failover)
        raise NoRoute(_no_route(bare, off, self._sms))

    def explain(self, number: str, who: Who = SITE) -> Iterator[Explanation]:
        """Say of every rule, in order, what became of it."""
        bare = dialled(number)
        matching = {index for index, _ in self._matching(bare, -1)}
        decided = False
        for index, compiled in enumerate(self._rules):
            verdict = self._verdict(compiled, index in matching, who, decided)
            decided = decided or verdict in (Verdict.WON, Verdict.NO_ACCESS)
            yield Explanation(index, compiled.rule, verdict)

    def _matching(self, number: str, after: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        for index in range(after + 1, len(self._rules)):
            groups = self._rules[index].pattern.captured(number)
            if groups is not None:
                yield index, groups

    def _permitted(self, compiled: _Compiled, who: Who, first: bool) -> bool:
        try:
            self.access.permit(who, compiled.rule.classifications)
        except NoAccess:
            if first:
                raise
            return False
        return True

    def _verdict(self, compiled: _Compiled, matches: bool, who: Who, decided: bool) -> Verdict:
        if not matches:
            return Verdict.NO_MATCH
        if compiled.way is None:
            return Verdict.OFF
        if decided:
            return Verdict.LATER
        return Verdict.WON if self._permitted(compiled, who, first=False) else Verdict.NO_ACCESS


def route(routes: OutboundRoutes, number: str, who: Who = SITE, after: int = -1) -> Choice:
    """Return the first way for a dialled number whose rule stands behind ``after``; see ``OutboundRoutes.route``."""
    return routes.route(number, who, after)


def _compile(rule: OutboundRoute, brokers: Mapping[str, Broker]) -> _Compiled:
    """Compile one rule and find its broker and account."""
    return _Compiled(rule, Pattern.read(rule.pattern), Template.read(rule.number), _way(rule, brokers.get(rule.broker)))


def _way(rule: OutboundRoute, broker: Broker | None) -> tuple[Broker, MtSettings, Account] | None:
    """Return where a rule leads now, or ``None`` where that is off or unknown."""
    if broker is None or not broker.enabled or broker.mt is None or not broker.mt.enabled:
        return None
    account = next((one for one in broker.accounts if one.id == rule.account), None)
    return (broker, broker.mt, account) if account else None


def _formatted(number: str, mt: MtSettings) -> str:
    """Return the number as it goes to the broker."""
    bare = dialled(number)
    return international(bare, mt.country) if mt.internationalize else bare


def _no_route(number: str, off: list[str], sms: bool) -> str:
    """Say why there is no way for a number."""
    if not sms:
        return "I3_FEATURE_SMS is off: no message leaves."
    if off:
        return f"Every outbound route for {number} leads to a broker that is off: {', '.join(dict.fromkeys(off))}."
    return f"No outbound route matches {number}."
