"""Figures of this node in the Prometheus text format (``/metrics``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from cicsms.store.views import Counts

Source = Callable[[], Iterable[Metric]]


class Figures:
    """Gathers figures from where they are counted anyway; nothing is counted twice."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def add(self, source: Source) -> None:
        """Ask ``source`` too, at each scrape."""
        self._sources.append(source)

    def collect(self) -> Iterable[Metric]:
        """Give every figure, as prometheus-client asks for them."""
        for source in self._sources:
            yield from source()

    def text(self, counts: Counts) -> bytes:
        """Return the exposition, the store's counts included."""
        registry = CollectorRegistry()
        registry.register(self)
        registry.register(_Fixed(tuple(_waiting(counts))))
        return generate_latest(registry)


class _Fixed:
    """Metrics that were asked for before the scrape, because asking takes time."""

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Give them."""
        return self._metrics


def _waiting(counts: Counts) -> Iterable[Metric]:
    """Say how much is waiting, by account and state."""
    parts = GaugeMetricFamily("cicsms_parts_waiting", "Parts that are not final.", labels=("broker", "account", "state"))
    for (broker, account, state), count in counts.parts.items():
        parts.add_metric((broker, account, state.value), count)
    parked = GaugeMetricFamily("cicsms_receipts_parked", "Receipts that match no message.", labels=("broker",))
    for broker, count in counts.parked.items():
        parked.add_metric((broker,), count)
    return (parts, parked)


def counter(name: str, about: str, values: Iterable[tuple[dict[str, str], float]]) -> Metric:
    """Make one counter with labels."""
    values = list(values)
    labels = tuple(values[0][0]) if values else ()
    family = CounterMetricFamily(name, about, labels=labels)
    for named, value in values:
        family.add_metric(tuple(named.values()), value)
    return family
