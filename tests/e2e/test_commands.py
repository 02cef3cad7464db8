"""The commands of the first seed and of the pages that a newcomer reads give the documented answers."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.harness import Platform
from infra.local.settings import ROOT
from tests.e2e.conftest import ANSWER_WITHIN_S, Client, eventually

pytestmark = pytest.mark.e2e

PAGES = ("README.md", "docs/quickstart.md", "docs/incidents.md", "docs/logs.md")
# What a page leaves to the reader: the id of the incident, or of the key, that was answered before.
LISTS = {"incidents": "/api/v1/incidents?service=auth-api", "auth/keys": "/api/v1/auth/keys"}
LEFT_OPEN = re.compile(r"/api/v1/(incidents|auth/keys)/<id>")


def curl(running: Platform, command: str) -> Any:
    """Runs a command as the seed prints it, but for host and key."""
    words = shlex.split(command.replace("http://localhost:8000", running.url))
    done = subprocess.run(
        [*words, "-sS", "-H", f"X-API-Key: {running.key}"],
        capture_output=True,
        text=True,
        timeout=ANSWER_WITHIN_S,
        check=True,
    )
    return json.loads(done.stdout)


def ingest(client: Client, resource: str, rows: list[tuple[datetime, float]]) -> None:
    metrics = [
        {"resource_id": resource, "cpu_usage": value, "memory_usage": 60.2, "timestamp": at.isoformat()}
        for at, value in rows
    ]
    answer = client.post("/api/v1/metrics/ingest", {"metrics": metrics})
    assert answer.status == 202, answer.body
    eventually(lambda: stored(client, resource), lambda count: count >= len(rows))


def stored(client: Client, resource: str) -> int:
    if client.call("GET", f"/api/v1/metrics/{resource}").status == 404:
        return 0
    return sum(len(points) for points in client.samples(resource, metric="cpu_usage").values())


def test_ingest(running: Platform) -> None:
    command = """curl -X POST http://localhost:8000/api/v1/metrics/ingest \
      -H "Content-Type: application/json" \
      -d '{"resource_id": "server-001", "cpu_usage": 45.5, "memory_usage": 60.2, "gpu_usage": 30.0,
           "timestamp": "2026-01-11T10:30:00Z"}'"""
    assert curl(running, command) == {"message": "Metric ingested", "resource_id": "server-001"}


def test_analyze_explains_the_seeds_anomaly(running: Platform, client: Client) -> None:
    now = datetime.now(UTC)
    # Ten at 44.7 and ten at 50.3: mean 47.5 and, but for rounding, the printed deviation and z of 17.
    past = [(now - timedelta(seconds=30 * (21 - n)), 47.5 + (2.72 if n % 2 else -2.72)) for n in range(20)]
    ingest(client, "server-002", [*past, (now, 95.0)])
    answer = curl(running, "curl http://localhost:8000/api/v1/metrics/server-002/analyze?window_size=20")
    assert answer == {
        "status": "ANOMALY",
        "anomaly_detected": True,
        "anomaly_metrics": ["cpu_usage"],
        "explanation": "Anomaly detected in cpu_usage: value=95.0, mean=47.5, std=2.8, z-score=17.0",
        "confidence_score": 1.0,
        "algorithm": "zscore_v1",
    }


def test_risk_has_the_seeds_form(running: Platform, client: Client) -> None:
    now = datetime.now(UTC)
    rows = [(now - timedelta(seconds=20 * (20 - n)), 85.0 if n % 2 else 60.0) for n in range(20)]
    ingest(client, "server-003", rows)
    answer = curl(running, "curl http://localhost:8000/api/v1/sla/server-003/risk?lookback_minutes=15")
    assert answer["status"] == "OK"
    assert answer["resource_id"] == "server-003"
    presence, breaches = answer["signals"]
    assert {"name": "anomaly_presence", "weight": 0.4}.items() <= presence.items()
    assert {"name": "threshold_breach_rate", "value": 0.25, "weight": 0.6, "contribution": 0.15}.items() <= (
        breaches.items()
    )
    assert breaches["details"] == "10/40 metrics exceeded thresholds"
    assert answer["risk_level"] == "LOW"


def test_health(running: Platform) -> None:
    answer = curl(running, "curl http://localhost:8000/api/v1/health")
    assert answer == {"status": "healthy", "service": "infra-mind-api"}


def commands(page: str) -> Iterator[str]:
    """Every curl of the page's indented blocks, with the lines that continue it."""
    whole: list[str] = []
    for line in page.splitlines():
        text = line.strip().removeprefix("$ ")
        if line.startswith("    ") and (whole or text.startswith("curl ")):
            whole.append(text)
            if "\n".join(whole).count("'") % 2 == 0 and not text.endswith("\\"):
                yield "\n".join(whole)
                whole = []


def filled(command: str, client: Client) -> str:
    """The command with the newest id in the place of `<id>`."""
    open_one = LEFT_OPEN.search(command)
    if open_one is None:
        return command
    listed = LISTS[open_one[1]]

    def usable() -> list[str]:
        items = client.get(listed)["items"]
        fit = [one for one in items if one.get("name") != "bootstrap" and one["status"] not in ("revoked", "resolved")]
        return [str(one["id"]) for one in fit]

    found = eventually(usable, bool)
    assert found, listed
    return command.replace("<id>", found[0])


def shell(command: str, running: Platform) -> tuple[int, str]:
    """Status and answer of a command; `$KEY` and `$URL` are set as the page says, to what runs here."""
    asked = command.replace("http://localhost:8080", running.url).replace("localhost:8080", running.url)
    script = asked.replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)
    done = subprocess.run(
        ["bash", "-c", script],
        env={"KEY": running.key, "URL": running.url, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=ANSWER_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr)
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), answer


@pytest.mark.parametrize("page", PAGES)
def test_every_command_does_what_the_page_says(page: str, running: Platform, client: Client) -> None:
    found = list(commands((ROOT / page).read_text()))
    assert found
    for command in found:
        status, answer = shell(filled(command, client), running)
        assert 200 <= status < 300, (command, status, answer)
        if "server-001" in command:  # the next one may ask for it
            eventually(lambda: client.call("GET", "/api/v1/sla/server-001/status").status, lambda code: code == 200)
