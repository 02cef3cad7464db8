"""OTLP metrics become samples, named and shaped as Prometheus would: dots in names are kept.

Labels are the resource's attributes and the point's (the point's win); a scope's are left out. Sums are stored as they
come: a delta is a number in its own right, and adding deltas up would need the state of every sender. Because a reader
must not mistake it for a cumulative one, a delta series has the label `__temporality__="delta"`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from inframind.errors import TooLarge
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.limits import SERIES_LIMIT
from inframind.ingestion.naming import InvalidName, Name, name_of, shown
from inframind.ingestion.otlp_points import EXPANSIONS, Parts, Unusable, attributes
from inframind.ingestion.samples import Collector, Samples, Tally
from inframind.ingestion.series_cache import SeriesCache

NANOS_PER_MS = 1_000_000
DELTA = 1  # AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
DELTA_LABEL = {"__temporality__": "delta"}

Labels = dict[str, str]


def read(request: Any, clock: Clock, cache: SeriesCache, tally: Tally) -> Samples:
    """The samples of an ExportMetricsServiceRequest; refused data points are tallied under their metric."""
    collector = Collector()
    metrics = list(_metrics(request))
    _check_size(metrics)
    for labels, metric in metrics:
        kind = metric.WhichOneof("data")
        if kind is None:
            continue
        data = getattr(metric, kind)
        extra = DELTA_LABEL if getattr(data, "aggregation_temporality", 0) == DELTA else {}
        for point in data.data_points:
            try:
                time_ms = _time(point, clock)
                series = list(
                    _series(metric.name, EXPANSIONS[kind](point), (labels, attributes(point.attributes), extra))
                )
            except (InvalidName, Unusable) as reason:
                tally.refuse(shown(metric.name), str(reason))
                continue
            for name, value in series:
                collector.add(cache.id_of(name), time_ms, value)
    return collector.samples()


def _check_size(metrics: Sequence[tuple[Labels, Any]]) -> None:
    kinds = ((metric, metric.WhichOneof("data")) for _, metric in metrics)
    points = sum(len(getattr(metric, kind).data_points) for metric, kind in kinds if kind)
    if max(points, len(metrics)) > SERIES_LIMIT:
        raise TooLarge(f"The request has {points} data points in {len(metrics)} metrics; the limit is {SERIES_LIMIT}.")


def _metrics(request: Any) -> Iterator[tuple[Labels, Any]]:
    if len(request.resource_metrics) > SERIES_LIMIT:
        raise TooLarge(f"The request has {len(request.resource_metrics)} resources; the limit is {SERIES_LIMIT}.")
    for resource in request.resource_metrics:
        labels = attributes(resource.resource.attributes)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                yield labels, metric


def _time(point: Any, clock: Clock) -> int:
    if not point.time_unix_nano:
        raise Unusable("timeUnixNano is missing")
    time_ms = int(point.time_unix_nano) // NANOS_PER_MS
    if time_ms > clock.horizon_ms:
        raise Unusable("time is ahead of the clock here")
    return time_ms


def _series(metric: str, parts: Parts, layers: tuple[Labels, Labels, Labels]) -> Iterator[tuple[Name, float]]:
    resource, point, extra = layers
    for suffix, own, value in parts:
        yield name_of(metric + suffix, resource | point | extra | own), value
