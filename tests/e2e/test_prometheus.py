"""Debian's Prometheus remote-writes to the platform: every sample it holds can be read back, once."""

import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import cramjam
import pytest

from infra.local.harness import Platform
from inframind.ingestion.remote_write_schema import request_class
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
    assert eventually(sender.pending, lambda count: count == 0) == 0
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

    return eventually(look, lambda lost: not lost)


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


def test_a_kill_costs_nothing_that_was_acknowledged_before_the_last_save(
    running: Platform, client: Client, proxy: Flaky, sender: Prometheus
) -> None:
    time.sleep(PHASE_S)
    safe = proxy.stored[:]
    whole_save(running)  # may have begun before
    whole_save(running)
    running.kill9()
    running.start()
    losable = times(proxy.stored[len(safe) :])
    time.sleep(PHASE_S)
    drained(sender)
    held = sender.samples()
    kept = times(safe) - losable
    assert sum(at in kept for samples in held.values() for at in samples) > 1_000
    assert settle(client, held, losable) == []


def times(requests: list[bytes]) -> set[int]:
    """Of all samples in remote-write requests, in ms."""
    read = [request_class(1).FromString(bytes(cramjam.snappy.decompress_raw(body))) for body in requests]
    return {sample.timestamp for one in read for series in one.timeseries for sample in series.samples}


def whole_save(running: Platform) -> None:
    """Waits for the end of the next one."""
    complete = running.data_dir / "state.complete"
    before = complete.stat().st_ino
    assert eventually(lambda: inode(complete), lambda now: now not in (0, before)) != before


def inode(folder: Path) -> int:
    """Which folder it is; 0 between two of them."""
    try:
        return folder.stat().st_ino
    except FileNotFoundError:
        return 0
