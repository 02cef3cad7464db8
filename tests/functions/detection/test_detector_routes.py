"""Detectors, feedback and verdicts over HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from inframind import wiring
from inframind.detection.commands import Heed, Look, read
from inframind.frames import Frame
from inframind.http import crud
from inframind.platform.keys import keep
from inframind.records import ANOMALY_KINDS, Role
from tests.cloudformation import ROOT
from tests.conftest import Account, load_handler
from tests.contracts.anomalies import anomaly
from tests.detection.frames import LONG, MINUTE, NOON, flat, steady
from tests.functions.detection.world import ALL_WELL, body
from tests.functions.detection.world import event as messages
from tests.http_events import Answer, ask, event

VIEWER, OPERATOR, OTHER = "a viewer's key", "an operator's key", "another operator's key"
PATH = "/api/v1/detectors"
WANTED = {"name": "backups", "resource": "db-*", "direction": "up"}


@pytest.fixture
def handler(aws: Account) -> Iterator[Any]:
    for token, role in ((VIEWER, Role.VIEWER), (OPERATOR, Role.OPERATOR), (OTHER, Role.OPERATOR)):
        wiring.key_store().put(keep(token, token, role, datetime.now(UTC)))
    return load_handler("detection", "api").handler  # type: ignore[no-any-return]


def call(handler: Any, method: str, path: str, body: Any = None, *, key: str = OPERATOR, idem: str = "") -> Answer:
    request = event(method, path, key=key, body=body)
    if idem:
        request["headers"]["idempotency-key"] = idem
    return ask(handler, request)


def queued(aws: Account) -> list[str]:
    """Bodies of the messages in the score queue, which stay there."""
    found = aws.client("sqs").receive_message(
        QueueUrl=aws.environment["SCORE_QUEUE_URL"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [message["Body"] for message in found.get("Messages", [])]


def test_a_detector_is_made_read_replaced_and_deleted(handler: Any) -> None:
    made = call(handler, "POST", PATH, WANTED)
    assert made.status == 201
    where = made.headers["location"]
    assert (where, made.json["metric"], made.json["sensitivity"]) == (f"{PATH}/{made.json['id']}", "*", 1.0)
    assert call(handler, "GET", where, key=VIEWER).json == made.json
    changed = call(handler, "PUT", where, {"resource": "web-*"}).json
    assert (changed["resource"], changed["direction"], changed["name"]) == ("web-*", "both", "")
    assert changed["created_at"] == made.json["created_at"]
    assert call(handler, "GET", PATH, key=VIEWER).json == {"items": [changed], "cursor": None}
    assert call(handler, "DELETE", where).status == 204
    assert [
        call(handler, method, where, body).status for method, body in (("GET", None), ("PUT", {}), ("DELETE", None))
    ] == [
        404,
        404,
        404,
    ]


def test_who_changes_what_of_detectors_is_recorded_once(handler: Any) -> None:
    where, _ = (call(handler, "POST", PATH, WANTED, idem="x").headers["location"] for _ in range(2))
    call(handler, "PUT", where, {"metric": "disk_*", "labels": {"device": "sd?"}, "enabled": False}, key=OTHER)
    for _ in range(2):
        call(handler, "DELETE", where)
    made = where.removeprefix(f"{PATH}/")
    created, changed, deleted = found = wiring.key_store().audit(50).items[::-1]
    assert [(one.action, one.subject, one.detail) for one in found] == [
        ("detector.created", made, 'db-* *: {"name":"backups","direction":"up"}'),
        ("detector.changed", made, '* disk_* device=sd?: {"enabled":false}'),
        ("detector.deleted", made, '* disk_* device=sd?: {"enabled":false}'),
    ]
    assert created.actor == deleted.actor != changed.actor


def test_a_detector_that_is_not_there_leaves_no_record(handler: Any) -> None:
    assert [call(handler, "PUT", f"{PATH}/x", {}).status, call(handler, "DELETE", f"{PATH}/x").status] == [404, 404]
    assert wiring.key_store().audit(50).items == ()


def test_every_fault_is_named(handler: Any) -> None:
    wrong = {
        "direction": "sideways",
        "sensitivty": 2,
        "time_zone": "Europe/Atlantis",
        "excluded_weekly": [{"start": "25:00", "end": "01:00"}],
    }
    answer = call(handler, "POST", PATH, wrong)
    assert answer.status == 422
    assert {fault["where"] for fault in answer.json["errors"]} == {
        "body.direction",
        "body.sensitivty",
        "body.time_zone",
        "body.excluded_weekly.0.start",
    }
    assert call(handler, "GET", PATH).json["items"] == []


def test_an_idempotency_key_makes_one_detector(handler: Any) -> None:
    first, again = (call(handler, "POST", PATH, WANTED, idem="x") for _ in range(2))
    assert (again.status, again.json) == (201, first.json)
    assert call(handler, "POST", PATH, WANTED | {"direction": "down"}, idem="x").status == 409
    assert call(handler, "POST", PATH, WANTED, idem="x", key=OTHER).json["id"] != first.json["id"]
    assert len(call(handler, "GET", PATH).json["items"]) == 2


def test_there_is_a_limit_that_the_answer_names(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crud, "MAX_ITEMS", 1)
    call(handler, "POST", PATH, WANTED, idem="x")
    refused = call(handler, "POST", PATH, WANTED)
    assert (refused.status, "1 detectors" in refused.json["detail"]) == (409, True)
    assert call(handler, "POST", PATH, WANTED, idem="x").status == 201


def test_changes_need_an_operator(handler: Any) -> None:
    wiring.anomalies().put([anomaly()])
    for method, path, given in (
        ("POST", PATH, WANTED),
        ("PUT", f"{PATH}/x", WANTED),
        ("DELETE", f"{PATH}/x", None),
        ("POST", f"/api/v1/anomalies/{anomaly().id}/feedback", {"verdict": "normal"}),
    ):
        assert call(handler, method, path, given, key=VIEWER).status == 403
        assert call(handler, method, path, given, key="").status == 401


def test_feedback_is_kept_and_ordered_from_the_scorer_and_said_again_is_the_same(handler: Any, aws: Account) -> None:
    wiring.anomalies().put([anomaly(1)])
    path = f"/api/v1/anomalies/{anomaly(1).id}/feedback"
    answers = [call(handler, "POST", path, {"verdict": "normal", "comment": "The backup."}) for _ in range(2)]
    assert [one.status for one in answers] == [200, 200]
    assert answers[0].json == answers[1].json == call(handler, "GET", f"/api/v1/anomalies/{anomaly(1).id}").json
    assert answers[0].json["feedback"].items() >= {"verdict": "normal", "comment": "The backup."}.items()
    (order,) = [read(body) for body in queued(aws)]
    assert isinstance(order, Heed)
    assert (order.anomaly.id, order.feedback.verdict) == (anomaly(1).id, "normal")


def test_feedback_on_nothing_or_without_a_verdict_is_refused(handler: Any, aws: Account) -> None:
    assert call(handler, "POST", "/api/v1/anomalies/nothing/feedback", {"verdict": "normal"}).status == 404
    wiring.anomalies().put([anomaly(1)])
    assert call(handler, "POST", f"/api/v1/anomalies/{anomaly(1).id}/feedback", {"verdict": "meh"}).status == 422
    assert queued(aws) == []


def test_feedback_that_cannot_be_ordered_is_a_503(handler: Any, aws: Account) -> None:
    wiring.anomalies().put([anomaly(1)])
    aws.client("sqs").delete_queue(QueueUrl=aws.environment["SCORE_QUEUE_URL"])
    answer = call(handler, "POST", f"/api/v1/anomalies/{anomaly(1).id}/feedback", {"verdict": "normal"})
    assert (answer.status, "retry-after" in answer.headers) == (503, True)


def test_the_watch_orders_one_look_from_every_shard_however_often_it_runs(aws: Account) -> None:
    process = load_handler("detection", "watch")
    process.MINUTE_MS = 10**13  # type: ignore[attr-defined]  # one minute for the whole test
    for _ in range(2):
        assert process.handler({"schedule": "watch"}, None) == {"shards": 4}
    orders = [read(body) for body in queued(aws)]
    assert len(orders) == 4
    assert all(isinstance(one, Look) for one in orders)


def fleet(resource: str, rows: int, last: float) -> None:
    minutes = np.arange(rows)
    values = np.stack([np.where(minutes % 2, 45.0, 50.0), 30.0 + minutes % 3], axis=1)
    values[-1, 0] = last
    frame = Frame(resource, (b"cpu_usage", b"memory_usage"), NOON + minutes * MINUTE, values)
    wiring.series_store().write([frame], datetime.now(UTC))


def verdict(handler: Any, resource: str) -> Answer:
    return call(handler, "GET", f"/api/v1/resources/{quote(resource, safe='')}/verdict", key=VIEWER)


def test_a_resource_has_one_score_and_who_makes_it_up(handler: Any) -> None:
    fleet("web-1", 200, 45.0)
    fleet("a/b/c", 200, 400.0)
    usual, unusual = verdict(handler, "web-1").json, verdict(handler, "a/b/c").json
    assert (usual["status"], unusual["status"]) == ("OK", "UNUSUAL")
    assert usual["score"] < 1 <= unusual["score"]
    first = unusual["contributors"][0]
    assert (first["metric_name"], first["value"]) == ("cpu_usage", 400.0)
    assert first["share"] > 0.9
    assert unusual["explanation"].startswith("a/b/c is unusual, with a score of ")


def test_an_open_anomaly_makes_the_verdict(handler: Any) -> None:
    fleet("web-1", 200, 45.0)
    wiring.anomalies().put([anomaly(1), anomaly(2, "web-2"), anomaly(3, phase="cleared")])
    answer = verdict(handler, "web-1").json
    assert (answer["status"], [one["id"] for one in answer["open_anomalies"]]) == ("ANOMALY", [anomaly(1).id])


def test_a_short_history_says_so_and_none_is_not_found(handler: Any) -> None:
    fleet("web-1", 5, 400.0)
    assert verdict(handler, "web-1").json["status"] == "INSUFFICIENT_DATA"
    assert verdict(handler, "nobody").status == 404


def test_the_kinds_are_documented() -> None:
    document = json.loads((ROOT / "layers/core/inframind/http/platform/openapi.json").read_text())
    assert document["components"]["schemas"]["Anomaly"]["properties"]["kind"]["enum"] == list(ANOMALY_KINDS)


def test_feedback_given_over_http_reaches_the_bank_through_the_queue(handler: Any, aws: Account) -> None:
    score = load_handler("detection", "scorer").handler
    for frame in (steady(), flat(95.0)):
        assert score(messages((body(frame), 0)), None) == ALL_WELL
    (begun,) = call(handler, "GET", "/api/v1/anomalies").json["items"]
    assert begun["phase"] == "open"
    assert call(handler, "POST", f"/api/v1/anomalies/{begun['id']}/feedback", {"verdict": "normal"}).status == 200
    (order,) = queued(aws)
    for _ in range(2):
        assert score(messages((order, 0)), None) == ALL_WELL
    (ended,) = call(handler, "GET", "/api/v1/anomalies").json["items"]
    assert (ended["id"], ended["phase"], ended["feedback"]["verdict"]) == (begun["id"], "cleared", "normal")
    for frame in (steady(rows=97, start=LONG + 3), flat(95.0, rows=3, start=LONG + 100)):
        assert score(messages((body(frame), 0)), None) == ALL_WELL
    assert len(call(handler, "GET", "/api/v1/anomalies").json["items"]) == 1
