"""Rules on users, workgroups, classifications and handlers: unique, and there where they are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cicsms.config.nearest import did_you_mean
from cicsms.config.positions import Place
from cicsms.config.rules.brokers import twice
from cicsms.config.rules.case import Case, Fault
from cicsms.model.settings import QueueDestination

Mention = tuple[Place, str, str]
"""A place, what kind of thing it names, and the name."""


def names_are_unique(case: Case) -> Iterator[Fault]:
    """No two of a kind share a name, letter case aside."""
    for kind, names in _lists(case).items():
        for index, first in twice(name.casefold() for name in names):
            said = f"The name {names[index]!r} is also that of {kind}[{first + 1}]."
            yield Fault("name-twice", (kind, index), said, "Give each a name of its own, or leave one out.")


def names_exist(case: Case) -> Iterator[Fault]:
    """Every user, workgroup and classification that is named is there."""
    lists = _lists(case)
    for place, kind, name in _mentions(case):
        if name not in lists[kind]:
            remedy = did_you_mean(name, lists[kind]) or f"Add it to {kind}."
            yield Fault(f"unknown-{kind[:-1]}", place, f"There is no {kind[:-1]} {name!r}.", remedy)


def _lists(case: Case) -> dict[str, list[str]]:
    """Return the names that are there, by kind."""
    configuration = case.configuration
    return {
        "handlers": [one.name for one in configuration.handlers],
        "workgroups": [one.name for one in configuration.workgroups],
        "users": [one.name for one in configuration.users],
        "classifications": list(configuration.classifications),
    }


def _mentions(case: Case) -> Iterator[Mention]:
    """Give every mention of a user, a workgroup or a classification."""
    configuration = case.configuration
    for index, group in enumerate(configuration.workgroups):
        yield from _each(("workgroups", index), "classifications", group.classifications)
    for index, user in enumerate(configuration.users):
        yield from _each(("users", index), "classifications", user.classifications)
        yield from _each(("users", index), "workgroups", user.workgroups)
    for index, way in enumerate(configuration.outbound_routes):
        yield from _each(("outbound_routes", index), "classifications", way.classifications)
    for index, route in enumerate(configuration.inbound_routes):
        yield from _owner(("inbound_routes", index, "destination"), route.destination)
    yield from _owner(("default_inbound_route",), configuration.default_inbound_route)
    yield from _associations(case)


def _associations(case: Case) -> Iterator[Mention]:
    """Give the mentions in the local addresses of accounts."""
    for place, broker in case.brokers():
        for number, account in enumerate(broker.accounts):
            for index, own in enumerate(account.local_addresses):
                at = (*place, "accounts", number, "local_addresses", index)
                yield from _each(at, "workgroups", own.workgroups)
                yield from _each(at, "users", own.users)


def _each(place: Place, kind: str, names: Iterable[str]) -> Iterator[Mention]:
    for index, name in enumerate(names):
        yield (*place, kind, index), kind, name


def _owner(place: Place, destination: object) -> Iterator[Mention]:
    if isinstance(destination, QueueDestination):
        if destination.workgroup is not None:
            yield (*place, "workgroup"), "workgroups", destination.workgroup
        if destination.user is not None:
            yield (*place, "user"), "users", destination.user


RULES = (names_are_unique, names_exist)
