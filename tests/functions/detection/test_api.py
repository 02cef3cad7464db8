"""Analyses and anomalies, asked for over HTTP."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from inframind import wiring
from inframind.frames import Frame
from inframind.platform.keys import keep
from inframind.records import Role, Severity
from tests.conftest import Account, load_handler
from tests.contracts.anomalies import NOON, anomaly
from tests.detection.frames import NOON as NOON_MS
from tests.http_events import Answer, ask, event

STEADY = [47.5 + 2.8 * math.sqrt(19 / 20) * sign for sign in (1, -1)] * 10
VIEWER, SENDER = "a viewer's key", "a sender's key"


@pytest.fixture
def handler(aws: Account) -> Iterator[Any]:
    for token, role in ((VIEWER, Role.VIEWER), (SENDER, Role.INGEST)):
        wiring.key_store().put(keep(token, token, role, datetime.now(UTC)))
    return load_handler("detection", "api").handler  # type: ignore[no-any-return]


def get(handler: Any, path: str, key: str = VIEWER) -> Answer:
    return ask(handler, event("GET", path, key=key))


def send(resource: str, metric: str, values: list[float], start_s: int = 0) -> None:
    times = NOON_MS + 1000 * (start_s + np.arange(len(values), dtype=np.int64))
    frame = Frame(resource, (metric.encode(),), times, np.array(values)[:, None])
    wiring.series_store().write([frame], datetime.now(UTC))


def analyze(handler: Any, resource: str, query: str = "") -> Answer:
    return get(handler, f"/api/v1/metrics/{quote(resource, safe='')}/analyze{query}")


def test_anomalies_of_series_with_long_names_make_short_pages_that_a_function_may_answer(handler: Any) -> None:
    labels = {f"l{number}": "x" * 2_000 for number in range(4)}
    planted = [anomaly(number).model_copy(update={"labels": labels}) for number in range(400)]
    wiring.anomalies().put(planted)
    answers = [get(handler, "/api/v1/anomalies?limit=500")]
    while answers[-1].json["cursor"]:
        answers.append(get(handler, f"/api/v1/anomalies?limit=500&cursor={answers[-1].json['cursor']}"))
    found = [one["id"] for answer in answers for one in answer.json["items"]]
    assert (len(found), set(found)) == (400, {one.id for one in planted})
    assert max(len(answer.body) for answer in answers) < 3_100_000


def test_the_seeds_example_is_answered_as_printed(handler: Any) -> None:
    send("server-001", "cpu_usage", [*STEADY, 95.0])
    answer = analyze(handler, "server-001", "?window_size=20")
    assert answer.status == 200
    assert answer.json == {
        "status": "ANOMALY",
        "anomaly_detected": True,
        "anomaly_metrics": ["cpu_usage"],
        "explanation": "Anomaly detected in cpu_usage: value=95.0, mean=47.5, std=2.8, z-score=17.0",
        "confidence_score": 1.0,
        "algorithm": "zscore_v1",
    }
    assert wiring.counters().read()[("anomaly_checks_total", ())] == 1


@pytest.mark.parametrize("resource", ["server 1", "höst/ü", "a/b/c", "analyze", "10.0.0.1:9100"])
def test_a_resource_may_be_called_anything(handler: Any, resource: str) -> None:
    send(resource, "cpu_usage", [1.0, 2.0, 3.0])
    assert analyze(handler, resource).json["status"] == "OK"


def test_ten_values_are_the_window_unless_another_is_asked_for(handler: Any) -> None:
    send("a", "cpu_usage", [1000.0, -1000.0] + [10.0, 12.0] * 5 + [30.0])
    assert analyze(handler, "a").json["status"] == "ANOMALY"
    assert analyze(handler, "a", "?window_size=12&algorithm=zscore_v1").json["status"] == "OK"


def test_metrics_sent_at_times_of_their_own_are_all_judged(handler: Any) -> None:
    for turn in range(12):
        for place, metric in enumerate(("cpu_usage", "memory_usage", "gpu_usage")):
            send("a", metric, [100.0 if turn == 11 else 50.0 + turn % 2], 10 * turn + place)
    assert analyze(handler, "a").json["anomaly_metrics"] == ["cpu_usage", "gpu_usage", "memory_usage"]


def test_one_value_is_not_enough_to_judge(handler: Any) -> None:
    send("a", "cpu_usage", [1.0])
    assert analyze(handler, "a").json["status"] == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("query", ["window_size=1", "window_size=101", "window_size=ten", "algorithm=magic"])
def test_a_question_that_makes_no_sense_is_refused_and_the_fault_named(handler: Any, query: str) -> None:
    answer = analyze(handler, "a", f"?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["where"] == f"query.{query.partition('=')[0]}"


def test_another_algorithm_is_refused_with_the_one_there_is(handler: Any) -> None:
    assert "zscore_v1" in analyze(handler, "a", "?algorithm=magic").json["errors"][0]["what"]


def test_a_resource_that_sent_nothing_is_not_found(handler: Any) -> None:
    answer = analyze(handler, "nobody")
    assert answer.status == 404
    assert "nobody" in answer.json["detail"]


def test_anomalies_are_listed_newest_first_a_page_at_a_time(handler: Any) -> None:
    wiring.anomalies().put([anomaly(minute, f"web-{minute % 2}") for minute in range(5)])
    first = get(handler, "/api/v1/anomalies?limit=3").json
    second = get(handler, f"/api/v1/anomalies?limit=3&cursor={first['cursor']}").json
    listed = [one["detected_at"] for one in first["items"] + second["items"]]
    assert listed == [f"2026-01-11T12:0{minute}:00Z" for minute in (4, 3, 2, 1, 0)]
    assert second["cursor"] is None


def test_every_filter_filters(handler: Any) -> None:
    wiring.anomalies().put([anomaly(1), anomaly(2, "web-2"), anomaly(3, severity=Severity.HIGH)])
    wiring.anomalies().put([anomaly(4, phase="cleared", cleared_at=NOON + timedelta(minutes=9))])

    def minutes(query: str) -> list[int]:
        items = get(handler, f"/api/v1/anomalies?{query}").json["items"]
        return [datetime.fromisoformat(one["detected_at"]).minute for one in items]

    assert minutes("resource_id=web-2") == [2]
    assert minutes("severity=high") == [3]
    assert minutes("phase=cleared") == [4]
    assert minutes("since=2026-01-11T12:02:00Z&until=2026-01-11T12:04:00Z") == [3, 2]
    assert minutes(f"since={int(NOON.timestamp()) + 180}") == [4, 3]
    assert minutes(f"since={int(NOON.timestamp()) * 1000 + 240_000}&phase=open") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "severity=dire",
        "phase=gone",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
        "cursor=%C3%A9",
        "since=2026-01-11T12:00:00Z&until=2026-01-11T12:00:00Z",
    ],
)
def test_a_list_that_makes_no_sense_is_refused(handler: Any, query: str) -> None:
    answer = get(handler, f"/api/v1/anomalies?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["where"].startswith("query.")


def test_one_anomaly_is_found_by_its_id_and_an_unknown_one_is_not(handler: Any) -> None:
    wiring.anomalies().put([anomaly(1)])
    found = get(handler, f"/api/v1/anomalies/{anomaly(1).id}")
    assert (found.status, found.json) == (200, anomaly(1).model_dump(mode="json"))
    assert get(handler, "/api/v1/anomalies/nothing").status == 404


@pytest.mark.parametrize("path", ["/api/v1/anomalies", "/api/v1/anomalies/x", "/api/v1/metrics/a/analyze"])
def test_reading_needs_a_viewers_key(handler: Any, path: str) -> None:
    assert get(handler, path, key="").status == 401
    assert get(handler, path, key=SENDER).status == 403


def test_a_table_that_fails_is_a_503_with_a_time_to_wait(handler: Any, aws: Account) -> None:
    for table in ("ANOMALIES_TABLE", "SERIES_TABLE"):
        aws.client("dynamodb").delete_table(TableName=aws.environment[table])
    for path in ("/api/v1/anomalies", "/api/v1/anomalies/x", "/api/v1/metrics/a/analyze"):
        answer = get(handler, path)
        assert (answer.status, "retry-after" in answer.headers) == (503, True)


def test_what_cannot_be_counted_is_answered_all_the_same(handler: Any, aws: Account) -> None:
    send("a", "cpu_usage", [1.0, 2.0, 3.0])
    aws.client("dynamodb").delete_table(TableName=aws.environment["COUNTERS_TABLE"])
    assert analyze(handler, "a").status == 200
