"""`POST /optimize` in the local run: how long a CI system waits for an answer, with a hundred builds known.

One connection a request, as CI systems have it. The first answer after an idle hour comes from a fresh process and is
not in these figures: they are those of the warm function. On a busy machine waiting is mostly for a core; so the CPU
time of the function alone, with everything it stores in memory, stands beside it.
"""

import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from infra.demo.builds import HOST, SPAN, builds
from infra.local.harness import Platform, platform
from inframind import wiring
from inframind.adapters.optimization.memory_builds import MemoryBuilds
from inframind.adapters.optimization.memory_models import MemoryModels
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.adapters.platform.memory_keys import MemoryKeys
from inframind.optimization.log import BuildLog, merged
from inframind.optimization.wire import event_of
from inframind.platform.keys import keep
from inframind.records import Role
from tests.benchmarks.table import Row
from tests.conftest import forget, load_handler
from tests.http_events import ask, event

ASKED = 200
SEEDS = 6  # of the demonstration: its largest pipeline has 16 builds in each
PIPELINE = "demo/example-app"
GOAL_MS = 200.0
PATIENCE_S = 60.0
SETTLED_S = 20.0  # until the figures of the builds are stored and scored: that is not what is measured here


def run() -> list[Row]:
    """Starts a platform of its own, tells it of builds, and asks."""
    with tempfile.TemporaryDirectory() as folder, platform(Path(folder)) as running:
        _call(running, "/optimize", _question("somebody/else"))
        unknown = _timed(running, "/optimize", _question("somebody/else"))
        health = _timed(running, "/api/v1/health")
        known = _tell(running)
        time.sleep(SETTLED_S)
        return [
            *_cpu(),
            _row("GET /api/v1/health, for comparison", health, 0.99, ""),
            _row("POST /optimize, nothing known", unknown, 0.5),
            _row(
                f"POST /optimize, {known} builds known", found := _timed(running, "/optimize", _question(PIPELINE)), 0.5
            ),
            _row(f"POST /optimize, {known} builds known", found, 0.99, f"<= {GOAL_MS:.0f}"),
        ]


def _cpu() -> list[Row]:
    """CPU time of the function for a request, with the builds in memory."""
    with pytest.MonkeyPatch.context() as patch:
        stores = {
            "builds": _stored(),
            "counters": MemoryCounters(),
            "models": MemoryModels(),
            "key_store": MemoryKeys(),
        }
        for name, store in stores.items():
            patch.setattr(wiring, name, lambda store=store: store)
        forget()
        wiring.key_store().put(keep("key", "bench", Role.INGEST, datetime.now(UTC)))
        handler = load_handler("optimization", "api").handler
        request = event("POST", "/optimize", key="key", body=_question(PIPELINE))
        taken = []
        for _ in range(ASKED):
            started = time.process_time()
            assert ask(handler, request).status == 200
            taken.append(1e3 * (time.process_time() - started))
    forget()
    what = "CPU of the function alone"
    return [_row(what, taken, 0.5), _row(what, taken, 0.99)]


def _stored() -> MemoryBuilds:
    store, now = MemoryBuilds(), datetime.now(UTC)
    for seed in range(SEEDS):
        for one in (one for one in builds(seed) if one.pipeline == PIPELINE):
            run = {"run_id": f"{one.run_id}-{seed}"}
            told = [body | run | {"type": path.rpartition("/")[2]} for path, body in one.at(now - SPAN)]
            log = merged(BuildLog(run_id=run["run_id"]), [event_of(json.dumps(body), now) for body in told])
            store.save(log, 0)
    return store


def _row(what: str, taken_ms: list[float], share: float, goal: str = "") -> Row:
    at = sorted(taken_ms)[min(len(taken_ms) - 1, int(share * len(taken_ms)))]
    name = "median" if share == 0.5 else f"p{round(100 * share)}"
    return Row(f"{what}, {name}", at, None, None, goal, "ms")


def _timed(running: Platform, path: str, body: Any = None) -> list[float]:
    taken = []
    for _ in range(ASKED):
        started = time.perf_counter()
        _call(running, path, body)
        taken.append(1e3 * (time.perf_counter() - started))
    return taken


def _question(pipeline: str) -> dict[str, Any]:
    return {"pipeline": pipeline, "context": {"tool": "cmake", **HOST}}


def _tell(running: Platform) -> int:
    """Tells of builds of one pipeline; how many, once all of them are recorded."""
    first, count = datetime.now(UTC) - SPAN, 0
    for seed in range(SEEDS):
        for one in (one for one in builds(seed) if one.pipeline == PIPELINE):
            count += 1
            for path, body in one.at(first):
                _call(running, path, body | {"run_id": f"{one.run_id}-{seed}"})
    deadline = time.monotonic() + PATIENCE_S
    while _recorded(running) < count and time.monotonic() < deadline:
        time.sleep(0.5)
    return _recorded(running)


def _recorded(running: Platform) -> int:
    page = _call(running, f"/api/v1/builds?limit=500&pipeline={quote(PIPELINE)}")
    return sum(one["outcome"] != "running" for one in page["items"])


def _call(running: Platform, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-IM-Token": running.key, "Content-Type": "application/json"}
    with urlopen(Request(running.url + path, data, headers), timeout=30) as answer:
        return json.load(answer)
