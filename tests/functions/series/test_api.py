"""Resources and samples over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from inframind import wiring
from inframind.platform.keys import keep
from inframind.records import Role
from tests.conftest import Account, load_handler
from tests.http_events import Answer, Handler, ask, event
from tests.series.builders import NOON_MS, STALE, a_frame

VIEWER, SENDER = "a viewer's key", "a sender's key"
RANGE = f"start={NOON_MS}&end={NOON_MS + 3_600_000}"
LOAD_0, LOAD_1, UP = b"load\0cpu\x000", b"load\0cpu\x001", b"up"


@pytest.fixture
def handler(aws: Account) -> Any:
    for key, role in ((VIEWER, Role.VIEWER), (SENDER, Role.INGEST)):
        wiring.key_store().put(keep(key, "test", role, datetime.now(UTC)))
    return load_handler("series", "api").handler


def store(rows: dict[int, dict[bytes, float]], resource: str = "db-1") -> None:
    assert wiring.series_store().write([a_frame(rows, resource)], datetime.now(UTC)).failed == {}


def get(handler: Handler, url: str, key: str = VIEWER) -> Answer:
    return ask(handler, event("GET", url, route="GET /api/v1/metrics/{proxy+}", key=key))


def points(answer: Answer) -> dict[str, Sequence[Any]]:
    """Metric and labels in one text -> values."""
    assert answer.status == 200, answer.body
    return {
        " ".join((one["metric"], *one["labels"].values())): [value for _, value in one["points"]]
        for one in answer.json["series"]
    }


def test_resources_with_many_long_metrics_make_short_pages_that_a_function_may_answer(handler: Handler) -> None:
    metrics = {b"m" * 190 + b"%d" % number: 1.0 for number in range(500)}
    for number in range(40):
        store({0: metrics}, f"db-{number:02d}")
    answers = [get(handler, "/api/v1/resources?limit=500")]
    while answers[-1].json["cursor"]:
        answers.append(get(handler, f"/api/v1/resources?limit=500&cursor={answers[-1].json['cursor']}"))
    assert [one["resource_id"] for answer in answers for one in answer.json["items"]] == [
        f"db-{number:02d}" for number in range(40)
    ]
    assert max(len(answer.body) for answer in answers) < 3_100_000


def test_samples_come_with_times_metrics_and_labels(handler: Handler) -> None:
    store({0: {UP: 1.0, LOAD_0: 0.5}, 15: {UP: 1.0}})
    answer = get(handler, f"/api/v1/metrics/db-1?{RANGE}")
    assert answer.json == {
        "resource_id": "db-1",
        "start": "2026-01-11T12:00:00Z",
        "end": "2026-01-11T13:00:00Z",
        "step": None,
        "series": [
            {"metric": "load", "labels": {"cpu": "0"}, "points": [["2026-01-11T12:00:00Z", 0.5]]},
            {
                "metric": "up",
                "labels": {},
                "points": [["2026-01-11T12:00:00Z", 1.0], ["2026-01-11T12:00:15Z", 1.0]],
            },
        ],
        "cursor": None,
        "note": None,
    }


def test_metrics_and_labels_select(handler: Handler) -> None:
    store({0: {UP: 1.0, LOAD_0: 2.0, LOAD_1: 3.0, b"other": 4.0}})
    assert points(get(handler, f"/api/v1/metrics/db-1?{RANGE}&metric=up&metric=load")) == {
        "up": [1.0],
        "load 0": [2.0],
        "load 1": [3.0],
    }
    assert points(get(handler, f"/api/v1/metrics/db-1?{RANGE}&label=cpu:1")) == {"load 1": [3.0]}


@pytest.mark.parametrize(("agg", "expected"), [("", [2.0, 9.0]), ("&agg=max", [3.0, 9.0]), ("&agg=count", [2.0, 1.0])])
def test_steps_aggregate(handler: Handler, agg: str, expected: list[float]) -> None:
    store({0: {UP: 1.0}, 30: {UP: 3.0}, 60: {UP: 9.0}})
    assert points(get(handler, f"/api/v1/metrics/db-1?{RANGE}&step=1m{agg}")) == {"up": expected}


def test_pages_hold_every_sample_once(handler: Handler) -> None:
    store({at: {UP: float(at), LOAD_0: -float(at)} for at in range(7)})
    seen: list[float] = []
    url = f"/api/v1/metrics/db-1?{RANGE}&limit=3"
    answer = get(handler, url)
    for _ in range(4):
        seen += [value for values in points(answer).values() for value in values]
        answer = get(handler, f"{url}&cursor={answer.json['cursor']}")
    seen += [value for values in points(answer).values() for value in values]
    assert sorted(seen) == sorted([float(at) for at in range(7)] + [-float(at) for at in range(7)])
    assert answer.json["cursor"] is None


def test_without_a_range_it_is_the_last_hour(handler: Handler) -> None:
    seconds = int(datetime.now(UTC).timestamp()) - NOON_MS // 1_000
    store({seconds - 4_000: {UP: 1.0}, seconds - 3_000: {UP: 2.0}, seconds: {UP: 3.0}})
    assert points(get(handler, "/api/v1/metrics/db-1")) == {"up": [2.0, 3.0]}


def test_where_the_last_hour_is_empty_the_note_says_when_there_is_something(handler: Handler) -> None:
    store({0: {UP: 1.0}, 60: {UP: 1.0}})
    answer = get(handler, "/api/v1/metrics/db-1")
    assert points(answer) == {}
    assert "from 2026-01-11T12:00:00Z to 2026-01-11T12:01:00Z" in answer.json["note"]


def test_words_stand_for_what_json_has_no_number_for_and_stale_markers_are_asked_for(handler: Handler) -> None:
    store({0: {UP: float("nan")}, 1: {UP: float("inf")}, 2: {UP: float("-inf")}, 3: {UP: STALE}})
    assert points(get(handler, f"/api/v1/metrics/db-1?{RANGE}")) == {"up": ["NaN", "+Inf", "-Inf"]}
    assert points(get(handler, f"/api/v1/metrics/db-1?{RANGE}&stale=true")) == {"up": ["NaN", "+Inf", "-Inf", "NaN"]}


def test_an_unknown_resource_is_404_and_says_where_to_look(handler: Handler) -> None:
    answer = get(handler, "/api/v1/metrics/nobody")
    assert answer.status == 404
    assert "/api/v1/resources" in answer.json["detail"]


@pytest.mark.parametrize("resource", ["rack/7/server ü", "数据库", "10.0.0.1:9100", "a%b", "a?b", "analyze"])
def test_a_resource_may_have_any_name(handler: Handler, resource: str) -> None:
    store({0: {UP: 1.0}}, resource)
    answer = get(handler, f"/api/v1/metrics/{quote(resource, safe='/')}?{RANGE}")
    assert (answer.json["resource_id"], points(answer)) == (resource, {"up": [1.0]})


def test_analyze_of_a_resource_with_slashes_is_answered_here_too(handler: Handler) -> None:
    store({at: {b"cpu_usage": 50.0 + at % 3} for at in range(30)} | {30: {b"cpu_usage": 99.0}}, "rack/7")
    answer = get(handler, "/api/v1/metrics/rack/7/analyze?window_size=20")
    assert (answer.json["status"], answer.json["anomaly_metrics"]) == ("ANOMALY", ["cpu_usage"])


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("start=soon", "query.start"),
        ("end=1e300", "query.end"),
        ("step=0", "query.step"),
        ("agg=max", "query.agg"),
        ("step=1m&agg=median", "query.agg"),
        ("label=x", "query.label"),
        ("limit=10001", "query.limit"),
        ("limit=0", "query.limit"),
        ("cursor=made-up", "query.cursor"),
        ("cursor=9999999999999999999__9999999999999999999", "query.cursor"),
        ("start=1768132800&end=1768132800", "query.start"),
    ],
)
def test_a_fault_is_named_with_its_place(handler: Handler, query: str, where: str) -> None:
    answer = get(handler, f"/api/v1/metrics/db-1?{query}")
    assert answer.status == 422
    assert [fault["where"] for fault in answer.json["errors"]] == [where]


@pytest.mark.parametrize("path", ["/api/v1/resources", "/api/v1/metrics/db-1", "/api/v1/metrics/a/b/analyze"])
def test_reading_needs_a_key_that_may_read(handler: Handler, path: str) -> None:
    assert get(handler, path, key="").status == 401
    assert get(handler, path, key=SENDER).status == 403


def test_resources_are_listed_by_id_with_their_metrics(handler: Handler) -> None:
    for name in ("b", "a", "c/d"):
        store({0: {UP: 1.0, LOAD_0: 1.0}, 60: {UP: 1.0}}, name)
    first = get(handler, "/api/v1/resources?limit=2").json
    rest = get(handler, f"/api/v1/resources?limit=2&cursor={first['cursor']}").json
    assert [one["resource_id"] for one in (*first["items"], *rest["items"])] == ["a", "b", "c/d"]
    assert first["items"][0] == {
        "resource_id": "a",
        "first_seen": "2026-01-11T12:00:00Z",
        "last_seen": "2026-01-11T12:01:00Z",
        "metrics": ["load", "up"],
    }
    assert rest["cursor"] is None


def test_a_table_that_is_gone_is_503_with_retry_after(handler: Handler, aws: Account) -> None:
    aws.client("dynamodb").delete_table(TableName=aws.environment["SERIES_TABLE"])
    answer = get(handler, "/api/v1/metrics/db-1")
    assert (answer.status, int(answer.headers["retry-after"]) > 0) == (503, True)


def test_the_end_of_the_first_page_is_the_end_of_all_pages(handler: Handler) -> None:
    now = datetime.now(UTC)
    seconds = int(now.timestamp()) - NOON_MS // 1_000
    store({seconds - 20: {UP: 1.0}, seconds - 10: {UP: 2.0}})
    first = get(handler, "/api/v1/metrics/db-1?limit=1").json
    store({seconds + 600: {UP: 3.0}})
    second = get(handler, f"/api/v1/metrics/db-1?limit=1&cursor={first['cursor']}").json
    assert second["end"] == first["end"]
    assert datetime.fromisoformat(first["end"]) < now + timedelta(seconds=600)
    assert second["cursor"] is None
