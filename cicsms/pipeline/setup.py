"""A configuration made ready to work, as a whole: lines, routes, and what answers on which port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from cicsms.model.settings import Configuration
from cicsms.model.wire import HttpRequest
from cicsms.pipeline.door import Door, Keeper
from cicsms.pipeline.inbound import InboundWay
from cicsms.pipeline.legs import legs
from cicsms.pipeline.lines import BrokerLines, Line, broker_lines
from cicsms.pipeline.receipts import ReceiptWay
from cicsms.pipeline.record import Recorder
from cicsms.profile import Catalogue, Profile
from cicsms.routing.inbound import InboundRoutes
from cicsms.routing.outbound import OutboundRoutes
from cicsms.web.paths import Endpoint, PathTable
from cicsms.web.ports import PortPlan
from cicsms.web.sender import Leg


@frozen
class Setup:
    """What follows from one configuration; replaced as a whole when the configuration is."""

    configuration: Configuration
    lines: Mapping[tuple[str, str], Line]
    outbound: OutboundRoutes
    doors: Mapping[str, tuple[Door[Any], ...]]
    ports: tuple[PortPlan, ...]
    legs: Mapping[str, Leg]
    ways: Mapping[str, InboundWay]

    @property
    def sending(self) -> tuple[Line, ...]:
        """The lines that may send."""
        return tuple(line for line in self.lines.values() if line.sends)

    @property
    def fetching(self) -> tuple[Line, ...]:
        """The lines whose messages are fetched."""
        return tuple(line for line in self.lines.values() if line.fetches)


def set_up(configuration: Configuration, catalogue: Catalogue, journal: Keeper, recorder: Recorder, trust: Path | None) -> Setup:
    """Make everything of a configuration that was checked before; ``trust`` are the node's anchors.

    Raises ``Rejected`` where a file of anchors can't be read.
    """
    on = configuration.features.I3_FEATURE_SMS
    brokers = broker_lines(configuration, catalogue) if on else ()
    routes = InboundRoutes.of(configuration)
    ways = {broker.name: InboundWay(broker, routes.route, recorder.now, recorder.new_id) for broker in brokers}
    doors: dict[str, tuple[Door[Any], ...]] = {}
    by_port: dict[tuple[int, str], list[tuple[str, Endpoint]]] = {}
    owners: dict[tuple[int, str], list[str]] = {}
    for broker in brokers:
        mo = broker.settings.mo
        if mo is None or not broker.settings.enabled or not mo.enabled:
            continue
        key = (mo.port, broker.settings.encryption.scheme)
        paths = _paths(broker, ways[broker.name], journal, recorder)
        doors[broker.name] = tuple(dict.fromkeys(door for _, _, door in paths))
        by_port.setdefault(key, []).extend((path, endpoint) for path, endpoint, _ in paths)
        owners.setdefault(key, []).append(broker.name)
    ports = tuple(
        PortPlan(port, scheme, PathTable(entries), tuple(owners[port, scheme])) for (port, scheme), entries in by_port.items()
    )
    lines = {line.key: line for broker in brokers for line in broker.lines}
    return Setup(configuration, lines, OutboundRoutes.of(configuration), doors, ports, legs(lines.values(), trust), ways)


def _paths(broker: BrokerLines, way: InboundWay, journal: Keeper, recorder: Recorder) -> list[tuple[str, Endpoint, Door[Any]]]:
    """Return the paths of one broker with what answers there; a GET without a query is a health probe everywhere."""
    mo = broker.settings.mo
    if mo is None:
        return []
    profile = broker.profile
    ways: list[tuple[str, frozenset[str], str, Any]] = [(mo.path, profile.mo_methods, "mo", way)]
    if mo.receipt_path is not None:
        ways.append((mo.receipt_path, profile.receipt_methods, "receipts", ReceiptWay(recorder.now)))
    found: list[tuple[str, Endpoint, Door[Any]]] = []
    for path, methods, what, kind in ways:
        door: Door[Any] = Door(broker, kind, journal, recorder, methods)
        endpoint = Endpoint(methods | {"GET", "HEAD"}, f"{broker.name} {what}", door.take)
        words = profile.receipt_suffixes if what == "receipts" else ()
        found += [(one, endpoint, door) for one in (path, *(f"{path.rstrip('/')}/{word}" for word in words))]
    return _shared(found, profile) if profile.shared and mo.receipt_path == mo.path else found


def _shared(found: list[tuple[str, Endpoint, Door[Any]]], profile: Profile) -> list[tuple[str, Endpoint, Door[Any]]]:
    """Put messages and reports of one path behind one endpoint, which tells them apart."""
    (path, one, messages), (_, other, reports), *further = found
    both = Endpoint(
        one.methods | other.methods, one.owner, lambda request: _told(profile, messages, reports, request).take(request)
    )
    return [(path, both, messages), (path, both, reports), *further]


def _told(profile: Profile, messages: Door[Any], reports: Door[Any], request: HttpRequest) -> Door[Any]:
    """Return the door a request is for."""
    return reports if profile.reports(request) else messages
