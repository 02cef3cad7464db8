"""Debian's Prometheus remote-writes to the platform: every sample it holds can be read back, once."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import cramjam
import pytest

from infra.local.harness import Platform
from inframind.ingestion.remote_write_schema import request_class
from tests.e2e.conftest import Client, eventually
from tests.e2e.flaky import Flaky, flaky_proxy
from tests.e2e.prometheus import Name, Prometheus, name_of, prometheus

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("prometheus-node-exporter")),
        reason="needs Debian's packages prometheus and prometheus-node-exporter",
    ),
]

PHASE = 3_000  # samples, of two scrapes or so
Sample = tuple[Name, int]


@pytest.fixture
def proxy(running: Platform) -> Iterator[Flaky]:
    with flaky_proxy(running.url) as one:
        yield one


@pytest.fixture
def sender(tmp_path: Path, proxy: Flaky, running: Platform) -> Iterator[Prometheus]:
    with prometheus(tmp_path, proxy.url, running.key) as one:
        yield one


def phase(proxy: Flaky) -> None:
    """Waits until many more samples have been taken."""
    before = len(proxy.stored)
    assert eventually(lambda: len(samples(proxy.stored[before:])), lambda count: count > PHASE) > PHASE


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


def missing(held: dict[Name, dict[int, float]], found: dict[Name, dict[int, float]]) -> list[Sample]:
    """Samples that Prometheus holds and the platform does not, or holds otherwise. NaN equals NaN."""
    return [
        (name, at)
        for name, samples in held.items()
        for at, value in samples.items()
        if repr(found.get(name, {}).get(at)) != repr(value)
    ]


def settle(client: Client, held: dict[Name, dict[int, float]], losable: set[Sample]) -> list[Sample]:
    """What is missing once the queues are empty."""
    instances = {instance for instance, _, _ in held}

    def look() -> list[Sample]:
        lost = missing(held, read_back(client, instances))
        return [one for one in lost if one not in losable]

    return eventually(look, lambda lost: not lost)


def test_nothing_is_lost_or_doubled_by_refusals_and_a_restart(
    running: Platform, client: Client, proxy: Flaky, sender: Prometheus
) -> None:
    phase(proxy)
    running.restart()
    phase(proxy)
    assert eventually(lambda: proxy.refused_after, bool) > 0
    drained(sender)
    held = sender.samples()
    assert proxy.refused_before > 0
    assert sender.retried() > 0
    assert sum(map(len, held.values())) > 5_000
    assert settle(client, held, losable=set()) == []


def test_a_kill_costs_nothing_that_was_acknowledged_before_the_last_save(
    running: Platform, client: Client, proxy: Flaky, sender: Prometheus
) -> None:
    phase(proxy)
    safe = proxy.stored[:]
    whole_save(running)  # may have begun before
    whole_save(running)
    running.kill9()
    running.start()
    losable = samples(proxy.stored[len(safe) :]) - samples(safe)
    phase(proxy)
    drained(sender)
    held = sender.samples()
    assert len({(name, at) for name, values in held.items() for at in values} & samples(safe)) > PHASE / 2
    assert settle(client, held, losable) == []


def samples(requests: list[bytes]) -> set[Sample]:
    """All that is in remote-write requests: series and time in ms."""
    read = [request_class(1).FromString(bytes(cramjam.snappy.decompress_raw(body))) for body in requests]
    return {
        (name_of({label.name.decode(): label.value.decode() for label in series.labels}), sample.timestamp)
        for one in read
        for series in one.timeseries
        for sample in series.samples
    }


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
