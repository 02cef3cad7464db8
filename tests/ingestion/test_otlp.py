from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from inframind.errors import TooLarge
from inframind.identity import SeriesId
from inframind.ingestion import otlp
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.samples import STALE_BITS, Tally
from inframind.ingestion.series_cache import SeriesCache
from tests.ingestion.bodies import HORIZON_MS, NOW_MS, Stored, bits, kept

NOW_NS = NOW_MS * 1_000_000
DELTA, CUMULATIVE = 1, 2
NO_RECORDED_VALUE = 1


def request(metric: str = "http.requests", resource: dict[str, str] | None = None) -> tuple[Any, Any]:
    message = ExportMetricsServiceRequest()
    one = message.resource_metrics.add()
    for key, value in ({"service.name": "checkout"} if resource is None else resource).items():
        one.resource.attributes.add(key=key).value.string_value = value
    scope = one.scope_metrics.add()
    scope.scope.name = "a.library"
    return message, scope.metrics.add(name=metric, unit="1")


def read(message: Any) -> tuple[Stored, Tally]:
    cache, tally = SeriesCache(), Tally()
    return kept(otlp.read(message, Clock(NOW_MS, HORIZON_MS), cache, tally), cache), tally


def test_a_gauge_is_a_series_of_its_service_and_keeps_its_dots() -> None:
    message, metric = request("http.server.load", {"service.name": "checkout", "host.name": "h1"})
    point = metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_double=0.1)
    point.attributes.add(key="route").value.string_value = "/pay"
    labels = (("host.name", "h1"), ("route", "/pay"))
    assert read(message)[0] == {SeriesId("checkout", "http.server.load", labels): {NOW_MS: bits(0.1)}}


def test_whole_numbers_are_taken_and_zero_is_a_value() -> None:
    message, metric = request()
    metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=0)
    assert read(message)[0] == {SeriesId("checkout", "http.requests"): {NOW_MS: bits(0.0)}}


def test_a_delta_says_that_it_is_one_and_a_cumulative_sum_does_not() -> None:
    for temporality, labels in ((DELTA, (("__temporality__", "delta"),)), (CUMULATIVE, ())):
        message, metric = request()
        metric.sum.aggregation_temporality = temporality
        metric.sum.data_points.add(time_unix_nano=NOW_NS, as_int=5)
        assert read(message)[0] == {SeriesId("checkout", "http.requests", labels): {NOW_MS: bits(5.0)}}


def test_a_histogram_has_count_sum_and_cumulative_buckets() -> None:
    message, metric = request("latency")
    metric.histogram.aggregation_temporality = CUMULATIVE
    metric.histogram.data_points.add(
        time_unix_nano=NOW_NS, count=6, sum=1.5, bucket_counts=[1, 2, 3], explicit_bounds=[0.005, 1.0]
    )
    found = {(one.metric, one.labels): list(column.values()) for one, column in read(message)[0].items()}
    assert found == {
        ("latency_count", ()): [bits(6.0)],
        ("latency_sum", ()): [bits(1.5)],
        ("latency_bucket", (("le", "0.005"),)): [bits(1.0)],
        ("latency_bucket", (("le", "1"),)): [bits(3.0)],
        ("latency_bucket", (("le", "+Inf"),)): [bits(6.0)],
    }


def test_a_histogram_may_lack_sum_and_buckets() -> None:
    message, metric = request("latency")
    metric.histogram.data_points.add(time_unix_nano=NOW_NS, count=6)
    assert [one.metric for one in read(message)[0]] == ["latency_count"]


def test_an_exponential_histogram_is_kept_as_count_and_sum() -> None:
    message, metric = request("latency")
    metric.exponential_histogram.data_points.add(time_unix_nano=NOW_NS, count=6, sum=1.5, scale=3)
    assert {one.metric for one in read(message)[0]} == {"latency_count", "latency_sum"}


