"""What is told of builds over HTTP goes to the recorder; what became of it is listed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from inframind import wiring
from inframind.http.optimization.build_routes import COMPLETION, START, STEP
from inframind.platform.changes import rotate
from inframind.platform.keys import keep, mint
from inframind.records import AccessKey, Role
from tests.conftest import Account, load_handler
from tests.contracts.builds import completed, log, started, step
from tests.http_events import Answer, ask, event

KEYS = {role: f"the-key-of-{role}" for role in Role}
Ask = Callable[..., Answer]


@pytest.fixture
def api(aws: Account) -> Ask:
    for role, token in KEYS.items():
        wiring.key_store().put(keep(token, role, role, datetime.now(UTC)))
    handler = load_handler("optimization", "api").handler

    def request(method: str, url: str, body: Any = None, role: Role = Role.INGEST) -> Answer:
        return ask(handler, event(method, url, key=KEYS[role], body=body))

    return request


def queued(aws: Account) -> list[dict[str, Any]]:
    url = aws.environment["BUILDS_QUEUE_URL"]
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
@pytest.mark.parametrize(("kind", "told"), [("start", START), ("step", STEP), ("complete", COMPLETION)])
def test_what_is_told_is_queued_for_the_recorder(
    aws: Account, api: Ask, prefix: str, kind: str, told: dict[str, Any]
) -> None:
    answer = api("POST", f"{prefix}/builds/{kind}", told)
    assert answer.status == 202
    assert answer.json == {"message": "accepted", "run_id": "shop-1187", "pipeline": "team/shop"}
    (message,) = queued(aws)
    assert message == {"type": kind, **told}


def test_the_recorder_takes_what_the_door_queued(aws: Account, api: Ask) -> None:
    for kind, told in (("start", START), ("step", STEP), ("complete", COMPLETION)):
        api("POST", f"/builds/{kind}", told)
    records = [{"messageId": str(n), "body": json.dumps(one)} for n, one in enumerate(queued(aws))]
    assert load_handler("optimization", "recorder").handler({"Records": records}, None) == {"batchItemFailures": []}
    found = api("GET", "/api/v1/builds/shop-1187", role=Role.VIEWER).json
    assert (found["outcome"], found["duration_s"], found["steps"][0]["cache_hits"]) == ("success", 200.0, 120)


def test_every_fault_is_named_and_nothing_is_queued(aws: Account, api: Ask) -> None:
    wrong = STEP | {"step": "", "outcome": "great", "max_rss_gb": -1, "started_at": "soon"}
    answer = api("POST", "/api/v1/builds/step", wrong)
    assert answer.status == 422
    named = {fault["where"] for fault in answer.json["errors"]}
    assert named == {"body.step", "body.outcome", "body.max_rss_gb", "body.started_at"}
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    late = api("POST", "/api/v1/builds/start", START | {"started_at": ahead})
    assert (late.status, late.json["errors"][0]["where"]) == (422, "body.started_at")
    assert queued(aws) == []


def test_a_queue_that_is_away_is_503_with_retry_after(aws: Account, api: Ask) -> None:
    aws.client("sqs").delete_queue(QueueUrl=aws.environment["BUILDS_QUEUE_URL"])
    answer = api("POST", "/api/v1/builds/start", START)
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("role", "method", "url", "status"),
    [
        (Role.VIEWER, "POST", "/api/v1/builds/start", 403),
        (Role.INGEST, "GET", "/api/v1/builds", 403),
        (Role.INGEST, "GET", "/api/v1/builds/x", 403),
        (Role.VIEWER, "GET", "/api/v1/builds/x", 404),
    ],
)
def test_senders_send_and_readers_read(api: Ask, role: Role, method: str, url: str, status: int) -> None:
    assert api(method, url, START if method == "POST" else None, role).status == status


def holder(role: Role = Role.INGEST) -> tuple[AccessKey, str]:
    key, token = mint("another", role, datetime.now(UTC))
    wiring.key_store().put(key)
    return key, token


def tells(token: str, kind: str, told: dict[str, Any]) -> Answer:
    handler = load_handler("optimization", "api").handler
    return ask(handler, event("POST", f"/api/v1/builds/{kind}", key=token, body=told))


def test_a_build_is_spoken_of_by_the_key_that_did_so_first_and_by_operators(aws: Account, api: Ask) -> None:
    first, token = holder()
    assert tells(token, "start", START).status == 202
    refused = [api("POST", f"/builds/{kind}", told) for kind, told in (("step", STEP), ("complete", COMPLETION))]
    assert [one.status for one in refused] == [409, 409]
    assert f"Build shop-1187 belongs to key {first.id}" in refused[0].json["detail"]
    assert len(queued(aws)) == 1
    assert api("POST", "/builds/complete", COMPLETION | {"run_id": "shop-1188"}).status == 202
    for role in (Role.OPERATOR, Role.ADMIN):
        assert api("POST", "/builds/complete", COMPLETION, role).status == 202
    assert tells(token, "complete", COMPLETION).status == 202


def test_a_key_keeps_its_builds_however_often_it_is_rotated(api: Ask) -> None:
    key, token = holder()
    tells(token, "start", START)
    for kind, told in (("step", STEP), ("complete", COMPLETION)):
        key, token, change = rotate(key, timedelta(hours=1), key, datetime.now(UTC))
        wiring.key_store().change(change)
        assert tells(token, kind, told).status == 202
    assert api("POST", "/builds/complete", COMPLETION).status == 409


def test_a_build_told_of_inside_aws_is_no_business_of_keys(api: Ask) -> None:
    deliver = load_handler("optimization", "recorder").handler
    record = {"messageId": "1", "body": json.dumps({"type": "start", **START})}
    assert deliver({"Records": [record, record]}, None) == {"batchItemFailures": []}
    answer = api("POST", "/builds/complete", COMPLETION)
    assert (answer.status, "inside AWS" in answer.json["detail"]) == (409, True)
    assert api("POST", "/builds/complete", COMPLETION, Role.OPERATOR).status == 202


def test_a_queue_inside_aws_may_end_the_build_of_a_key(api: Ask) -> None:
    api("POST", "/builds/start", START)
    messages = ({"type": "start", **START}, {"type": "complete", **COMPLETION})
    records = [{"messageId": str(n), "body": json.dumps(one)} for n, one in enumerate(messages)]
    load_handler("optimization", "recorder").handler({"Records": records}, None)
    assert api("GET", "/api/v1/builds/shop-1187", role=Role.VIEWER).json["outcome"] == "success"
    assert api("POST", "/builds/step", STEP).status == 202


def test_builds_are_listed_by_pipeline_and_outcome_a_page_at_a_time_without_steps(api: Ask) -> None:
    for number in range(5):
        name = f"run-{number}"
        wiring.builds().save(log(started(name, number), step(name, number), completed(name, number + 3)), 0)
    wiring.builds().save(log(started("other", pipeline="web")), 0)
    first = api("GET", "/api/v1/builds?pipeline=team/shop&outcome=success&limit=3", role=Role.VIEWER).json
    cursor = quote(first["cursor"])
    rest = api("GET", f"/api/v1/builds?pipeline=team/shop&limit=3&cursor={cursor}", role=Role.VIEWER).json
    assert [one["run_id"][-1] for one in (*first["items"], *rest["items"])] == ["4", "3", "2", "1", "0"]
    assert first["items"][0]["steps"] == []
    assert len(api("GET", "/api/v1/builds", role=Role.VIEWER).json["items"]) == 6
    assert api("GET", "/api/v1/builds?outcome=great", role=Role.VIEWER).status == 422


def test_a_run_with_slashes_in_its_name_is_found(api: Ask) -> None:
    wiring.builds().save(log(started("job/main ü7")), 0)
    assert api("GET", "/api/v1/builds/job/main ü7", role=Role.VIEWER).json["run_id"] == "job/main ü7"


@pytest.mark.parametrize("path", ["/api/v1/builds/team/shop 3/features", "/features/team/shop 3"])
def test_the_features_of_a_build_look_back_from_its_start(api: Ask, path: str) -> None:
    for number in range(5):
        name = f"team/shop {number}"
        wiring.builds().save(log(started(name, 10 * number), completed(name, 10 * number + 3)), 0)
    found = {one["name"]: one["value"] for one in api("GET", path, role=Role.VIEWER).json["features"]}
    assert (found["builds_known"], found["median_duration_s"], found["median_peak_gb"]) == (3.0, 180.0, None)
    assert len(found) >= 15
    assert api("GET", "/features/nothing", role=Role.VIEWER).status == 404
