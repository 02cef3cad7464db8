"""The counters as Prometheus text, or OpenMetrics where the scraper asks for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from inframind.http.counting import BUCKETS_S
from inframind.platform.catalogue import COUNTERS, DURATION, DURATION_HELP, REQUESTS, REQUESTS_HELP, Counter
from inframind.ports.paging import CounterKey

Counts = Mapping[CounterKey, float]
Labels = tuple[tuple[str, str], ...]
LIMITS = (*map(str, BUCKETS_S), "+Inf")


def exposition(counts: Counts, accept: str) -> tuple[bytes, str]:
    """The body of `/metrics` and its content type."""
    registry = CollectorRegistry()
    registry.register(Counted(counts))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class Counted(Collector):
    """Collects the families of the catalogue; a counter nobody has counted yet stands at 0."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """Requests, their durations, then the catalogue."""
        yield self._requests()
        yield self._durations()
        for counter in COUNTERS:
            yield self._plain(counter)

    def _requests(self) -> Metric:
        family = CounterMetricFamily(REQUESTS, REQUESTS_HELP, labels=("method", "path", "status"))
        for (name, labels), value in sorted(self._counts.items()):
            if name == REQUESTS:
                family.add_metric([label for _, label in labels], value)
        return family

    def _durations(self) -> Metric:
        buckets: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for (name, labels), value in sorted(self._counts.items()):
            if name == f"{DURATION}_bucket":
                (_, limit), (_, method), (_, path) = labels
                buckets[method, path][limit] = value
        family = HistogramMetricFamily(DURATION, DURATION_HELP, labels=("method", "path"))
        for (method, path), found in buckets.items():
            seconds = self._counts.get((f"{DURATION}_sum", (("method", method), ("path", path))), 0.0)
            family.add_metric((method, path), _cumulative(found), seconds)
        return family

    def _plain(self, counter: Counter) -> Metric:
        family = CounterMetricFamily(counter.name, counter.help, labels=[counter.label] if counter.label else None)
        for labels in self._labels(counter):
            family.add_metric([label for _, label in labels], self._counts.get((counter.name, labels), 0.0))
        return family

    def _labels(self, counter: Counter) -> Sequence[Labels]:
        if counter.label is None:
            return [()]
        if counter.values:
            return [((counter.label, value),) for value in counter.values]
        return sorted(labels for name, labels in self._counts if name == counter.name)


def _cumulative(found: Mapping[str, float]) -> list[tuple[str, float]]:
    """Each limit with the requests at or below it.

    >>> _cumulative({"0.005": 2.0, "+Inf": 1.0})[-2:]
    [('5.0', 2.0), ('+Inf', 3.0)]
    """
    total = 0.0
    return [(limit, total := total + found.get(limit, 0.0)) for limit in LIMITS]
