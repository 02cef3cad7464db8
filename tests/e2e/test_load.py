"""The seed's load: a thousand metrics a second and incidents beside them, workers killed in the middle."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.harness import Platform
from tests.adapters.servers import Server, answers, reply, serving
from tests.e2e.conftest import Client, eventually

pytestmark = pytest.mark.e2e

SECONDS = 10
SERVICES, METRICS = 50, 20  # a thousand samples
FLEET = [f"fleet-{number}" for number in range(SERVICES)]
INCIDENTS = 20
KILLED = {3.0: "IngestionWriter", 4.5: "IncidentsCorrelator", 6.0: "DetectionScorer", 7.5: "IncidentsCorrelator"}
RATE = SERVICES * METRICS
AGAIN_S = 15  # above what a batch takes on a busy machine: what takes longer is told to another worker as well
SILENT_S = 5  # in which nobody is told twice
QUEUES = ("SamplesQueue", "ScoreQueue", "SignalsQueue")  # of the workers that are killed
BEGAN = datetime.now(UTC).isoformat()


@pytest.fixture(autouse=True)
def impatient(running: Platform) -> None:
    """What a killed worker had in hand comes again after seconds, not minutes."""
    sqs = running.client("sqs")
    for name in QUEUES:
        url = running.outputs[f"{name}Url"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(AGAIN_S)})


@pytest.fixture
def slack(client: Client) -> Iterator[Server]:
    with serving(answers(reply(200, b"ok"))) as server:
        order = {"name": "ops", "kind": "slack", "secrets": {"webhook_url": server.url}, "storm_limit": 1_000}
        assert client.post("/api/v1/notifications/channels", order).status == 201
        yield server


def second(number: int, at: datetime) -> dict[str, Any]:
    """A second of the fleet: a value of each series, which says when it was sent."""
    return {
        "metrics": [
            {
                "timestamp": at.isoformat(),
                "metric_name": f"metric_{place % METRICS}",
                "value": float(number),
                "labels": {"service": FLEET[place // METRICS]},
            }
            for place in range(RATE)
        ]
    }


def trouble(number: int) -> dict[str, Any]:
    """Two alerts of one service."""
    alerts = [
        {
            "status": "firing",
            "labels": {"alertname": name, "service": f"shop-{number:02}", "severity": "critical"},
            "annotations": {"summary": f"{name} of shop-{number:02}"},
            "startsAt": BEGAN,
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": f"{name}-{number}",
        }
        for name in ("HighLatency", "HighErrorRate")
    ]
    return {"version": "4", "alerts": alerts}


def workers(running: Platform, function: str) -> list[int]:
    """The processes in which the engine runs a function."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == running.pid and f"-{function}-".encode() in command:
            found.append(int(folder.name))
    return found


def kill(running: Platform, function: str) -> int:
    """Kills the workers of a function as the system would; how many."""
    found = eventually(lambda: workers(running, function), bool)
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return len(found)


def every(client: Client, path: str, bodies: list[Any], over_s: float) -> threading.Thread:
    """Posts the bodies at an even pace, each again until it is taken, as senders do."""

    def send() -> None:
        begun = time.monotonic()
        for number, body in enumerate(bodies):
            time.sleep(max(0.0, begun + over_s * number / len(bodies) - time.monotonic()))
            while client.post(path, body).status != 202:
                time.sleep(0.2)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def told_of(slack: Server) -> Counter[str]:
    """How often each service was told of."""
    texts = [json.loads(request.partition(b"\r\n\r\n")[2])["text"] for request in list(slack.requests)]
    return Counter(name for text in texts for name in [f"shop-{n:02}" for n in range(INCIDENTS)] if name in text)


def drained(running: Platform) -> bool:
    """Waits until no message is left in the queues, nor in the hands of a worker, a killed one's included.

    What is under way in one queue may come to another, so they have to be empty at five looks in succession.
    """
    sqs, looks = running.client("sqs"), list[int]()
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def look() -> list[int]:
        urls = [running.outputs[f"{name}Url"] for name in QUEUES]
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"] for url in urls]
        looks.append(sum(int(queue[count]) for queue in found for count in counts))
        return looks[-5:]

    return eventually(look, lambda last: last == [0] * 5) == [0] * 5


def test_nothing_is_lost_or_told_twice_at_a_thousand_metrics_a_second_with_workers_killed(
    running: Platform, client: Client, slack: Server
) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    times = [datetime.fromtimestamp(start.timestamp() - SECONDS + number, UTC) for number in range(SECONDS)]
    client.post("/ingest/metrics", second(0, times[0]))  # the workers are there
    client.post("/api/v1/alerts", trouble(0))
    begun = time.monotonic()
    metrics = every(client, "/ingest/metrics", [second(n, at) for n, at in enumerate(times)], SECONDS)
    alerts = every(client, "/api/v1/alerts", [trouble(n) for n in range(INCIDENTS)], SECONDS)
    killed = 0
    for at, function in KILLED.items():
        time.sleep(max(0.0, begun + at - time.monotonic()))
        killed += kill(running, function)
    metrics.join()
    alerts.join()
    assert killed >= len(KILLED)

    assert drained(running)
    shops = Counter(f"shop-{n:02}" for n in range(INCIDENTS))
    eventually(lambda: told_of(slack), lambda told: told >= shops)
    quiet_from = time.monotonic()
    stored = [client.samples(name, start=times[0].isoformat()) for name in FLEET]
    assert sum(len(points) for one in stored for points in one.values()) == RATE * SECONDS
    incidents = client.get("/api/v1/incidents", limit=100)["items"]
    assert shops == Counter(name for one in incidents for name in one["services"] if name.startswith("shop-"))
    assert {one["signal_count"] for one in incidents if one["services"][0].startswith("shop-")} == {2}
    time.sleep(max(0.0, quiet_from + SILENT_S - time.monotonic()))
    assert told_of(slack) == shops
