import json
from typing import Any

import pytest

from inframind.errors import Malformed, Rejected, TooLarge
from inframind.identity import SeriesId
from inframind.ingestion import json_form
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.samples import Tally
from inframind.ingestion.series_cache import SeriesCache
from tests.ingestion.bodies import HORIZON_MS, NOW_MS, Stored, bits, kept

CLOCK = Clock(NOW_MS, HORIZON_MS)
SEED = {"resource_id": "server-001", "cpu_usage": 45.5, "memory_usage": 60.2, "gpu_usage": 30.0}
POINT = {"metric_name": "api_latency_ms", "value": 1500, "labels": {"service": "auth-api", "environment": "production"}}


def read(document: Any) -> tuple[json_form.Entries, Tally, Stored]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    cache, tally = SeriesCache(), Tally()
    entries = json_form.read(body, CLOCK, cache, tally)
    return entries, tally, kept(entries.samples, cache)


def test_the_resource_form_is_three_series_of_the_resource() -> None:
    entries, tally, found = read(SEED | {"timestamp": "2026-01-11T10:30:00Z"})
    assert found == {
        SeriesId("server-001", "cpu_usage"): {NOW_MS: bits(45.5)},
        SeriesId("server-001", "memory_usage"): {NOW_MS: bits(60.2)},
        SeriesId("server-001", "gpu_usage"): {NOW_MS: bits(30.0)},
    }
    assert json_form.answer(entries, tally) == {"message": "Metric ingested", "resource_id": "server-001"}


def test_the_metric_point_form_is_one_series_of_its_service() -> None:
    entries, tally, found = read(POINT)
    series = SeriesId("auth-api", "api_latency_ms", (("environment", "production"),))
    assert found == {series: {NOW_MS: bits(1500.0)}}
    assert json_form.answer(entries, tally)["resource_id"] == "auth-api"


def test_without_a_timestamp_the_sample_is_of_its_arrival() -> None:
    for document in (SEED, SEED | {"timestamp": None}):
        assert {time for series in read(document)[2].values() for time in series} == {NOW_MS}


def test_a_batch_may_mix_both_forms_and_keeps_the_good_beside_the_bad() -> None:
    entries, tally, found = read({"metrics": [SEED, POINT, {"resource_id": "x", "cpu_usage": 101}, 7]})
    assert len(found) == 4
    assert json_form.answer(entries, tally) == {
        "message": "Metrics ingested",
        "accepted": 2,
        "rejected": 2,
        "errors": [
            {"where": "metrics[2].cpu_usage", "what": "must be between 0 and 100"},
            {"where": "metrics[3]", "what": "must be an object"},
        ],
    }


def test_twenty_faults_are_named_and_all_are_counted() -> None:
    entries, tally, _ = read({"metrics": [SEED] + [{"resource_id": ""}] * 500})
    answer = json_form.answer(entries, tally)
    assert (answer["accepted"], answer["rejected"], len(tally.faults)) == (1, 500, 20)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"cpu_usage": -0.1}, "cpu_usage"),
        ({"cpu_usage": "45"}, "cpu_usage"),
        ({"cpu_usage": True}, "cpu_usage"),
        ({"cpu_usage": float("nan")}, "cpu_usage"),
        ({"cpu_usage": float("inf")}, "cpu_usage"),
        ({"memory_usage": 100.01}, "memory_usage"),
        ({"gpu_usage": [1]}, "gpu_usage"),
        ({"resource_id": None}, "resource_id"),
        ({"resource_id": "a\0b"}, "resource_id"),
        ({"resource_id": "x" * 513}, "resource_id"),
        ({"resource_id": "\ud800"}, "resource_id"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": HORIZON_MS + 1}, "timestamp"),
        ({"timestamp": "1969-12-31T00:00:00Z"}, "timestamp"),
        ({"cpu_usage": None, "memory_usage": None, "gpu_usage": None}, "cpu_usage"),
    ],
)
def test_a_fault_is_named_by_its_field_and_nothing_of_the_entry_is_kept(changes: dict[str, Any], where: str) -> None:
    entries, tally, found = read(SEED | changes)
    assert (entries.accepted, tally.rejected, found) == (0, 1, {})
    assert where in {fault.where for fault in tally.faults}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"metric_name": ""}, "metric_name and labels"),
        ({"metric_name": 5}, "metric_name"),
        ({"value": None}, "value"),
        ({"value": "1500"}, "value"),
        ({"value": 10**400}, "value"),
        ({"labels": ["service"]}, "labels"),
        ({"labels": {"service": 1}}, "labels"),
        ({"labels": {f"l{number}": "x" for number in range(10_000)}}, "metric_name and labels"),
    ],
)
def test_a_metric_point_s_fault_is_named_by_its_field(changes: dict[str, Any], where: str) -> None:
    entries, tally, _ = read(POINT | changes)
    assert entries.accepted == 0
    assert [fault.where for fault in tally.faults] == [where]


def test_a_bare_list_is_a_batch() -> None:
    entries, tally, _ = read([SEED, POINT, 7])
    assert (entries.accepted, entries.is_batch) == (2, True)
    assert [fault.where for fault in tally.faults] == ["metrics[2]"]


def test_unknown_fields_are_ignored() -> None:
    assert len(read(SEED | {"region": "eu", "disk": {}})[2]) == 3


def test_every_fault_of_an_entry_is_named() -> None:
    _, tally, _ = read({"resource_id": "a", "cpu_usage": 101, "memory_usage": "x", "timestamp": True})
    assert [fault.where for fault in tally.faults] == ["timestamp", "cpu_usage", "memory_usage"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b'{"value":' + b"9" * 5_000 + b"}", b"metrics"]
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


@pytest.mark.parametrize("document", [[], 5, None, {"metrics": []}, {"metrics": {}}, {"metrics": None}])
def test_json_without_metrics_is_refused_with_the_forms(document: Any) -> None:
    with pytest.raises(Rejected, match=r"Send an object"):
        read(document)


def test_a_batch_of_too_many_entries_is_refused_before_each_is_looked_at() -> None:
    with pytest.raises(TooLarge, match="the limit is 100000"):
        read(b'{"metrics": [' + b"1," * 100_000 + b"1]}")
