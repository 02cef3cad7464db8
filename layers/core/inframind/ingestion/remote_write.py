"""Prometheus remote write, 1.0 and 2.0: a request body becomes samples, refused series are named."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from inframind.errors import Malformed, TooLarge, UnsupportedType
from inframind.ingestion import remote_write_fast
from inframind.ingestion.limits import SERIES_LIMIT
from inframind.ingestion.naming import METRIC_LABEL, InvalidName, shown_pairs
from inframind.ingestion.samples import STALE, STALE_BITS, Collector, Samples, Tally
from inframind.ingestion.series_cache import SeriesCache

VERSIONS = {"": 1, "prometheus.WriteRequest": 1, "io.prometheus.write.v2.Request": 2}
Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a request holds: samples, and native histograms as two samples each, their count and their sum."""

    samples: Samples
    histograms: Samples


def version_of(content_type: str) -> int:
    """1 or 2, by the message that a content type names; raises `UnsupportedType`. Without a content type it is 1.

    >>> version_of("application/x-protobuf;proto=io.prometheus.write.v2.Request")
    2
    """
    bare, _, parameter = (part.strip() for part in content_type.partition(";"))
    message = parameter.removeprefix("proto=").strip('"')
    if bare.lower() not in ("", "application/x-protobuf") or message not in VERSIONS:
        raise UnsupportedType(
            "Send Content-Type application/x-protobuf, with ;proto=io.prometheus.write.v2.Request for version 2.0."
        )
    return VERSIONS[message]


def check_encoding(content_encoding: str) -> None:
    """Raises `UnsupportedType` for a compression that is not remote write's; without the header it is snappy."""
    if content_encoding not in ("", "snappy"):
        raise UnsupportedType(f"Content-Encoding '{content_encoding[:40]}' is not taken here. Send snappy.")


def written_headers(version: int, samples: int, histogram_samples: int) -> dict[str, str]:
    """What version 2.0 tells its sender; exemplars are not kept.

    >>> written_headers(2, 10, 4)["x-prometheus-remote-write-histograms-written"]
    '2'
    """
    if version == 1:
        return {}
    counts = {"samples": samples, "histograms": histogram_samples // 2, "exemplars": 0}
    return {f"x-prometheus-remote-write-{kind}-written": str(count) for kind, count in counts.items()}


def read(data: bytes, version: int, cache: SeriesCache, tally: Tally) -> Reading:
    """The samples of a request of a version; refused series are tallied. Raises `Malformed` for other bytes."""
    if version == 2:
        return _read_v2(data, cache, tally)
    try:
        return Reading(remote_write_fast.read(data, cache), Collector().samples())
    except remote_write_fast.Unusual:
        return read_any(data, cache, tally)


def read_any(data: bytes, cache: SeriesCache, tally: Tally) -> Reading:
    """Any valid 1.0 WriteRequest, slower."""
    request = _parsed(1, data)
    if data and not (request.timeseries or request.metadata):
        raise Malformed("The body holds neither series nor metadata: it is not a remote write 1.0 request.")
    series = ((one, [(label.name, label.value) for label in one.labels]) for one in request.timeseries)
    return _collected(series, cache, tally)


def _read_v2(data: bytes, cache: SeriesCache, tally: Tally) -> Reading:
    """The samples of a 2.0 Request; raises `Malformed` if it is none."""
    request = _parsed(2, data)
    if data and not (request.timeseries or request.symbols):
        raise Malformed("The body holds neither series nor symbols: it is not a remote write 2.0 request.")
    return _collected(_resolved(request, tally), cache, tally)


def _parsed(version: int, data: bytes) -> Any:
    from google.protobuf.message import DecodeError

    from inframind.ingestion.remote_write_schema import request_class

    try:
        request = request_class(version).FromString(data)
    except DecodeError as error:
        raise Malformed("The body is not protobuf, or it was cut off.") from error
    if len(request.timeseries) > SERIES_LIMIT:
        raise TooLarge(f"The request has {len(request.timeseries)} series; the limit is {SERIES_LIMIT}.")
    return request


def _resolved(request: Any, tally: Tally) -> Iterator[tuple[Any, Pairs]]:
    """Each series with its labels looked up in the symbol table."""
    symbols = list(request.symbols)
    for index, series in enumerate(request.timeseries):
        refs = list(series.labels_refs)
        if len(refs) % 2 or (refs and max(refs) >= len(symbols)):
            tally.refuse(
                f"timeseries[{index}]", "labels_refs do not point into the symbols in pairs", len(series.samples)
            )
            continue
        yield series, [(symbols[name], symbols[value]) for name, value in zip(refs[::2], refs[1::2], strict=True)]


def _collected(series: Iterator[tuple[Any, Pairs]], cache: SeriesCache, tally: Tally) -> Reading:
    samples, histograms = Collector(), Collector()
    for one, pairs in series:
        try:
            number = cache.number_of(pairs)
            for sample in one.samples:
                samples.add(number, sample.timestamp, sample.value)
            _collect_histograms(one.histograms, pairs, cache, histograms)
        except InvalidName as reason:
            tally.refuse(shown_pairs(pairs), str(reason), len(one.samples) + len(one.histograms))
    return Reading(samples.samples(), histograms.samples())


def _collect_histograms(histograms: Any, pairs: Pairs, cache: SeriesCache, collector: Collector) -> None:
    """Count and sum of native histograms, named as those of classic ones."""
    if not histograms:
        return
    count, total = (cache.number_of(_renamed(pairs, suffix)) for suffix in (b"_count", b"_sum"))
    for histogram in histograms:
        collector.add(count, histogram.timestamp, _count(histogram))
        collector.add(total, histogram.timestamp, histogram.sum)


def _renamed(pairs: Pairs, suffix: bytes) -> Pairs:
    metric = METRIC_LABEL.encode()
    return [(name, value + suffix if name == metric else value) for name, value in pairs]


def _count(histogram: Any) -> float:
    """A native histogram's count, whole or fractional; a stale histogram says so in its sum alone."""
    if int(np.float64(histogram.sum).view(np.uint64)) == STALE_BITS:
        return STALE
    return float(histogram.count_int or histogram.count_float)
