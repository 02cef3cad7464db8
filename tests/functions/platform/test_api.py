from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from inframind import wiring
from inframind.http.platform.docs import ASSETS, DOCUMENT
from inframind.platform.keys import keep, mint
from inframind.records import Role
from inframind.settings import Settings
from tests.conftest import Account, forget, load_handler
from tests.http_events import Answer, Handler, ask, event

ADMIN = "the bootstrap key"
KEYS = "/api/v1/auth/keys"


@pytest.fixture
def handler(aws: Account) -> Any:
    wiring.key_store().put(keep(ADMIN, "bootstrap", Role.ADMIN, datetime.now(UTC)))
    return load_handler("platform", "api").handler


def call(handler: Handler, method: str, path: str, body: Any = None, key: str = ADMIN) -> Answer:
    return ask(handler, event(method, path, key=key, body=body))


def made(handler: Handler, role: str = "viewer") -> dict[str, Any]:
    answer = call(handler, "POST", KEYS, {"name": "ci", "role": role})
    assert answer.status == 201
    key: dict[str, Any] = answer.json
    return key


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
def test_health_is_open_and_says_exactly_this(handler: Handler, path: str) -> None:
    assert call(handler, "GET", path, key="").json == {"status": "healthy", "service": "infra-mind-api"}


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/health", "/api/v1/health/ready", "/metrics"])
def test_who_asks_for_the_head_gets_what_get_would_say_but_its_body(handler: Handler, path: str) -> None:
    head, whole = (call(handler, method, path) for method in ("HEAD", "GET"))
    assert (head.status, head.headers["content-type"]) == (200, whole.headers["content-type"])
    assert (head.body, bool(whole.body)) == (b"", True)


def test_the_head_of_what_is_not_there_is_404_without_a_body(handler: Handler) -> None:
    answer = call(handler, "HEAD", "/nothing", key="")
    assert (answer.status, answer.body) == (404, b"")


def test_ready_names_everything_it_asked(handler: Handler) -> None:
    answer = call(handler, "GET", "/api/v1/health/ready", key="")
    assert answer.status == 200
    assert {"samples queue", "series table", "bank bucket", "bus"} <= set(answer.json["checked"])
    assert {"score queue", "anomalies table", "detectors table", "risk table"} <= set(answer.json["checked"])
    assert {"access table", "counters table"} <= set(answer.json["checked"])
    kinds = ("_table", "_queue_url", "_bucket")
    named = {one.name for one in fields(Settings) if one.name.endswith(kinds)}
    assert set(answer.json["checked"]) == {name.removesuffix("_url").replace("_", " ") for name in named} | {"bus"}


def test_not_ready_is_503_and_names_what_fails(handler: Handler, aws: Account) -> None:
    aws.client("dynamodb").delete_table(TableName=aws.environment["SERIES_TABLE"])
    aws.client("sqs").delete_queue(QueueUrl=aws.environment["SCORE_QUEUE_URL"])
    answer = call(handler, "GET", "/api/v1/health/ready", key="")
    assert answer.status == 503
    assert "retry-after" in answer.headers
    assert [fault["where"] for fault in answer.json["errors"]] == ["score queue", "series table"]
    assert "ResourceNotFoundException" in answer.json["errors"][1]["what"]


def test_the_root_says_what_this_is_and_where_to_go_on(handler: Handler) -> None:
    about = call(handler, "GET", "/", key="").json
    assert about["name"] == "infra-mind-api"
    for link in about["links"].values():
        assert call(handler, "GET", link).status == 200


def test_a_key_is_shown_once_and_works(handler: Handler) -> None:
    key = made(handler)
    assert call(handler, "GET", "/api/v1/auth/whoami", key=key["token"]).json["id"] == key["id"]
    again = call(handler, "GET", f"{KEYS}/{key['id']}")
    assert again.json == {name: value for name, value in key.items() if name != "token"}
    assert "digest" not in again.json


def test_whoami_takes_a_key_of_any_role_and_no_other(handler: Handler) -> None:
    token = made(handler, "ingest")["token"]
    assert call(handler, "GET", "/api/v1/auth/whoami", key=token).json["role"] == "ingest"
    assert call(handler, "GET", "/api/v1/auth/whoami", key="im_nobody").status == 401


