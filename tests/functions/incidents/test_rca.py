"""Causes over HTTP: on demand, of what is open, what may help, and what was learnt."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inframind import wiring
from inframind.http.incidents.rca_examples import SIGNALS
from inframind.platform.keys import keep
from inframind.records import Role
from inframind.settings import settings
from tests.conftest import Account, load_handler
from tests.contracts.signals import signal
from tests.functions.incidents.test_correlator import anomaly
from tests.functions.incidents.world import body, correlator, event
from tests.http_events import Answer, ask
from tests.http_events import event as request
from tests.incidents.hostile import deployed, jumped, logged

KEYS = {role: f"a-key-of-role-{role}" for role in Role}
Ask = Callable[..., Answer]
SEED = (deployed(), jumped(), logged("Database timeout after 30000 ms"))
LEARNT = {"title": "Logins slow", "cause": "The pool was halved", "helped": "Rolled back", "services": ["auth-api"]}


@pytest.fixture
def ask_api(aws: Account) -> Ask:
    for role, token in KEYS.items():
        wiring.key_store().put(keep(token, f"the {role}", role, datetime.now(UTC)))
    api = load_handler("incidents", "api")

    def asking(method: str, path: str, document: Any = None, role: Role = Role.OPERATOR, **headers: str) -> Answer:
        one = request(method, f"/api/v1{path}", key=KEYS[role], body=document)
        one["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(api.handler, one)

    return asking


def send(*signals: Any) -> None:
    assert correlator().handler(event(body(signals)), None) == {"batchItemFailures": []}


def analyse() -> None:
    """The analyst looks at everything that there is."""
    sqs = wiring.client("sqs")
    url = settings().analysis_queue_url
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    assert load_handler("incidents", "analyst").handler(event(*[one["Body"] for one in messages]), None) == {
        "batchItemFailures": []
    }


def only(ask_api: Ask) -> str:
    (item,) = ask_api("GET", "/incidents").json["items"]
    return str(item["id"])


def deep(levels: int) -> Any:
    """A list in a list in a list."""
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def given(one: Any) -> dict[str, Any]:
    """A signal as a caller tells of it."""
    fields = {"kind", "service", "severity", "observed_at", "title", "detail", "labels", "evidence"}
    return dict(one.model_dump(mode="json", include=fields))


def test_an_incident_is_analysed_at_once_by_rules(ask_api: Ask) -> None:
    send(*SEED)
    found = ask_api("POST", "/rca/analyze", {"incident_id": only(ask_api)}).json
    assert (found["signal_count"], found["analysis"]["analyst"]) == (2, "rules")
    assert (found["suspects"][0]["subject"], found["suspects"][0]["kind"]) == ("auth-api", "deployment")
    assert found["analysis"]["recommended_actions"][0]["action"] == "rollback deployment"
    assert found["similar"] == []


def test_signals_are_analysed_without_becoming_an_incident(ask_api: Ask) -> None:
    found = ask_api("POST", "/rca/analyze", {"signals": [given(one) for one in SEED]}).json
    assert found["incident_id"] is None
    assert found["analysis"]["root_cause"]["description"] == "The deployment of auth-api"
    assert found["analysis"]["severity"] == "critical"
    assert ask_api("GET", "/incidents").json["items"] == []


def test_a_deployment_alone_has_caused_nothing(ask_api: Ask) -> None:
    found = ask_api("POST", "/rca/analyze", {"signals": [given(deployed())]}).json
    assert found["analysis"]["root_cause"]["description"] == "No clear cause"


def test_what_was_found_at_a_resource_within_a_time_is_analysed(ask_api: Ask) -> None:
    send(deployed())
    wiring.anomalies().put([anomaly()])
    window = {"resource_id": "auth-api", "start": "2026-01-11T09:30:00Z", "end": "2026-01-11T11:00:00Z"}
    found = ask_api("POST", "/rca/analyze", window).json
    assert found["signal_count"] == 2
    assert found["suspects"][0]["kind"] == "deployment"
    later = window | {"start": "2026-01-11T10:30:00Z"}
    assert ask_api("POST", "/rca/analyze", later).status == 404
    assert ask_api("POST", "/rca/analyze", {"resource_id": "auth-api"}).status == 404


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({}, 422),
        ({"incident_id": "x"}, 404),
        ({"incident_id": "x", "resource_id": "y"}, 422),
        ({"signals": []}, 422),
        ({"signals": [SIGNALS["signals"][0] | {"evidence": {"deep": deep(500)}}]}, 422),
        ({"signals": [SIGNALS["signals"][1] | {"evidence": {"z_score": 10**400}}]}, 422),
        ({"resource_id": "x", "analyst": "model"}, 422),
        ({"resource_id": "x", "start": "2026-01-11T11:00:00Z", "end": "2026-01-11T10:00:00Z"}, 422),
        ({"incident_id": "x", "analyst": "oracle"}, 422),
        ({"incident_id": "x", "analyst": "model"}, 409),
        ({"resource_id": "x" * 500}, 404),
    ],
    ids=range(11),
)
def test_what_cannot_be_analysed_is_refused(ask_api: Ask, wanted: Any, status: int) -> None:
    assert ask_api("POST", "/rca/analyze", wanted).status == status


def test_a_model_is_asked_through_the_queue(ask_api: Ask, aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PROVIDER": "ollama", "MODEL": "m", "URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(f"ANALYST_{name}", value)
    settings.cache_clear()
    send(*SEED)
    name = only(ask_api)
    answer = ask_api("POST", "/rca/analyze", {"incident_id": name, "analyst": "model"})
    assert (answer.status, answer.json) == (
        202,
        {"incident_id": name, "status": "queued", "poll": f"/api/v1/incidents/{name}"},
    )
    queue = aws.client("sqs").receive_message(QueueUrl=aws.environment["ANALYSIS_QUEUE_URL"])
    assert queue["Messages"][0]["Body"] == f'{{"look_at": "{name}", "is_asked_for": true}}'
    assert ask_api("POST", "/rca/analyze", {"incident_id": "x", "analyst": "model"}).status == 404


def test_issues_are_what_is_open_newest_first_with_the_cause(ask_api: Ask) -> None:
    send(*SEED, signal("a", service="db", minute=60), signal("b", service="db", minute=60))
    found = ask_api("GET", "/rca/issues", role=Role.VIEWER).json
    assert [one["services"] for one in found["items"]] == [["db"], ["auth-api"]]
    assert found["items"][1]["cause"]["description"] == "The deployment of auth-api"
    assert found["total"] == 2
    assert len(ask_api("GET", "/rca/issues?limit=1").json["items"]) == 1
    ask_api("POST", f"/incidents/{found['items'][0]['incident_id']}/resolve")
    assert ask_api("GET", "/rca/issues").json["total"] == 1


def test_an_incident_that_was_judged_is_learnt_and_helps_with_the_next(ask_api: Ask) -> None:
    send(*SEED)
    name = only(ask_api)
    said = {"cause_was_right": True, "helped": "Rolled back to v2.0.9"}
    assert ask_api("POST", f"/incidents/{name}/feedback", said).json["lesson"] == said | {"cause": ""}
    assert ask_api("GET", f"/incidents/{name}").json["timeline"][-1]["text"] == (
        "The cause that was named is right. What helped: Rolled back to v2.0.9"
    )
    ask_api("POST", f"/incidents/{name}/resolve")
    wiring.analysis_queue().ask(name)
    analyse()
    (entry,) = ask_api("GET", "/rca/knowledge", role=Role.VIEWER).json["items"]
    assert (entry["id"], entry["cause"], entry["helped"]) == (
        name,
        "The deployment of auth-api",
        "Rolled back to v2.0.9",
    )

    send(deployed(60), jumped(68), logged("Database timeout after 17 ms", 69))
    (second,) = [one for one in ask_api("GET", "/incidents").json["items"] if one["id"] != name]
    wiring.analysis_queue().ask(second["id"])
    analyse()
    (past,) = ask_api("GET", f"/incidents/{second['id']}").json["similar"]
    assert (past["incident_id"], past["score"], past["helped"]) == (name, 1.0, "Rolled back to v2.0.9")
    first, *rest = ask_api("GET", f"/rca/remediation?incident_id={second['id']}", role=Role.VIEWER).json["items"]
    assert (first["source"], first["action"], first["risk"]) == ("memory", "Rolled back to v2.0.9", "low")
    assert [one["source"] for one in rest] == ["rules"] * len(rest)
    assert [one["priority"] for one in (first, *rest)] == list(range(1, len(rest) + 2))
    (found,) = ask_api("GET", f"/rca/knowledge?incident_id={second['id']}").json["items"]
    assert (found["id"], found["score"]) == (name, 1.0)
    assert "template Database timeout after <*> ms" in found["shared"]


def test_what_a_person_adds_is_shown_with_incidents_like_it(ask_api: Ask) -> None:
    more = {"metrics": ["api_latency_ms"], "templates": ["Database timeout after 12 ms"], "after_deployment": True}
    answer = ask_api("POST", "/rca/knowledge", LEARNT | more)
    assert answer.status == 201
    assert answer.headers["location"] == f"/api/v1/rca/knowledge/{answer.json['id']}"
    assert ask_api("GET", f"/rca/knowledge/{answer.json['id']}").json == answer.json
    send(*SEED)
    (past,) = ask_api("POST", "/rca/analyze", {"incident_id": only(ask_api)}).json["similar"]
    assert past["cause"] == "The pool was halved"
    assert past["score"] > 0.8
    assert ask_api("DELETE", f"/rca/knowledge/{answer.json['id']}").status == 204
    assert ask_api("DELETE", f"/rca/knowledge/{answer.json['id']}").status == 404
    assert ask_api("GET", f"/rca/knowledge/{answer.json['id']}").status == 404


def test_the_same_idempotency_key_makes_one_entry(ask_api: Ask) -> None:
    first, second = (ask_api("POST", "/rca/knowledge", LEARNT, idempotency_key="once") for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json)
    assert len(ask_api("GET", "/rca/knowledge").json["items"]) == 1
    assert ask_api("POST", "/rca/knowledge", LEARNT | {"cause": "another"}, idempotency_key="once").status == 409


def test_what_was_learnt_is_found_by_words_and_by_service(ask_api: Ask) -> None:
    ask_api("POST", "/rca/knowledge", LEARNT)
    ask_api("POST", "/rca/knowledge", LEARNT | {"title": "Disk full", "cause": "Old logs", "services": ["db"]})
    assert [one["title"] for one in ask_api("GET", "/rca/knowledge?q=disk").json["items"]] == ["Disk full"]
    assert [one["title"] for one in ask_api("GET", "/rca/knowledge?service=db").json["items"]] == ["Disk full"]
    assert ask_api("GET", "/rca/knowledge?q=disk&service=auth-api").json["items"] == []
    assert len(ask_api("GET", "/rca/knowledge?limit=1").json["items"]) == 1


def test_a_cause_in_words_leads_to_what_helped_and_to_what_rules_say(ask_api: Ask) -> None:
    ask_api("POST", "/rca/knowledge", LEARNT)
    found = ask_api("GET", "/rca/remediation?cause=connection%20pool%20exhausted").json["items"]
    assert [(one["source"], one["action"]) for one in found] == [
        ("memory", "Rolled back"),
        ("rules", "raise limit"),
        ("rules", "inspect service"),
    ]


@pytest.mark.parametrize("query", ["", "?incident_id=x&cause=y", "?cause="])
def test_remedies_are_for_one_thing(ask_api: Ask, query: str) -> None:
    assert ask_api("GET", f"/rca/remediation{query}").status == 422
    assert ask_api("GET", "/rca/remediation?incident_id=x").status == 404


@pytest.mark.parametrize(
    "wanted",
    [{}, {"title": "x"}, LEARNT | {"title": ""}, LEARNT | {"more": 1}, LEARNT | {"metrics": ["m"] * 21}],
    ids=range(5),
)
def test_knowledge_without_a_cause_or_with_too_much_is_422(ask_api: Ask, wanted: Any) -> None:
    assert ask_api("POST", "/rca/knowledge", wanted).status == 422


def test_roles_are_asked_for(ask_api: Ask) -> None:
    for method, path, role in (
        ("POST", "/rca/analyze", Role.VIEWER),
        ("POST", "/rca/knowledge", Role.VIEWER),
        ("DELETE", "/rca/knowledge/x", Role.VIEWER),
        ("GET", "/rca/issues", Role.INGEST),
        ("GET", "/rca/remediation?cause=x", Role.INGEST),
        ("GET", "/rca/knowledge", Role.INGEST),
    ):
        assert ask_api(method, path, {} if method == "POST" else None, role).status == 403


@pytest.mark.parametrize(
    "said", [{}, {"feedback": ""}, {"feedback": "  ", "cause": " "}, {"cause_was_right": "maybe"}], ids=range(4)
)
def test_feedback_has_to_say_something(ask_api: Ask, said: Any) -> None:
    send(*SEED)
    assert ask_api("POST", f"/incidents/{only(ask_api)}/feedback", said).status == 422


def test_a_window_without_times_is_the_last_hour(ask_api: Ask) -> None:
    now = datetime.now(UTC)
    wiring.anomalies().put([anomaly(detected_at=now - timedelta(minutes=30))])
    assert ask_api("POST", "/rca/analyze", {"resource_id": "auth-api"}).json["signal_count"] == 1
