"""Who calls whom over HTTP: shown, declared, denied and forgotten, by two people at once, twice, and with any name."""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from inframind import wiring
from inframind.platform.keys import keep
from inframind.ports.topology import StoredCalls
from inframind.records import Role, to_ms
from inframind.topology.call_graph import MOST_SAID, CallGraph
from inframind.topology.wire import MOST_AT_ONCE
from inframind.usecases.topology import call_graph
from tests.conftest import Account, forget, load_handler
from tests.http_events import Answer, ask, event

WHOLE, EDGES = "/api/v1/topology", "/api/v1/topology/edges"
NOW = datetime.now(UTC)


class Api:
    """The function, and a key of each role."""

    def __init__(self, aws: Account) -> None:
        self.aws = aws
        self.handler = load_handler("topology", "api").handler
        for role in Role:
            wiring.key_store().put(keep(f"key-of-{role}", role, role, NOW))

    def __call__(self, method: str, path: str, body: Any = None, *, role: str = "operator", **query: Any) -> Answer:
        url = f"{path}?{urlencode(query)}" if query else path
        return ask(self.handler, event(method, url, key=f"key-of-{role}", body=body))

    def declare(self, *edges: Mapping[str, str], **more: Any) -> Answer:
        return self("PUT", EDGES, {"edges": edges} | more)

    def shown(self, **query: Any) -> set[tuple[str, str, str, bool]]:
        edges = self("GET", WHOLE, **query).json["edges"]
        return {(one["caller"], one["callee"], one["source"], one["denied"]) for one in edges}

    def words(self) -> int:
        """How often the correlator was told since this was asked last."""
        queue, count = self.aws.environment["SIGNALS_QUEUE_URL"], 0
        while found := self.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            assert {one["Body"] for one in found} == {'{"regroup": true}'}
            count += len(found)
        return count

    def audit(self) -> list[tuple[str, str | None, str]]:
        """What was recorded, the last first."""
        return [(one.action, one.subject, one.detail) for one in wiring.key_store().audit(500).items]


@pytest.fixture
def api(aws: Account) -> Api:
    return Api(aws)


def edge(caller: str, callee: str, **more: str) -> dict[str, str]:
    return {"caller": caller, "callee": callee, **more}


def learn(*edges: tuple[str, str]) -> None:
    call_graph.revised(lambda graph: graph.with_seen(edges, to_ms(NOW)))


def known() -> frozenset[tuple[str, str]]:
    return call_graph.opened(wiring.calls().load()).edges(to_ms(NOW))


