"""What concerns several settings at once: a tuple of small functions, each of one idea.

``SOUND`` rules hold on any part of a document; ``REFERRING`` ones ask for names, and mean something only where the
document is whole.
"""

from __future__ import annotations

from cicsms.config.rules import brokers, people, ports, routes, schemes
from cicsms.config.rules.case import Case, Fault, Profiles, Rule

REFERRING: tuple[Rule, ...] = (
    routes.default_route_is_there,
    routes.ways_out_exist,
    routes.destinations_are_possible,
    people.names_exist,
    brokers.required_options_are_set,
    brokers.brokers_can_work,
)
RULES: tuple[Rule, ...] = (*brokers.RULES, *ports.RULES, *schemes.RULES, *routes.RULES, *people.RULES)
SOUND: tuple[Rule, ...] = tuple(rule for rule in RULES if rule not in REFERRING)

__all__ = ["REFERRING", "RULES", "SOUND", "Case", "Fault", "Profiles", "Rule"]
