"""The incidents API: what is shown, what people may do, and what the board knows of it afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inframind import wiring
from inframind.incidents.board import Board
from inframind.platform.keys import keep
from inframind.records import Role
from tests.conftest import Account, load_handler
from tests.contracts.signals import signal
from tests.functions.incidents.world import body, correlator, event
from tests.http_events import Answer, ask
from tests.http_events import event as request

KEYS = {role: f"a-key-of-role-{role}" for role in Role}
Ask = Callable[..., Answer]
PAIR = (signal("latency", severity="critical"), signal("errors", minute=1))
MANY = [signal(f"{place}-{n}", service=f"s{place}", minute=30) for place in range(21) for n in range(40)]
"""More than there is room for on the board."""


@pytest.fixture
def ask_api(aws: Account) -> Ask:
    for role, token in KEYS.items():
        wiring.key_store().put(keep(token, f"the {role}", role, datetime.now(UTC)))
    api = load_handler("incidents", "api")

    def asking(method: str, path: str, document: Any = None, role: Role = Role.OPERATOR) -> Answer:
        return ask(api.handler, request(method, f"/api/v1{path}", key=KEYS[role], body=document))

    return asking


def send(*signals: Any) -> None:
    assert correlator().handler(event(body(signals)), None) == {"batchItemFailures": []}


def board() -> Board:
    data = wiring.incidents().board().data
    assert data is not None
    return Board.from_bytes(data)


def only(ask_api: Ask) -> str:
    (item,) = ask_api("GET", "/incidents").json["items"]
    return str(item["id"])


def test_incidents_are_listed_and_one_is_shown_whole(ask_api: Ask) -> None:
    send(*PAIR)
    (item,) = ask_api("GET", "/incidents", role=Role.VIEWER).json["items"]
    assert (item["severity"], item["services"], item["signals"]) == ("critical", ["auth-api"], [])
    whole = ask_api("GET", f"/incidents/{item['id']}", role=Role.VIEWER).json
    assert [one["title"] for one in whole["signals"]] == ["latency of auth-api", "errors of auth-api"]
    assert ask_api("GET", "/incidents?status=resolved").json["items"] == []
    assert len(ask_api("GET", "/incidents?service=auth-api&severity=critical&status=open").json["items"]) == 1


def test_an_acknowledgement_says_who_and_until_when(ask_api: Ask) -> None:
    send(*PAIR)
    begun, half_an_hour = datetime.now(UTC).replace(microsecond=0), timedelta(minutes=30)
    answer = ask_api("POST", f"/incidents/{only(ask_api)}/ack", {"minutes": 30})
    assert (answer.status, answer.json["status"], answer.json["acknowledged_by"]) == (
        200,
        "acknowledged",
        "the operator",
    )
    until = datetime.fromisoformat(answer.json["acknowledged_until"])
    assert begun <= until - half_an_hour <= datetime.now(UTC)


def test_what_was_resolved_stays_so_when_its_signals_are_told_again(ask_api: Ask) -> None:
    send(*PAIR)
    name = only(ask_api)
    assert ask_api("POST", f"/incidents/{name}/resolve").json["status"] == "resolved"
    send(PAIR[1], PAIR[0])
    assert only(ask_api) == name
    assert ask_api("POST", f"/incidents/{name}/resolve").status == 409
    assert ask_api("POST", f"/incidents/{name}/ack", {}).status == 409


def test_merged_incidents_go_on_as_one(ask_api: Ask) -> None:
    send(*PAIR, signal("cpu", service="db"), signal("disk", service="db"))
    first, second = (item["id"] for item in ask_api("GET", "/incidents").json["items"])
    answer = ask_api("POST", f"/incidents/{first}/merge", {"incident_ids": [second]})
    assert (answer.status, answer.json["services"], answer.json["signal_count"]) == (200, ["auth-api", "db"], 4)
    assert ask_api("GET", f"/incidents/{second}").json["merged_into"] == first
    send(signal("memory", service="db", minute=2), signal("threads", minute=2))
    after = ask_api("GET", f"/incidents/{first}").json
    assert {one["fingerprint"] for one in after["signals"]} >= {"memory", "threads", "cpu", "latency"}
    assert ask_api("POST", f"/incidents/{first}/merge", {"incident_ids": [first]}).status == 409


def test_feedback_is_kept_even_when_it_is_over(ask_api: Ask) -> None:
    send(*PAIR)
    name = only(ask_api)
    ask_api("POST", f"/incidents/{name}/resolve")
    assert ask_api("POST", f"/incidents/{name}/feedback", {"feedback": "the pool"}).json["feedback"] == "the pool"


def test_deployments_are_listed_as_they_were_told_of(ask_api: Ask) -> None:
    send(signal("v2", kind="deployment", labels={"commit": "abc"}, evidence={"version": "v2", "status": "success"}))
    (item,) = ask_api("GET", "/deployments?service=auth-api", role=Role.VIEWER).json["items"]
    assert item | {"id": ""} == {
        "id": "",
        "timestamp": "2026-01-11T10:00:00Z",
        "service": "auth-api",
        "version": "v2",
        "status": "success",
        "metadata": {"commit": "abc"},
    }
    assert ask_api("GET", "/deployments?service=other").json["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("GET", "/incidents/x", None),
        ("POST", "/incidents/x/ack", {}),
        ("POST", "/incidents/x/resolve", None),
        ("POST", "/incidents/x/merge", {"incident_ids": ["y"]}),
        ("POST", "/incidents/x/feedback", {"feedback": "!"}),
    ],
)
def test_what_is_not_there_is_404(ask_api: Ask, method: str, path: str, document: Any) -> None:
    assert ask_api(method, path, document).status == 404


def test_what_is_wrong_is_422_and_who_may_not_is_403(ask_api: Ask) -> None:
    assert ask_api("POST", "/incidents/x/ack", {"minutes": 0}).status == 422
    assert ask_api("GET", "/incidents?severity=huge").status == 422
    assert ask_api("POST", "/incidents/x/ack", {}, role=Role.VIEWER).status == 403
    assert ask_api("GET", "/incidents", role=Role.INGEST).status == 403


def test_people_do_with_an_incident_that_was_put_away_what_they_do_with_any(ask_api: Ask) -> None:
    send(*PAIR, signal("full", service="db", minute=1), signal("slow", service="db"))
    pair, other = (ask_api("GET", f"/incidents?service={name}").json["items"][0]["id"] for name in ("auth-api", "db"))
    send(*MANY)
    assert not {pair, other} & set(board().open)
    assert ask_api("GET", "/rca/issues").json["total"] == 23
    assert ask_api("POST", f"/incidents/{pair}/ack", {"minutes": 30}).json["status"] == "acknowledged"
    assert board().open[pair].acknowledged_until_ms
    assert ask_api("POST", f"/incidents/{pair}/merge", {"incident_ids": [other]}).status == 200
    assert ask_api("POST", f"/incidents/{pair}/resolve").json["status"] == "resolved"
    assert (board().away + len(board().open), ask_api("GET", f"/incidents/{other}").json["status"]) == (21, "merged")
    send(*PAIR)
    assert ask_api("GET", f"/incidents/{pair}").json["status"] == "resolved"
