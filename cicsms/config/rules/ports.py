"""Rules on ports and paths that brokers share: who is called where, and over what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from posixpath import normpath
from urllib.parse import unquote

from attrs import frozen

from cicsms.config.positions import Place
from cicsms.config.rules.case import Case, Fault, spoken, warning
from cicsms.model.errors import Severity

_ENDPOINT_PORT = re.compile(r"(?:tcp6?|ssl):(?:.*:)?(?:port=)?(\d+)(?::|$)")


@frozen
class _Called:
    """One path that a broker calls, and whether it is listened to now."""

    owner: str
    place: Place
    port: int
    path: str
    on: bool
    shared: bool

    def shares(self, other: _Called) -> bool:
        """Tell whether two paths may be one: messages and receipts of a broker whose definition tells them apart."""
        return self.shared and self.owner == other.owner and self.path == other.path

    def __str__(self) -> str:
        return f"{spoken(self.place)} of broker {self.owner!r}"


def _called(case: Case) -> Iterator[_Called]:
    """Give every path of every broker."""
    for place, broker in case.brokers():
        if broker.mo is None:
            continue
        on = broker.enabled and broker.mo.enabled
        profile = case.profile_of(broker)
        shared = profile is not None and profile.shared
        for key, path in (("path", broker.mo.path), ("receipt_path", broker.mo.receipt_path)):
            if path is not None:
                yield _Called(broker.name, (*place, "mo", key), broker.mo.port, path, on, shared)


def normal(path: str) -> str:
    """Return what twins of a path have in common: a proxy on the way may turn one into the other.

    Percent escapes are undone, letter case is dropped, ``//`` and dot segments are resolved, a closing slash is dropped.
    """
    plain = unquote(path, errors="replace").casefold()
    return normpath("/" + plain.lstrip("/"))


def paths_are_unique(case: Case) -> Iterator[Fault]:
    """No two MO or receipt paths of one port are the same, or twins."""
    seen: dict[tuple[int, str], _Called] = {}
    for called in _called(case):
        first = seen.setdefault((called.port, normal(called.path)), called)
        if first is called or called.shares(first):
            continue
        same = "is the same path as" if first.path == called.path else f"differs only in form from {first.path}, the"
        said = f"{called.path} on port {called.port} ({called}) {same} {first}."
        if called.on and first.on:
            yield Fault("path-twice", called.place, said, "Give each its own path; the broker must be told of the new one.")
        else:
            remedy = "One of them is off now; give it its own path before it is enabled."
            yield warning("path-twice-while-off", called.place, said, remedy)


def paths_are_plain(case: Case) -> Iterator[Fault]:
    """A path in a form that proxies rewrite may never match."""
    for called in _called(case):
        tidy = normpath("/" + unquote(called.path).lstrip("/")) + (
            "/" if called.path != "/" and called.path.endswith("/") else ""
        )
        if called.path != tidy:
            said = (
                f"{called.path} has escapes, doubled slashes or dot segments, which proxies rewrite; only this very form matches."
            )
            yield warning("path-form", called.place, said, "Write a plain path, and register that with the broker.")


def one_scheme_a_port(case: Case) -> Iterator[Fault]:
    """A port speaks HTTP or HTTPS, not both."""
    ports: dict[int, dict[str, tuple[str, bool]]] = defaultdict(dict)
    for place, broker in case.brokers():
        if broker.mo is None:
            continue
        on = broker.enabled and broker.mo.enabled
        port, scheme = broker.mo.port, broker.encryption.scheme
        others = [(owner, other_on) for other, (owner, other_on) in ports[port].items() if other != scheme]
        ports[port].setdefault(scheme, (broker.name, on))
        for owner, other_on in others:
            said = f"Port {port} is to speak {scheme} for broker {broker.name!r} but the other scheme for broker {owner!r}."
            severity = Severity.ERROR if on and other_on else Severity.WARNING
            remedy = "Give one of them another port, or both the same encryption."
            yield Fault("port-schemes", (*place, "mo", "port"), said, remedy, severity)


def port_is_not_the_api(case: Case) -> Iterator[Fault]:
    """The API has a port of its own."""
    found = _ENDPOINT_PORT.match(case.site.api.endpoint) if case.site else None
    for place, broker in case.brokers():
        if found and broker.mo is not None and broker.mo.port == int(found.group(1)):
            said = f"Port {broker.mo.port} of broker {broker.name!r} is the port of the API (api.endpoint of the site file)."
            yield Fault("port-of-api", (*place, "mo", "port"), said, "Choose another port for one of them.")


RULES = (paths_are_unique, paths_are_plain, one_scheme_a_port, port_is_not_the_api)
