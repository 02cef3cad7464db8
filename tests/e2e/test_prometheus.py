"""Debian's Prometheus remote-writes to the platform: every sample it holds can be read back, once."""

import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from infra.local.harness import Platform
from tests.e2e.conftest import Client, eventually
from tests.e2e.flaky import Flaky, flaky_proxy
from tests.e2e.prometheus import Name, Prometheus, prometheus

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("prometheus-node-exporter")),
        reason="needs Debian's packages prometheus and prometheus-node-exporter",
    ),
]

PHASE_S = 8.0
LOST_WITHIN_MS = 10_000  # what a kill -9 may cost: the last few seconds, on a busy machine


@pytest.fixture
def proxy(running: Platform) -> Iterator[Flaky]:
    with flaky_proxy(running.url) as one:
        yield one


@pytest.fixture
def sender(tmp_path: Path, proxy: Flaky, running: Platform) -> Iterator[Prometheus]:
    with prometheus(tmp_path, proxy.url, running.key) as one:
        yield one


def drained(sender: Prometheus) -> None:
    sender.stop_scraping()
    assert eventually(sender.pending, lambda count: count == 0, within_s=60) == 0
    assert sender.dropped() == 0


def read_back(client: Client, instances: set[str]) -> dict[Name, dict[int, float]]:
    found = {}
    for instance in instances:
        for (metric, labels), points in client.samples(instance, limit=10_000).items():
            times = [round(datetime.fromisoformat(at).timestamp() * 1000) for at, _ in points]
            assert len(set(times)) == len(times), f"{metric} came twice"
            values = [float(value) for _, value in points]
            found[(instance, metric, labels)] = dict(zip(times, values, strict=True))
    return found


def missing(held: dict[Name, dict[int, float]], found: dict[Name, dict[int, float]]) -> list[tuple[Name, int]]:
    """Samples that Prometheus holds and the platform does not, or holds otherwise. NaN equals NaN."""
    return [
        (name, at)
        for name, samples in held.items()
        for at, value in samples.items()
        if repr(found.get(name, {}).get(at)) != repr(value)
    ]


def settle(client: Client, held: dict[Name, dict[int, float]], losable: set[int]) -> list[tuple[Name, int]]:
    """What is missing once the queues are empty."""
    instances = {instance for instance, _, _ in held}

    def look() -> list[tuple[Name, int]]:
        lost = missing(held, read_back(client, instances))
        return [one for one in lost if one[1] not in losable]

    return eventually(look, lambda lost: not lost, within_s=60)


def test_nothing_is_lost_or_doubled_by_refusals_and_a_restart(
    running: Platform, client: Client, proxy: Flaky, sender: Prometheus
) -> None:
    time.sleep(PHASE_S)
    running.restart()
    time.sleep(PHASE_S)
    drained(sender)
    held = sender.samples()
    assert proxy.refused_before > 0
    assert proxy.refused_after > 0
    assert sender.retried() > 0
    assert sum(map(len, held.values())) > 5_000
    assert settle(client, held, losable=set()) == []


def test_a_kill_costs_at_most_what_was_acknowledged_in_the_last_seconds(
    running: Platform, client: Client, sender: Prometheus
) -> None:
    time.sleep(LOST_WITHIN_MS / 1000 + PHASE_S)  # there must be older samples, which may not be missing
    running.kill9()
    killed_ms = round(time.time() * 1000)
    running.start()
    time.sleep(PHASE_S)
    drained(sender)
    held = sender.samples()
    losable = set(range(killed_ms - LOST_WITHIN_MS, killed_ms + 1))
    older = [at for samples in held.values() for at in samples if at < killed_ms - LOST_WITHIN_MS]
    assert len(older) > 1_000
    assert settle(client, held, losable) == []
