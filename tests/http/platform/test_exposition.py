from prometheus_client.parser import text_string_to_metric_families

from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.http.counting import request_counts
from inframind.http.platform.exposition import exposition
from inframind.ports.paging import CounterKey
from tests.http_events import event

SEED = ("metrics_ingested_total", "anomaly_checks_total", "sla_risk_checks_total", "sla_high_risk_total")
Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples(counts: dict[CounterKey, float]) -> dict[Sample, float]:
    text = exposition(counts, "")[0].decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_counter_stands_at_zero_before_the_first_count() -> None:
    found = samples({})
    assert {name: found[name, ()] for name in SEED} == dict.fromkeys(SEED, 0.0)
    severities = {dict(labels)["severity"] for name, labels in found if name == "anomalies_found_total"}
    assert severities == {"medium", "high", "critical"}


def test_the_seeds_families_have_their_names_and_types() -> None:
    text = exposition({}, "")[0].decode()
    assert "# TYPE http_requests_total counter" in text
    assert "# TYPE http_request_duration_seconds histogram" in text
    assert "# TYPE sla_high_risk_total counter" in text


def test_buckets_are_cumulative_and_end_with_the_count() -> None:
    store = MemoryCounters()
    for seconds in (0.004, 0.02, 0.02, 30.0):
        store.add(request_counts(event("GET", "/a", route="GET /a"), 200, seconds))
    found = samples(dict(store.read()))
    labels = (("method", "GET"), ("path", "/a"))
    buckets = [found["http_request_duration_seconds_bucket", (("le", le), *labels)] for le in ("0.005", "0.025", "5.0")]
    assert buckets == [1, 3, 3]
    assert found["http_request_duration_seconds_bucket", (("le", "+Inf"), *labels)] == 4
    assert found["http_request_duration_seconds_count", labels] == 4
    assert found["http_request_duration_seconds_sum", labels] == 30.044
    assert found["http_requests_total", (*labels, ("status", "200"))] == 4


def test_pipelines_are_shown_as_they_were_counted_whatever_their_names() -> None:
    name = 'team/"shop"\\\n}'
    found = samples({("pipeline_builds_total", (("pipeline", one),)): 2.0 for one in (name, "web")})
    assert {labels: value for (metric, labels), value in found.items() if metric == "pipeline_builds_total"} == {
        (("pipeline", name),): 2.0,
        (("pipeline", "web"),): 2.0,
    }


def test_a_counter_that_is_not_in_the_catalogue_is_not_shown() -> None:
    assert "mystery" not in exposition({("mystery_total", ()): 1.0}, "")[0].decode()


def test_openmetrics_is_spoken_to_those_who_ask() -> None:
    body, content_type = exposition({}, "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")
    assert exposition({}, "text/html")[1].startswith("text/plain; version=")