def test_everything_known_is_shown_with_where_it_is_known_from(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_CALLS", "auth>db web>mail")
    forget()
    learn(("web", "auth"))
    assert api.declare(edge("web", "search"), edge("web", "mail", state="denied")).status == 200
    found = api("GET", WHOLE, role="viewer").json
    by = found["edges"][2]["declared_by"]
    assert [(one["caller"], one["callee"], one["source"], one["denied"]) for one in found["edges"]] == [
        ("auth", "db", "configured", False),
        ("web", "auth", "learned", False),
        ("web", "mail", "declared", True),
        ("web", "search", "declared", False),
    ]
    assert [one["last_seen"] is None for one in found["edges"]] == [True, False, True, True]
    assert [one["declared_by"] for one in found["edges"]] == [None, None, by, by]
    assert wiring.key_store().get(by) is not None
    assert found["nodes"] == [
        {"service": "auth", "callers": 1, "callees": 1},
        {"service": "db", "callers": 1, "callees": 0},
        {"service": "mail", "callers": 0, "callees": 0},
        {"service": "search", "callers": 1, "callees": 0},
        {"service": "web", "callers": 0, "callees": 2},
    ]
    assert api("GET", "/api/topology").json == found


def test_a_service_is_shown_with_what_leads_to_it_and_away_from_it(api: Api) -> None:
    learn(("a", "b"), ("b", "c"), ("c", "d"), ("a", "x"), ("x", "y"))
    assert {one[:2] for one in api.shown(service="c")} == {("b", "c"), ("c", "d")}
    assert {one[:2] for one in api.shown(service="c", depth=2)} == {("a", "b"), ("b", "c"), ("c", "d")}
    whole = {one["service"]: one for one in api("GET", WHOLE, service="c", depth=2).json["nodes"]}
    assert whole["a"] == {"service": "a", "callers": 0, "callees": 2}
    assert api("GET", WHOLE, service="nobody").json["edges"] == []


@pytest.mark.parametrize("query", [{"depth": 0}, {"depth": 21}, {"service": ""}, {"service": "x" * 201}], ids=str)
def test_a_question_that_makes_no_sense_is_refused(api: Api, query: dict[str, Any]) -> None:
    refused = api("GET", WHOLE, **query)
    assert (refused.status, refused.json["errors"][0]["where"]) == (422, f"query.{next(iter(query))}")


def test_a_declaration_delivered_twice_changes_nothing_more_and_word_is_sent_again(api: Api) -> None:
    answers, graphs = [], []
    for _ in range(2):
        answers.append(api.declare(edge("web", "auth"), edge("web", "db", state="denied")))
        graphs.append(wiring.calls().load())
    assert (answers[0].status, answers[0].json) == (answers[1].status, answers[1].json)
    assert graphs[0] == graphs[1]
    assert sorted(api.audit()) == [
        ("call.declared", "web>auth", "was not known"),
        ("call.denied", "web>db", "was not known"),
    ]
    assert api.words() == 2


def test_what_was_learnt_is_denied_and_not_learnt_again_until_that_is_taken_back(api: Api) -> None:
    learn(("web", "auth"))
    assert api.declare(edge("web", "auth", state="denied")).json["edges"][0]["denied"] is True
    learn(("web", "auth"))
    assert known() == frozenset()
    for status in (204, 404):
        assert api("DELETE", EDGES, caller="web", callee="auth").status == status
        assert api.shown() == set()
    learn(("web", "auth"))
    assert known() == {("web", "auth")}
    forgotten, denied = api.audit()
    assert (forgotten[:2], denied[:2]) == (("call.forgotten", "web>auth"), ("call.denied", "web>auth"))
    assert forgotten[2].startswith("was denied by own-")
    assert denied[2].startswith("was learned, last at 2")


def test_learning_drops_no_declaration(api: Api) -> None:
    api.declare(edge("web", "search"), edge("web", "mail", state="denied"))
    said = call_graph.opened(wiring.calls().load()).said
    learn(("web", "auth"), ("web", "search"), ("web", "mail"))
    assert call_graph.opened(wiring.calls().load()).said == said
    assert known() == {("web", "auth"), ("web", "search")}


def test_a_graph_that_an_older_release_wrote_is_shown_and_declared_in(api: Api) -> None:
    wiring.calls().save(zlib.compress(b'{"calls": [["web", "auth", %d]]}' % to_ms(NOW)), 0)
    assert api.shown() == {("web", "auth", "learned", False)}
    assert api.declare(edge("web", "db")).status == 200
    assert known() == {("web", "auth"), ("web", "db")}


def test_of_two_people_who_read_the_same_version_the_second_is_told(api: Api) -> None:
    version = api("GET", WHOLE).json["version"]
    learn(("web", "auth"))
    assert api("GET", WHOLE).json["version"] == version
    first = api.declare(edge("web", "db"), version=version)
    assert first.status == 200
    late = api.declare(edge("web", "db", state="denied"), version=version)
    assert (late.status, first.json["version"] in late.json["detail"]) == (409, True)
    assert api.declare(edge("web", "db"), version=version).status == 200  # sent again, it is what is said already
    assert api.declare(edge("web", "db", state="denied"), version=first.json["version"]).status == 200


def test_two_who_write_at_the_same_time_lose_nothing_of_each_other(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    store, rivals = wiring.calls(), iter([("other", "one"), ("other", "two")])

    class Slow:
        """A store that somebody else writes to between a read and a write, twice."""

        def load(self) -> StoredCalls:
            return store.load()

        def save(self, data: bytes, version: int) -> int:
            for rival in rivals:
                graph = CallGraph.from_bytes(found) if (found := store.load().data) else CallGraph()
                store.save(graph.with_said({rival: False}, "rival", 1).to_bytes(), store.load().version)
                break
            return store.save(data, version)

    monkeypatch.setattr(wiring, "calls", Slow)
    assert api.declare(edge("web", "auth")).status == 200
    assert known() == {("other", "one"), ("other", "two"), ("web", "auth")}
    assert api.audit() == [("call.declared", "web>auth", "was not known")]


def test_what_the_parameter_says_is_denied_not_deleted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_CALLS", "web>auth")
    forget()
    refused = api("DELETE", EDGES, caller="web", callee="auth")
    assert (refused.status, "ServiceCalls" in refused.json["detail"]) == (409, True)
    api.declare(edge("web", "auth", state="denied"))
    assert api.shown() == {("web", "auth", "declared", True)}
    assert api.words() == 2
    assert api("DELETE", EDGES, caller="web", callee="auth").status == 204
    assert api.shown() == {("web", "auth", "configured", False)}
    assert api.words() == 1  # the two belong together again


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (edge("", "auth"), "body.edges.0.caller"),
        (edge("web", "x" * 201), "body.edges.0.callee"),
        (edge("web", "a\u202eb"), "body.edges.0.callee"),
        (edge("web\n", "auth"), "body.edges.0.caller"),
        (edge("web", "unknown"), "body.edges.0.callee"),
        (edge("web", "web"), "body.edges.0"),
        (edge("web", "auth", state="perhaps"), "body.edges.0.state"),
        (edge("web", "auth", stat="denied"), "body.edges.0.stat"),
        ({"caller": "web"}, "body.edges.0.callee"),
    ],
    ids=["none", "long", "turned", "line", "nobody", "itself", "state", "typo", "half"],
)
def test_what_names_no_call_is_refused_whole_and_where(api: Api, bad: dict[str, str], where: str) -> None:
    refused = api("PUT", EDGES, {"edges": [bad, edge("good", "one")]})
    assert (refused.status, refused.json["errors"][0]["where"]) == (422, where)
    assert (wiring.calls().load().version, api.words(), api.audit()) == (0, 0, [])


