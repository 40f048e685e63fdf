"""Where the figures of a node come from: ports, doors and the journal, as they count anyway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from cicsms.admin.bodies import Certificate
from cicsms.admin.metrics import counter
from cicsms.pipeline.door import Door
from cicsms.store.journal import JournalFigures
from cicsms.web.ports import Ports


def ports_figures(ports: Ports) -> Iterable[Metric]:
    """Count the requests of each port by status class, and its refusals by reason."""
    opened = [(port.factory.name, port.factory.counters) for port in ports]
    yield counter(
        "cicsms_requests",
        "Requests answered on broker-facing ports.",
        [({"port": name, "status": kind}, count) for name, counters in opened for kind, count in counters.classes.items()],
    )
    yield counter(
        "cicsms_refused",
        "Requests and connections refused before any broker was asked.",
        [({"port": name, "reason": why}, count) for name, counters in opened for why, count in counters.refused.items()],
    )


def doors_figures(doors: Mapping[str, tuple[Door[Any], ...]]) -> Iterable[Metric]:
    """Count what came in by each path of each broker, by what became of it."""
    yield counter(
        "cicsms_inbound",
        "Webhook requests of brokers, by what became of them.",
        [
            ({"broker": broker, "kind": door.way.kind.value, "fate": fate}, count)
            for broker, pair in doors.items()
            for door in pair
            for fate, count in door.tally.counts().items()
        ],
    )


def certificate_figures(certificates: Iterable[Certificate]) -> Iterable[Metric]:
    """Say for how many days each chain is good that HTTPS ports present: until the first of its members expires."""
    family = GaugeMetricFamily("cicsms_certificate_days", "Days until the first of a chain expires.", labels=("name",))
    for one in certificates:
        if one.days is not None:
            family.add_metric((one.name,), one.days)
    yield family


def journal_figures(figures: JournalFigures) -> Iterable[Metric]:
    """Say what the journal has done."""
    yield GaugeMetricFamily("cicsms_journal_waiting", "Entries waiting to be committed.", value=figures.waiting)
    for name, value in (("commits", figures.commits), ("kept", figures.kept), ("refused", figures.refused)):
        yield counter(f"cicsms_journal_{name}", f"Journal: {name}.", [({}, value)])
