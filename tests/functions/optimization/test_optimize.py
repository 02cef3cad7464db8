"""What the next build should run with, asked over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from inframind import wiring
from inframind.builds import Configuration, Suggestion
from inframind.http.optimization.optimize_routes import WANTED
from inframind.optimization.asking import OptimizeWanted
from inframind.optimization.prices import PriceTable
from inframind.optimization.standing import DEFAULT_POLICY
from inframind.platform.keys import keep
from inframind.records import Role
from inframind.usecases.optimization.advising import policy
from inframind.usecases.optimization.recording import prices
from tests.conftest import Account, forget, load_handler
from tests.contracts.builds import completed, log, started, step
from tests.functions.optimization.test_api import Ask
from tests.functions.optimization.test_api import api as api
from tests.http_events import Answer, ask, event

HOST = {"cpus": 16, "memory_gb": 64}
FOUR = Configuration(concurrency=4, cpus=4, memory_gb=8)


def build(number: int, pipeline: str = "demo/example-app", jobs: int = 2) -> None:
    """A build that is faster with more jobs."""
    name, minutes = f"{pipeline}-{number}", 2 + 20 / jobs
    ran = Configuration(concurrency=jobs, cpus=4, memory_gb=8)
    told = started(name, 30 * number, pipeline=pipeline, configuration=ran)
    told_end = completed(name, 30 * number + minutes, pipeline=pipeline)
    wiring.builds().save(log(told, step(name, 30 * number, max_rss_gb=0.5 + 0.3 * jobs), told_end), 0)


def optimize(api: Ask, **changes: Any) -> Answer:
    return api("POST", "/api/v1/optimize", WANTED | changes)


@pytest.mark.parametrize("path", ["/optimize", "/api/v1/optimize"])
def test_the_documented_call_is_answered_with_a_configuration(aws: Account, path: str) -> None:
    api_of = load_handler("optimization", "api").handler
    wiring.key_store().put(keep("dev-key", "dev", Role.INGEST, datetime.now(UTC)))
    request = event("POST", path, body=WANTED)
    request["headers"]["x-im-token"] = "dev-key"
    answer = ask(api_of, request)
    assert answer.status == 200
    assert {"concurrency", "cpus", "memory_gb", "cache_gb"} == answer.json["configuration"].keys()
    assert (answer.json["is_default"], answer.json["builds_known"]) == (True, 0)


def test_with_builds_known_it_is_faster_and_says_so(api: Ask) -> None:
    for number in range(10):
        build(number, jobs=1 + number % 4)
    answer = optimize(api, context=HOST, objective="time").json
    assert answer["builds_known"] == 10
    assert answer["duration_s"]["low"] <= answer["duration_s"]["mean"] <= answer["duration_s"]["high"]
    assert answer["configuration"]["cpus"] <= 16
    assert answer["reason"]


def test_a_build_that_boasts_of_a_thousand_cores_gives_nobody_more(api: Ask) -> None:
    for number in range(10):
        build(number, jobs=1 + number % 4)
    boast = Configuration(concurrency=1024, cpus=1024, memory_gb=65_536)
    told = started("boast", 900, pipeline="demo/example-app", configuration=boast)
    wiring.builds().save(log(told, completed("boast", 901, pipeline="demo/example-app")), 0)
    for objective in ("time", "cost"):
        chosen = optimize(api, context={"tool": "cmake"}, objective=objective).json["configuration"]
        assert (chosen["cpus"] <= 4, chosen["memory_gb"] <= 8) == (True, True)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("BUILD_LEAST_OWN", "11", "little_data"),
        ("BUILD_LEAST_KNOWN", "11", "little_data"),
        ("BUILD_MEMORY_HEADROOM", "4", "memory_headroom"),
        ("BUILD_CHANGE_FACTOR", "1", "change"),
    ],
)
def test_a_deployment_sets_its_guards(
    api: Ask, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
) -> None:
    for number in range(10):
        build(number)
    request = {"context": {"cpus": 16, "memory_gb": 6}, "objective": "time", "release": True}
    assert said not in {one["guard"] for one in optimize(api, **request).json["guards"]}
    monkeypatch.setenv(setting, value)
    forget()
    answer = optimize(api, **request).json
    assert said in {one["guard"] for one in answer["guards"]}


def test_a_deployment_may_forbid_exploration_or_explore_always(api: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        build(number, jobs=1 + number % 4)
    for share, explores in (("0", {False}), ("1", {True})):
        monkeypatch.setenv("BUILD_EXPLORATION_SHARE", share)
        forget()
        assert {optimize(api, context=HOST).json["explores"] for _ in range(4)} == explores


def test_the_defaults_of_a_deployment_are_those_of_the_guards() -> None:
    assert policy() == DEFAULT_POLICY


def test_prices_that_cannot_be_read_cost_no_answer_and_no_build(api: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_PRICES", '{"runners": [[4, 0.012], [2, 0.006]]}')
    forget()
    assert optimize(api).status == 200
    assert prices() == PriceTable()


def test_figures_are_what_a_person_reads(api: Ask) -> None:
    for number in range(6):
        build(number, jobs=1 + number % 4)
    answer = optimize(api, context=HOST).json
    figures = [answer[name][part] for name in ("duration_s", "cost_usd", "peak_memory_gb") for part in ("mean", "low")]
    assert figures == [float(f"{figure:.3g}") for figure in figures]


@pytest.mark.parametrize("value", [True, 10**30, 10**299, -(10**30), 5e-324, "", None])
def test_no_number_in_a_context_is_too_odd_to_answer(api: Ask, value: Any) -> None:
    answer = optimize(api, context={"cpus": value, "memory_gb": value, "num_steps": value, "anything": value})
    assert answer.status == 200


def test_a_default_of_next_to_nothing_is_answered_too(api: Ask) -> None:
    least = {"concurrency": 1, "cpus": 5e-324, "memory_gb": 5e-324}
    for number in range(4):
        build(number)
    assert optimize(api, default=least).status == 200


def test_a_number_that_nothing_can_calculate_with_is_a_fault(api: Ask) -> None:
    assert optimize(api, context={"cpus": 10**400}).status == 422


def test_a_suggestion_is_kept_by_its_id_and_counted(aws: Account, api: Ask) -> None:
    answer = optimize(api).json
    assert wiring.builds().suggestion(answer["id"]) == Suggestion.model_validate(answer)
    counts = wiring.counters().read()
    assert counts["suggestions_total", (("explores", "false"),)] == 1


def test_the_builds_of_other_pipelines_are_none_of_its_own(api: Ask) -> None:
    build(1, "web")
    assert optimize(api).json["builds_known"] == 0


@pytest.mark.parametrize("role", Role)
def test_whoever_has_a_key_may_ask(api: Ask, role: Role) -> None:
    assert api("POST", "/optimize", WANTED, role).status == 200


def test_without_a_key_nobody_may(api: Ask) -> None:
    handler = load_handler("optimization", "api").handler
    assert ask(handler, event("POST", "/optimize", body=WANTED)).status == 401


def test_every_fault_is_named(api: Ask) -> None:
    answer = optimize(api, pipeline="", objective="fame", weight=2, context={"tool": []}, default={"cpus": 0})
    assert answer.status == 422
    named = {fault["where"] for fault in answer.json["errors"]}
    assert {"body.pipeline", "body.objective", "body.weight", "body.context.tool", "body.default.cpus"} <= named


def test_a_table_that_is_away_is_503_with_retry_after(aws: Account, api: Ask) -> None:
    aws.client("dynamodb").delete_table(TableName=aws.environment["BUILDS_TABLE"])
    answer = optimize(api)
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Configuration(concurrency=2, cpus=2, memory_gb=8)),
        ({"context": {"cpus": 6, "memory_gb": 12}}, Configuration(concurrency=6, cpus=6, memory_gb=12)),
        ({"default": FOUR.model_dump()}, FOUR),
        (
            {"context": {"cpus": 1, "memory_gb": 2}, "default": FOUR.model_dump()},
            Configuration(concurrency=2, cpus=1, memory_gb=2),
        ),
    ],
)
def test_the_default_is_what_the_sender_says_within_its_host_else_a_job_a_core(
    changes: dict[str, Any], expected: Configuration
) -> None:
    assert OptimizeWanted.model_validate({"pipeline": "p", **changes}).request(PriceTable()).default == expected


@pytest.mark.parametrize(
    ("told", "release"),
    [
        ({}, False),
        ({"release": True}, True),
        ({"branch": "release/2.1"}, True),
        ({"context": {"branch": "v1.2.0"}}, True),
    ],
)
def test_a_release_is_known_by_word_or_by_its_branch(told: dict[str, Any], *, release: bool) -> None:
    assert OptimizeWanted.model_validate({"pipeline": "p", **told}).request(PriceTable()).release is release
