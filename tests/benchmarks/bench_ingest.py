"""CPU of taking samples in, from the HTTP event to the queue message, against Prometheus and VictoriaMetrics.

All take the same remote write bodies, in turns. A peer's CPU is its process', HTTP included, until its background work
has settled, less what it spends when idle. Ours is this process' for the whole handler: base64, access key, decoding,
frames, and the calls to the queue and the counters over loopback, the far side of which is another process.

Ours is steady from run to run; what VictoriaMetrics spends is not: in five runs of an hour the ratio was 0.29 to 0.53.
"""

import os
import statistics
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from inframind import wiring
from inframind.adapters.ingestion.memory_samples import MemorySamples
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.adapters.platform.memory_keys import MemoryKeys
from inframind.platform.keys import keep
from inframind.ports.platform import CounterStore
from inframind.ports.series import SampleQueue
from inframind.records import Role
from tests.benchmarks.programs import Program, is_installed, running
from tests.benchmarks.scrapes import bodies, scrapes
from tests.benchmarks.table import Row, markdown
from tests.conftest import forget, load_handler

SHAPES = {(500, 20): 60, (2_000, 1): 100}  # series and samples of a body -> bodies a round: enough for a clock of 10 ms
ROUNDS = 5
SETTLE_S = 2.5  # VictoriaMetrics merges what it took in a second after
KEY = "a-key-for-the-benchmark"
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
PROMETHEUS = (
    "prometheus", "--config.file={folder}/empty.yml", "--storage.tsdb.path={folder}/data", "--log.level=error",
    "--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver",
)  # fmt: skip
VICTORIA = ("victoria-metrics", "-storageDataPath={folder}/data", "-httpListenAddr=127.0.0.1:{port}")
PEERS = {"Prometheus": PROMETHEUS, "VictoriaMetrics": VICTORIA}
GOALS = {("Prometheus", (500, 20)): "<= 1/5", ("Prometheus", (2_000, 1)): "<= 1/5"}
GOALS |= {("VictoriaMetrics", (500, 20)): "<= 1/2"}

OURS, WITHOUT_CALLS = "ours", "ours without calls"
UNIT = "CPU s per million samples"
STUB = Path(__file__).with_name("aws_stub.py")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1",
    "LEAN_CLIENT": "true", "ACCESS_TABLE": "access", "COUNTERS_TABLE": "counters", "SAMPLES_QUEUE_URL": "http://127.0.0.1/samples",
}  # fmt: skip

Taker = Callable[[Sequence[bytes]], float]
"""Takes bodies in; the seconds of CPU it cost."""


def run() -> list[Row]:
    """Measures whatever is installed; needs node_exporter for the bodies."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        taken = scrapes(40, Path(folder, "node_exporter"))
        rows = []
        for shape, count in SHAPES.items():
            made = bodies(taken, shape, ROUNDS * count + 1, int(time.time() * 1000))
            takers = _takers(stack, Path(folder, "x".join(map(str, shape))))
            rows += _rows(shape, _measured(takers, made, count, shape[0] * shape[1]))
        return rows


def _takers(stack: ExitStack, folder: Path) -> dict[str, Taker]:
    stub = stack.enter_context(running((sys.executable, str(STUB), "{port}"), folder / "stub"))
    os.environ |= ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{stub.port}"}
    forget()
    takers = {OURS: _ours(wiring.sample_queue(), wiring.counters())}
    takers[WITHOUT_CALLS] = _ours(MemorySamples(), MemoryCounters())
    for name, command in PEERS.items():
        if is_installed(command[0]):
            home = folder / name
            home.mkdir()
            (home / "empty.yml").write_text("{}\n")
            takers[name] = _peer(stack.enter_context(running(command, home)))
    return takers


def _ours(queue: SampleQueue, counters: CounterStore) -> Taker:
    keys = MemoryKeys()
    keys.put(keep(KEY, "benchmark", Role.INGEST, datetime.now(UTC)))
    handler = load_handler("ingestion", "api").handler

    def take(sent: Sequence[bytes]) -> float:
        events = [_event(body) for body in sent]
        with _wired(key_store=keys, sample_queue=queue, counters=counters):
            started = time.process_time()
            statuses = {handler(event, None)["statusCode"] for event in events}
            spent = time.process_time() - started
        assert statuses == {204}, statuses
        return spent

    return take


@contextmanager
def _wired(**ports: object) -> Iterator[None]:
    """The ports in place of what wiring makes of them, for a while."""
    made = {name: getattr(wiring, name) for name in ports}
    for name, port in ports.items():
        setattr(wiring, name, lambda port=port: port)
    try:
        yield
    finally:
        for name, maker in made.items():
            setattr(wiring, name, maker)


def _event(body: bytes) -> dict[str, object]:
    return {
        "version": "2.0",
        "routeKey": "POST /api/v1/write",
        "rawPath": "/api/v1/write",
        "headers": {"authorization": f"Bearer {KEY}", **{name.lower(): value for name, value in HEADERS.items()}},
        "requestContext": {"http": {"method": "POST", "path": "/api/v1/write"}},
        "isBase64Encoded": True,
        "body": b64encode(body).decode(),
    }


def _peer(program: Program) -> Taker:
    before = program.cpu_s()
    time.sleep(2 * SETTLE_S)
    idle_per_s = (program.cpu_s() - before) / (2 * SETTLE_S)

    def take(sent: Sequence[bytes]) -> float:
        before, started = program.cpu_s(), time.monotonic()
        for body in sent:
            program.call("POST", "/api/v1/write", body, HEADERS)
        time.sleep(SETTLE_S)
        return program.cpu_s() - before - idle_per_s * (time.monotonic() - started)

    return take


def _measured(takers: dict[str, Taker], made: Sequence[bytes], count: int, samples: int) -> dict[str, float]:
    """The median over rounds of CPU seconds per million samples, after one body that is not counted."""
    for take in takers.values():
        take(made[:1])
    costs: dict[str, list[float]] = {name: [] for name in takers}
    for start in range(1, len(made), count):
        for name, take in takers.items():
            costs[name].append(take(made[start : start + count]) / (count * samples) * 1e6)
    return {name: statistics.median(values) for name, values in costs.items()}


def _rows(shape: tuple[int, int], cost: dict[str, float]) -> list[Row]:
    what = f"ingest, {shape[0]} series x {shape[1]}"
    rows = [
        Row(
            f"{what}, against {name}",
            cost[OURS],
            cost[name],
            cost[OURS] / cost[name],
            GOALS.get((name, shape), "reported"),
            UNIT,
        )
        for name in PEERS
        if name in cost
    ]
    return [
        *rows,
        Row(f"{what}, without the calls to queue and counters", cost[WITHOUT_CALLS], None, None, "reported", UNIT),
    ]


if __name__ == "__main__":
    sys.stdout.write(markdown(run()) + "\n")