@pytest.mark.parametrize("role", ["ingest", "viewer", "operator"])
def test_keys_and_audit_are_for_admins_alone(handler: Handler, role: str) -> None:
    token = made(handler, role)["token"]
    for method, path in (("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/x"), ("GET", "/api/v1/audit")):
        body = {"name": "more", "role": "admin"} if method == "POST" else None
        assert call(handler, method, path, body, key=token).status == 403


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"role": "viewer"}, "body.name"),
        ({"name": "", "role": "viewer"}, "body.name"),
        ({"name": "ci\x1b[2J", "role": "viewer"}, "body.name"),
        ({"name": "ci\n", "role": "viewer"}, "body.name"),
        ({"name": "ci\u202e", "role": "viewer"}, "body.name"),
        ({"name": "ci", "role": "king"}, "body.role"),
        ({"name": "ci", "role": "viewer", "expires_in": 3600}, "body.expires_in"),
        ({"name": "ci", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}, "body.expires_at"),
        ({"name": "ci", "role": "viewer", "expires_at": "9999-12-31T23:59:59-23:59"}, "body.expires_at"),
    ],
)
def test_a_faulty_order_is_refused_where_it_is_faulty(handler: Handler, body: Any, where: str) -> None:
    answer = call(handler, "POST", KEYS, body)
    assert answer.status == 422
    assert [fault["where"] for fault in answer.json["errors"]] == [where]
    assert len(call(handler, "GET", KEYS).json["items"]) == 1


def test_an_expiry_may_be_epoch_milliseconds(handler: Handler) -> None:
    order = {"name": "ci", "role": "viewer", "expires_at": 4_102_444_800_000}
    assert call(handler, "POST", KEYS, order).json["expires_at"] == "2100-01-01T00:00:00Z"


def test_an_idempotency_key_sent_again_makes_no_second_key_and_names_the_first(handler: Handler) -> None:
    request = event("POST", KEYS, key=ADMIN, body={"name": "ci", "role": "viewer"})
    request["headers"]["idempotency-key"] = "deploy-17"
    first, second = ask(handler, request), ask(handler, request)
    assert (first.status, second.status) == (201, 409)
    assert first.json["id"] in second.json["detail"]
    assert len(call(handler, "GET", KEYS).json["items"]) == 2
    assert len(call(handler, "GET", "/api/v1/audit").json["items"]) == 1


def test_keys_are_listed_a_page_at_a_time(handler: Handler) -> None:
    wanted = {made(handler)["id"] for _ in range(3)}
    first = call(handler, "GET", f"{KEYS}?limit=2").json
    second = call(handler, "GET", f"{KEYS}?limit=2&cursor={first['cursor']}").json
    listed = [item["id"] for item in first["items"] + second["items"]]
    assert len(listed) == 4
    assert wanted < set(listed)
    assert call(handler, "GET", f"{KEYS}?cursor=%C3%A9").status == 422


def test_rotation_gives_a_new_token_and_a_last_hour_to_the_old(handler: Handler) -> None:
    old = made(handler)
    answer = call(handler, "POST", f"{KEYS}/{old['id']}/rotate")
    assert answer.status == 201
    assert answer.json["rotated_from"] == old["id"]
    forget()
    for token in (old["token"], answer.json["token"]):
        assert call(handler, "GET", "/api/v1/auth/whoami", key=token).status == 200
    assert call(handler, "GET", f"{KEYS}/{old['id']}").json["expires_at"] is not None


def test_a_key_is_rotated_once_for_its_expiry_is_then_the_end_of_its_grace(handler: Handler) -> None:
    old = made(handler)
    new = call(handler, "POST", f"{KEYS}/{old['id']}/rotate").json
    again = call(handler, "POST", f"{KEYS}/{old['id']}/rotate")
    assert (again.status, new["id"] in again.json["detail"]) == (409, True)
    assert call(handler, "GET", f"{KEYS}/{old['id']}").json["rotated_to"] == new["id"]
    assert call(handler, "POST", f"{KEYS}/{new['id']}/rotate").json["expires_at"] is None


