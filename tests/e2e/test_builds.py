"""Builds told of over HTTP and straight into the queue, and the optimizer asked, on a running platform.

The demonstration of the fleet runs beside them: it needs a platform to itself as little as its users have one.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from subprocess import PIPE, Popen
from typing import Any

import pytest

from infra.local.harness import Platform
from tests.cloudformation import ROOT
from tests.e2e.conftest import ANSWER_WITHIN_S, PATIENCE_S, Client, eventually

pytestmark = pytest.mark.e2e

DEMO_WITHIN_S = 5 * PATIENCE_S  # a net for what hangs: it waits for five things
OPTIMIZE = """curl -X POST http://localhost:8080/optimize \
  -H "Content-Type: application/json" \
  -H "X-IM-Token: dev-key-change-in-production" \
  -d '{
    "pipeline": "demo/example-app",
    "context": {
      "tool": "cmake",
      "max_rss_gb": 4,
      "num_steps": 5,
      "avg_step_duration_s": 60
    }
  }'"""


@pytest.fixture(scope="module", autouse=True)
def demo(running: Platform) -> Iterator[Popen[str]]:
    """`make demo`, begun with the first test of this module."""
    environment = os.environ | {"PORT": str(running.port), "INFRAMIND_API_KEY": running.key}
    with Popen([sys.executable, "-m", "infra.demo"], cwd=ROOT, env=environment, stdout=PIPE, text=True) as begun:
        yield begun
        begun.kill()


def told(run_id: str, **ending: Any) -> list[tuple[str, dict[str, Any]]]:
    """A build of three minutes as the agent tells it."""
    start = datetime.now(UTC) - timedelta(minutes=5)
    run = {"run_id": run_id, "pipeline": "team/e2e"}
    at = [(start + timedelta(minutes=minute)).isoformat(timespec="milliseconds") for minute in range(4)]
    context = {"tool": "make", "cpus": 4, "memory_gb": 16}
    step = {"step": "make", "outcome": "success", "exit_code": 0, "started_at": at[1], "finished_at": at[2]}
    measured = {"duration_s": 60.0, "cpu_seconds": 200.5, "max_rss_gb": 2.5, "cache_hits": 30, "cache_misses": 10}
    end = {"outcome": "success", "exit_code": 0, "started_at": at[0], "finished_at": at[3], "duration_s": 180.0}
    return [
        ("start", run | {"started_at": at[0], "host": "ci-1", "branch": "main", "context": context}),
        ("step", run | step | measured),
        ("complete", run | end | ending),
    ]


def ended(client: Client, run_id: str) -> dict[str, Any]:
    """The build once it has ended."""
    answer = eventually(
        lambda: client.call("GET", f"/api/v1/builds/{run_id}"),
        lambda answer: answer.status == 200 and answer.json["outcome"] != "running" and bool(answer.json["steps"]),
    )
    found: dict[str, Any] = answer.json
    return found


def test_a_build_told_twice_and_backwards_is_one_build_and_becomes_series(client: Client) -> None:
    events = told("e2e/http 1")
    for kind, body in [*reversed(events), *events]:
        assert client.post(f"/api/v1/builds/{kind}", body).status == 202
    build = ended(client, "e2e/http%201")
    assert (build["outcome"], build["duration_s"], len(build["steps"])) == ("success", 180.0, 1)
    assert build["steps"][0]["max_rss_gb"] == 2.5
    start = {"start": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    metrics = eventually(
        lambda: {name for name, _ in client.samples("team/e2e", **start)} if _knows(client, "team/e2e") else set(),
        lambda found: "build_duration_seconds" in found,
    )
    assert {"build_success", "build_step_duration_seconds", "build_cache_hit_ratio", "build_cost_usd"} <= metrics


def test_a_ci_system_inside_aws_sends_straight_into_the_queue(running: Platform, client: Client) -> None:
    queue = running.client("sqs")
    for kind, body in told("e2e-sqs", outcome="failed"):
        queue.send_message(QueueUrl=running.outputs["BuildsQueueUrl"], MessageBody=json.dumps({"type": kind, **body}))
    assert ended(client, "e2e-sqs")["outcome"] == "failed"
    page = client.get("/api/v1/builds", pipeline="team/e2e", outcome="failed")
    assert [build["run_id"] for build in page["items"]] == ["e2e-sqs"]


def optimize(running: Platform) -> dict[str, Any]:
    """The answer to the call as it is documented, but for host and key."""
    command = OPTIMIZE.replace("http://localhost:8080", running.url).replace(
        "dev-key-change-in-production", running.key
    )
    done = subprocess.run(
        [*shlex.split(command), "-sS"], capture_output=True, text=True, timeout=ANSWER_WITHIN_S, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def seed_demo(running: Platform) -> str:
    """What `make seed-demo` prints."""
    environment = os.environ | {"PORT": str(running.port), "INFRAMIND_API_KEY": running.key}
    command = [sys.executable, "-m", "infra.demo.seeding"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_documented_call_is_answered_before_anything_is_known_and_better_after_seed_demo(
    running: Platform, client: Client
) -> None:
    before = optimize(running)
    assert (before["pipeline"], before["is_default"]) == ("demo/example-app", True)
    assert "50 recorded" in seed_demo(running)
    after = optimize(running)
    assert (after["is_default"], after["builds_known"]) == (False, 16)
    assert after["duration_s"]["high"] < before["duration_s"]["mean"]
    served = client.get("/api/v1/models/optimizer")
    assert {one["serving"] for one in served["models"]} >= {served["current"]} != {None}
    assert "50 known already" in seed_demo(running)
    page = client.get("/api/v1/builds", pipeline="demo/example-app")
    assert [len(client.get(f"/api/v1/builds/{one['run_id']}")["steps"]) for one in page["items"]] == [5] * 16


def test_the_demonstration_finds_what_it_planted_and_tells_of_it_once(demo: Popen[str]) -> None:
    shown, _ = demo.communicate(timeout=DEMO_WITHIN_S)
    for line in (
        "All 4 planted series were found.",
        "One incident, critical:",
        "cause     The deployment of auth-api",
        "deployment: v2.1.0 of auth-api was deployed 8 min before",
        "Slack was told once: ",
    ):
        assert line in shown, shown
    assert demo.returncode == 0, shown


def _knows(client: Client, resource: str) -> bool:
    return client.call("GET", f"/api/v1/metrics/{resource}").status == 200
