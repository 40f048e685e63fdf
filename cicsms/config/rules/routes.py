"""Rules on routes: patterns and templates that work, destinations and ways out that exist."""

from __future__ import annotations

from collections.abc import Iterator

from cicsms.config.nearest import did_you_mean
from cicsms.config.positions import Place
from cicsms.config.rules.case import Case, Fault, warning
from cicsms.model.settings import Broker, ChatDestination, Destination, HandlerDestination, OutboundRoute, QueueDestination
from cicsms.routing.pattern import BadPattern, Pattern
from cicsms.routing.template import BadTemplate, Template


def _outbound(case: Case) -> Iterator[tuple[Place, OutboundRoute]]:
    for index, route in enumerate(case.configuration.outbound_routes):
        yield ("outbound_routes", index), route


def _destinations(case: Case) -> Iterator[tuple[Place, Destination]]:
    for index, route in enumerate(case.configuration.inbound_routes):
        yield ("inbound_routes", index, "destination"), route.destination
    if case.configuration.default_inbound_route is not None:
        yield ("default_inbound_route",), case.configuration.default_inbound_route


def default_route_is_there(case: Case) -> Iterator[Fault]:
    """Once there is an inbound route there is a default."""
    if case.configuration.inbound_routes and case.configuration.default_inbound_route is None:
        said = "There are inbound routes but no default route: a message that none of them takes has nowhere to go."
        yield Fault("no-default-route", ("inbound_routes",), said, 'Add default_inbound_route, for example { kind = "email" }.')


def patterns_compile(case: Case) -> Iterator[Fault]:
    """Every pattern is one that RE2 takes."""
    patterns: list[tuple[Place, str]] = [(place, route.pattern) for place, route in _outbound(case)]
    patterns += [(("inbound_routes", index), route.pattern) for index, route in enumerate(case.configuration.inbound_routes)]
    for place, expression in patterns:
        try:
            Pattern.read(expression)
        except BadPattern as refused:
            remedy = "See https://github.com/google/re2/wiki/Syntax: no look-around, no back-references; a literal + is \\+."
            yield Fault("bad-pattern", (*place, "pattern"), f"{expression!r} is refused: {refused}.", remedy)


def templates_fit(case: Case) -> Iterator[Fault]:
    """A formatted number uses only groups that its pattern has."""
    for place, route in _outbound(case):
        try:
            highest, groups = Template.read(route.number).highest, Pattern.read(route.pattern).groups
        except BadTemplate as refused:
            yield Fault("bad-template", (*place, "number"), f"{refused}.", "Write $0 to $9 for what the pattern matched.")
        except BadPattern:
            continue
        else:
            if highest > groups:
                said = f"{route.number!r} uses ${highest}, but {route.pattern!r} has {groups} group(s)."
                yield Fault(
                    "bad-template", (*place, "number"), said, "Put (parentheses) in the pattern, or use $0 for all of it."
                )


def ways_out_exist(case: Case) -> Iterator[Fault]:
    """An outbound route names a broker and an account that are there, and on."""
    brokers = {broker.name: broker for broker in case.configuration.brokers}
    for place, route in _outbound(case):
        broker = brokers.get(route.broker)
        if broker is None:
            said = f"There is no broker {route.broker!r}."
            yield Fault("unknown-broker", (*place, "broker"), said, did_you_mean(route.broker, brokers))
            continue
        accounts = [account.id for account in broker.accounts]
        if route.account not in accounts:
            said = f"Broker {broker.name!r} has no account {route.account!r}."
            yield Fault("unknown-account", (*place, "account"), said, did_you_mean(route.account, accounts) or "Add one.")
        if not _sends(broker):
            said = f"Broker {broker.name!r} does not send now (it, or its MT, is off): this route is passed over."
            yield warning("way-is-off", (*place, "broker"), said, "Enable it, or remove the route.")
        if not route.classifications:
            said = (
                "The route names no phone number classification: users and workgroups may not use it, only programs of the site."
            )
            yield warning("no-classification", place, said, "Add classifications.")


def _sends(broker: Broker) -> bool:
    return broker.enabled and broker.mt is not None and broker.mt.enabled


def destinations_are_possible(case: Case) -> Iterator[Fault]:
    """A destination names what it needs, and its feature is on."""
    handlers = [handler.name for handler in case.configuration.handlers]
    for place, destination in _destinations(case):
        match destination:
            case ChatDestination() if not case.configuration.features.I3_FEATURE_WEB_SERVICES:
                said = "I3_FEATURE_WEB_SERVICES is off, so this Chat destination is passed over."
                yield warning("chat-is-off", place, said, "Turn the feature on, or choose another destination.")
            case HandlerDestination(name=name) if name not in handlers:
                remedy = did_you_mean(name, handlers) or "Add [[handlers]] with that name and a url."
                yield Fault("unknown-handler", (*place, "name"), f"There is no handler {name!r}.", remedy)
            case QueueDestination(workgroup=workgroup, user=user) if (workgroup is None) == (user is None):
                said = "A queue is that of one workgroup or one user."
                yield Fault("queue-owner", place, said, "Write either workgroup or user.")
            case _:
                pass


RULES = (default_route_is_there, patterns_compile, templates_fit, ways_out_exist, destinations_are_possible)