def test_rotation_without_grace_ends_the_old_token(handler: Handler) -> None:
    old = made(handler)
    assert call(handler, "POST", f"{KEYS}/{old['id']}/rotate", {"grace_seconds": 0}).status == 201
    assert call(handler, "GET", "/api/v1/auth/whoami", key=old["token"]).status == 401
    assert call(handler, "POST", f"{KEYS}/{old['id']}/rotate").status == 409


def test_revoking_ends_a_key_and_doing_it_again_is_as_good(handler: Handler) -> None:
    key = made(handler)
    for _ in range(2):
        answer = call(handler, "DELETE", f"{KEYS}/{key['id']}")
        assert (answer.status, answer.body) == (204, b"")
    assert call(handler, "GET", "/api/v1/auth/whoami", key=key["token"]).status == 401
    assert call(handler, "GET", f"{KEYS}/{key['id']}").json["status"] == "revoked"


def test_the_key_in_hand_cannot_be_revoked(handler: Handler) -> None:
    me = call(handler, "GET", "/api/v1/auth/whoami").json["id"]
    assert call(handler, "DELETE", f"{KEYS}/{me}").status == 409


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/rotate")])
def test_an_unknown_key_is_404(handler: Handler, method: str, path: str) -> None:
    assert call(handler, method, f"{KEYS}/000000000000{path}").status == 404


def test_the_audit_names_who_did_what_newest_first(handler: Handler) -> None:
    key = made(handler)
    new = call(handler, "POST", f"{KEYS}/{key['id']}/rotate").json
    call(handler, "DELETE", f"{KEYS}/{new['id']}")
    records = call(handler, "GET", "/api/v1/audit").json["items"]
    assert [(record["action"], record["key_id"]) for record in records] == [
        ("key.revoked", new["id"]),
        ("key.rotated", key["id"]),
        ("key.created", key["id"]),
    ]
    assert {record["actor"] for record in records} == {keep(ADMIN, "", Role.ADMIN, datetime.now(UTC)).id}
    assert new["token"] not in str(records)


def test_metrics_counts_what_was_asked_before(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_OPEN", "true")
    forget()
    call(handler, "GET", "/health", key="")
    answer = call(handler, "GET", "/metrics", key="")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'http_requests_total{method="GET",path="/health",status="200"} 1.0' in answer.body.decode()


def test_metrics_asks_for_a_viewer_where_it_is_not_open(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_OPEN", "false")
    forget()
    key, token = mint("prometheus", Role.VIEWER, datetime.now(UTC))
    wiring.key_store().put(key)
    answers = [call(handler, "GET", "/metrics", key=given) for given in ("", token, made(handler, "ingest")["token"])]
    assert [answer.status for answer in answers] == [401, 200, 403]


def test_the_docs_come_whole_from_here(handler: Handler) -> None:
    page = call(handler, "GET", "/docs", key="")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert b"//" not in page.body
    for name, content_type in {**ASSETS, "openapi.json": "application/json"}.items():
        answer = call(handler, "GET", f"/docs/{name}", key="")
        assert (answer.status, answer.headers["content-type"]) == (200, content_type)
        assert ("max-age" in answer.headers["cache-control"]) is (name in ASSETS)
    assert call(handler, "GET", "/docs/nothing.js", key="").status == 404


def test_the_document_is_served_as_it_was_built(handler: Handler) -> None:
    assert call(handler, "GET", "/openapi.json", key="").body == DOCUMENT.read_bytes()


def test_a_path_that_nobody_takes_is_404_and_a_wrong_method_405(handler: Handler) -> None:
    missing = call(handler, "GET", "/api/v2/nothing")
    assert (missing.status, missing.headers["content-type"]) == (404, "application/problem+json")
    wrong = call(handler, "PUT", KEYS)
    assert (wrong.status, set(wrong.headers["allow"].split(", "))) == (405, {"GET", "POST"})


def test_a_table_that_is_away_makes_every_answer_503_with_a_time_to_come_back(handler: Handler, aws: Account) -> None:
    boto3.client("dynamodb").delete_table(TableName=aws.environment["ACCESS_TABLE"])
    answer = call(handler, "GET", KEYS)
    assert answer.status == 503
    assert "retry-after" in answer.headers
