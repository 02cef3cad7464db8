"""The telemetry agent pushes to the platform: stored whole, through an outage too, and scored."""

import os
import random
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.harness import Platform
from tests.e2e.conftest import Client, eventually
from tests.infra.agent.conftest import Starter, agent, program
from tests.infra.agent.running import Agent

__all__ = ["agent", "program"]  # fixtures

pytestmark = pytest.mark.e2e

HISTORY = 125  # samples, a past to judge by
OUTAGE_S = 3.0
RUNNING = 96  # processes that want to run at once, where a dozen is usual


def pushing(running: Platform, instance: str, spool: Path) -> dict[str, Any]:
    return {
        "interval": "200ms",
        "instance": instance,
        "log": {"samples": True},
        "stop_grace": "2m",
        "platform": {"url": running.url, "timeout": "1m"},
        "buffer": {"spool": str(spool)},
        "remote_write": {"every": "1s", "first_pause": "100ms", "longest_pause": "500ms"},
    }


def kernel(folder: Path, processes: int) -> Path:
    """A /proc that tells how many processes run, from 10 to 99; this machine's own runs those of other tests as well.

    Written in place and at once: the agent keeps it open, as it does the kernel's.
    """
    folder.mkdir(exist_ok=True)
    lines = Path("/proc/stat").read_text().splitlines()
    told = [f"procs_running {processes:02}" for line in lines if line.startswith("procs_running ")]
    stat = os.open(folder / "stat", os.O_WRONLY | os.O_CREAT)
    os.pwrite(stat, "\n".join(["cpu  1 1 1 1 1 1 1 1 0 0", "ctxt 1", "btime 1", *told, ""]).encode(), 0)
    os.close(stat)
    return folder


def stored(client: Client, instance: str) -> list[int]:
    """The times of the stored samples of one metric, in ms."""
    if client.call("GET", f"/api/v1/metrics/{instance}").status == 404:
        return []
    found = client.samples(instance, metric="node_load1")
    return [round(datetime.fromisoformat(at).timestamp() * 1000) for points in found.values() for at, _ in points]


def test_what_it_sampled_while_the_platform_was_away_arrives_too(
    running: Platform, client: Client, agent: Starter, tmp_path: Path
) -> None:
    sampling = agent(pushing(running, "build-7", tmp_path / "spool"), INFRAMIND_API_KEY=running.key)
    assert eventually(lambda: stored(client, "build-7"), bool), sampling.text()
    running.stop()
    time.sleep(OUTAGE_S)
    running.start()
    waiting = eventually(lambda: sampling.value("inframind_agent_waiting_requests"), lambda n: n <= 1)
    assert waiting <= 1, sampling.text()[-500:]
    assert sampling.stop() == 0
    sampled = sampling.sampled_ms()
    assert eventually(lambda: stored(client, "build-7"), sampled.__eq__) == sampled


def test_many_processes_that_want_to_run_at_once_are_found(
    running: Platform, client: Client, agent: Starter, tmp_path: Path
) -> None:
    proc, chance = kernel(tmp_path / "proc", 12), random.Random(8)
    settings = pushing(running, "build-8", tmp_path / "spool") | {"paths": {"proc": str(proc)}}
    sampling = agent(settings, INFRAMIND_API_KEY=running.key)

    def known() -> int:
        kernel(proc, chance.choice((11, 12, 12, 13)))
        return len(sampling.samples())

    assert eventually(known, lambda count: count > HISTORY) > HISTORY, sampling.text()
    kernel(proc, RUNNING)
    found = eventually(lambda: rises(client, "node_procs_running"), bool)
    assert found, explain(sampling, client)


def rises(client: Client, metric: str) -> list[dict[str, Any]]:
    """Anomalies upwards."""
    items = client.get("/api/v1/anomalies", resource_id="build-8", limit=100)["items"]
    return [one for one in items if one["metric_name"] == metric and one["direction"] == "up"]


def explain(sampling: Agent, client: Client) -> str:
    values = client.samples("build-8", metric="node_procs_running")
    return f"{sampling.text()[-500:]}\n{[point[1] for points in values.values() for point in points][-60:]}"