def test_a_summary_has_count_sum_and_quantiles() -> None:
    message, metric = request("latency")
    point = metric.summary.data_points.add(time_unix_nano=NOW_NS, count=6, sum=0.0)
    point.quantile_values.add(quantile=0.99, value=0.2)
    found = {(one.metric, one.labels) for one in read(message)[0]}
    assert found == {("latency_count", ()), ("latency_sum", ()), ("latency", (("quantile", "0.99"),))}


def test_a_point_without_recorded_value_ends_its_series() -> None:
    message, metric = request()
    metric.gauge.data_points.add(time_unix_nano=NOW_NS, flags=NO_RECORDED_VALUE)
    assert read(message)[0] == {SeriesId("checkout", "http.requests"): {NOW_MS: STALE_BITS}}
    message, metric = request("latency")
    metric.histogram.data_points.add(time_unix_nano=NOW_NS, flags=NO_RECORDED_VALUE, explicit_bounds=[1.0])
    found = read(message)[0]
    assert len(found) == 3
    assert {value for column in found.values() for value in column.values()} == {STALE_BITS}


def test_attributes_of_every_kind_become_text() -> None:
    message, metric = request()
    point = metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    point.attributes.add(key="flag").value.bool_value = True
    point.attributes.add(key="port").value.int_value = 8080
    point.attributes.add(key="share").value.double_value = 0.5
    point.attributes.add(key="raw").value.bytes_value = b"\x00\xff"
    point.attributes.add(key="list").value.array_value.values.add().string_value = "a"
    point.attributes.add(key="map").value.kvlist_value.values.add(key="k").value.int_value = 1
    point.attributes.add(key="nothing")
    (series,) = read(message)[0]
    assert dict(series.labels) == {
        "flag": "true",
        "port": "8080",
        "share": "0.5",
        "raw": "AP8=",
        "list": '["a"]',
        "map": '{"k":1}',
    }


def test_without_a_service_the_resource_is_unknown() -> None:
    message, metric = request(resource={})
    metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    assert [one.resource for one in read(message)[0]] == ["unknown"]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"as_int": 1}, "timeUnixNano is missing"),
        ({"time_unix_nano": NOW_NS}, "the data point has no value"),
        ({"time_unix_nano": (HORIZON_MS + 1) * 1_000_000, "as_int": 1}, "time is ahead of the clock here"),
    ],
)
def test_a_point_that_cannot_be_kept_is_counted_and_named(fields: dict[str, int], what: str) -> None:
    message, metric = request()
    metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    metric.gauge.data_points.add(**fields)
    found, tally = read(message)
    assert (len(found), tally.rejected) == (1, 1)
    assert [(fault.where, fault.what) for fault in tally.faults] == [("http.requests", what)]


def test_a_histogram_whose_buckets_do_not_fit_is_one_refused_point() -> None:
    message, metric = request("latency")
    metric.histogram.data_points.add(time_unix_nano=NOW_NS, count=6, bucket_counts=[1, 2], explicit_bounds=[1.0, 2.0])
    found, tally = read(message)
    assert (found, tally.rejected) == ({}, 1)


def test_a_metric_without_data_holds_nothing() -> None:
    message, _ = request()
    assert read(message) == ({}, Tally())


def test_control_characters_in_a_name_refuse_the_point() -> None:
    message, metric = request("bad\x00name")
    metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    assert read(message)[1].faults[0].where == "bad\ufffdname"


@pytest.mark.parametrize("place", ["resources", "metrics", "data points"])
def test_a_request_of_too_many_parts_is_refused_before_each_is_looked_at(place: str) -> None:
    request = ExportMetricsServiceRequest()
    if place == "resources":
        request.MergeFromString(b"\x0a\x00" * 100_001)
    elif place == "metrics":
        request.resource_metrics.add().scope_metrics.add().MergeFromString(b"\x12\x00" * 100_001)
    else:
        metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
        metric.gauge.MergeFromString(b"\x0a\x00" * 100_001)
    with pytest.raises(TooLarge, match="the limit is 100000"):
        otlp.read(request, Clock(NOW_MS, HORIZON_MS), SeriesCache(), Tally())