def test_a_body_that_contradicts_itself_is_refused(api: Api) -> None:
    refused = api.declare(edge("web", "auth"), edge("web", "auth", state="denied"))
    assert (refused.status, "both declared and denied" in refused.json["errors"][0]["what"]) == (422, True)
    assert api.declare(edge("web", "auth"), edge("web", "auth")).status == 200


def test_the_limits_are_named(api: Api) -> None:
    many = [edge("web", f"s{number}") for number in range(MOST_AT_ONCE + 1)]
    refused = api.declare(*many)
    assert (refused.status, f"at most {MOST_AT_ONCE}" in refused.json["errors"][0]["what"]) == (422, True)
    full = {(f"s{number}", "x"): False for number in range(MOST_SAID)}
    call_graph.revised(lambda graph: graph.with_said(full, "somebody", 1))
    refused = api.declare(edge("web", "auth"))
    assert (refused.status, f"{MOST_SAID:,}" in refused.json["detail"]) == (409, True)
    assert api.declare(edge("s0", "x", state="denied")).status == 200
    assert len(api.shown()) == MOST_SAID


@pytest.mark.parametrize("name", ["a>b", "höst/ü", "10.0.0.1:9100", "a b&c=d", "'; DROP", "<script>", "%2F"])
def test_a_service_may_be_called_nearly_anything(api: Api, name: str) -> None:
    assert api.declare(edge("web", name)).status == 200
    assert api.shown(service=name) == {("web", name, "declared", False)}
    assert api("DELETE", EDGES, caller="web", callee=name).status == 204


def test_a_learnt_call_with_a_name_that_may_not_be_declared_can_be_forgotten(api: Api) -> None:
    learn(("web", "a\u202eb"))
    assert api("DELETE", EDGES, caller="web", callee="a\u202eb").status == 204
    assert known() == frozenset()


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", WHOLE, "viewer"),
        ("GET", "/api/topology", "viewer"),
        ("PUT", EDGES, "operator"),
        ("DELETE", EDGES, "operator"),
    ],
)
def test_a_smaller_role_is_not_enough(api: Api, method: str, path: str, needed: str) -> None:
    smaller = {"viewer": "ingest", "operator": "viewer"}[needed]
    assert api(method, path, role=smaller).status == 403
    assert api(method, path, role=needed).status != 403


@pytest.mark.parametrize("setting", ["INCIDENTS_TABLE", "ACCESS_TABLE", "SIGNALS_QUEUE_URL"])
def test_a_dependency_that_fails_is_a_503_and_the_same_sent_again_makes_it_whole(
    api: Api, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    right = api.aws.environment[setting]
    api("GET", WHOLE)  # the key is remembered
    version = api("GET", WHOLE).json["version"]
    monkeypatch.setenv(setting, f"{right}-elsewhere")
    wiring.reset()
    answer = api.declare(edge("web", "auth"), version=version)
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    monkeypatch.setenv(setting, right)
    wiring.reset()
    assert (known() == frozenset()) is (setting != "SIGNALS_QUEUE_URL")
    assert api.declare(edge("web", "auth"), version=version).status == 200
    assert known() == {("web", "auth")}
    assert api.words() == 1
    assert [one[:2] for one in api.audit()][:1] == [("call.declared", "web>auth")]
