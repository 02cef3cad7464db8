"""One OTLP data point as the samples it stands for: (suffix of the metric's name, labels of its own, value)."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from inframind.ingestion.samples import STALE

NO_RECORDED_VALUE = 1  # DataPointFlags: the series ends here

Parts = Iterator[tuple[str, dict[str, str], float]]


class Unusable(Exception):
    """This data point stands for no sample; the text says why."""


def number(point: Any) -> Parts:
    """A gauge's or a sum's point."""
    kind = point.WhichOneof("value")
    if _ends(point):
        yield "", {}, STALE
    elif kind is None:
        raise Unusable("the data point has no value")
    else:
        yield "", {}, float(getattr(point, kind))


def histogram(point: Any) -> Parts:
    """`_count`, `_sum`, and a cumulative `_bucket` for each upper bound and for +Inf."""
    counts, bounds = list(point.bucket_counts), list(point.explicit_bounds)
    if len(counts) not in (0, len(bounds) + 1) and not _ends(point):
        raise Unusable(f"{len(counts)} bucketCounts do not fit {len(bounds)} explicitBounds")
    yield from totals(point)
    cumulative = np.cumsum(np.array(counts, np.uint64)) if counts else np.zeros(len(bounds) + 1)
    if counts or bounds:
        for bound, count in zip([*bounds, np.inf], cumulative.tolist(), strict=True):
            yield "_bucket", {"le": bound_text(bound)}, STALE if _ends(point) else float(count)


def totals(point: Any) -> Parts:
    """`_count`, and `_sum` where there is one; all that is kept of an exponential histogram."""
    yield "_count", {}, STALE if _ends(point) else float(point.count)
    if _has_sum(point):
        yield "_sum", {}, STALE if _ends(point) else point.sum


def summary(point: Any) -> Parts:
    """`_count`, `_sum`, and the metric itself for each quantile."""
    yield from totals(point)
    for quantile in point.quantile_values:
        yield "", {"quantile": bound_text(quantile.quantile)}, STALE if _ends(point) else quantile.value


EXPANSIONS: Mapping[str, Callable[[Any], Parts]] = {
    "gauge": number,
    "sum": number,
    "histogram": histogram,
    "exponential_histogram": totals,
    "summary": summary,
}


def bound_text(bound: float) -> str:
    """A bucket's bound or a quantile as Prometheus writes it.

    >>> bound_text(0.005), bound_text(1000000.0), bound_text(float("inf"))
    ('0.005', '1000000', '+Inf')
    """
    return "+Inf" if bound == np.inf else np.format_float_positional(bound, trim="-")


def attributes(pairs: Any) -> dict[str, str]:
    """Attributes as labels: text as it is, everything else as JSON spells it."""
    return {pair.key: value_text(pair.value) for pair in pairs}


def value_text(value: Any) -> str:
    """A value as text: text as it is, everything else as JSON spells it."""
    plain = _plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "array_value":
        return [_plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return getattr(value, kind)


def _ends(point: Any) -> bool:
    return bool(point.flags & NO_RECORDED_VALUE)


def _has_sum(point: Any) -> bool:
    """A summary always has a sum; the histograms may lack it."""
    return not point.DESCRIPTOR.fields_by_name["sum"].has_presence or point.HasField("sum")
