"""CPU of scoring a sample, side by side: the bank, one numpy window a series, and river's half-space trees.

All see the same series. The bank scores and learns 10,000 of them; the others are measured on as many of them as fit
into a few seconds, because their cost a sample does not depend on how many series there are.
"""

import json
import math
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from tests.benchmarks.table import Row, markdown

SERIES, HISTORY, STEPS = 10_000, 120, 10
LOOPED_SERIES, RIVER_SERIES, RIVER_STEPS = 200, 10, 400
WINDOW = 1000  # values the per-series loop looks back, as the seed's z-score does
ROUNDS = 3
RIVER_HOME = Path(__file__).parents[2] / ".venv" / "bench" / "bin" / "python"
RIVER = """
import json, sys, time
try:
    import river
    from river.anomaly import HalfSpaceTrees
except ImportError:
    print("null"); sys.exit()
values = json.load(sys.stdin)
trees = [HalfSpaceTrees(n_trees=25, height=8, window_size=250, limits={"x": (0.0, 1.0)}, seed=1) for _ in values[0]]
def feed(rows):
    for row in rows:
        for tree, value in zip(trees, row):
            tree.score_one({"x": value}); tree.learn_one({"x": value})
feed(values[:250])
start = time.process_time(); feed(values[250:])
print(json.dumps([(time.process_time() - start) / (len(values) - 250) / len(values[0]), river.__version__]))
"""

Floats = NDArray[np.float64]

# List prices of us-east-1: Lambda on arm64, S3, CloudWatch anomaly detection.
GB_SECOND, LAMBDA_REQUEST = 0.0000133334, 0.20 / 1e6
S3_PUT, S3_GET = 0.005 / 1000, 0.0004 / 1000
CLOUDWATCH_METRIC_MONTH = 0.30
MEMORY_GB, MINUTES_A_MONTH, SHARD_SERIES = 1.0, 43_200, 10_000


def run() -> list[Row]:
    """Scoring a sample, and a whole minute of a shard with its state read and written."""
    values = np.random.default_rng(0).normal(0.5, 0.1, (HISTORY + STEPS * ROUNDS, SERIES))
    bank = Bank.empty()
    rows = bank.rows([b"%d" % i for i in range(SERIES)])
    bank.update(rows, _minutes(0, HISTORY), values[:HISTORY])
    ours = min(_bank_seconds(bank, values, HISTORY + STEPS * i) for i in range(ROUNDS))
    loop, (river, version) = _loop_seconds(values), _river_seconds()
    minute = min(_minute_of_a_shard(bank, values, i) for i in range(ROUNDS))
    return [
        _ratio("scoring, against one numpy window a series", ours, loop, "<= 1/50"),
        _ratio(f"scoring, against river {version} HalfSpaceTrees", ours, river, "<= 1/100"),
        Row("series a minute a core, state load and save included", 60 / minute, None, None, ">= 1,000,000", "series"),
        Row("state at rest, after three weeks of hours", _state_bytes(), None, None, "<= 1024", "bytes a series"),
        *(_money(series, minute) for series in (1_000, 100_000, 1_000_000)),
    ]


def _minutes(first: int, end: int) -> NDArray[np.int64]:
    return np.arange(first + 1, end + 1, dtype=np.int64) * 60_000


def _bank_seconds(bank: Bank, values: Floats, first: int) -> float:
    rows, end = np.arange(SERIES), first + STEPS
    start = time.process_time()
    bank.update(rows, _minutes(first, end), values[first:end])
    return (time.process_time() - start) / STEPS / SERIES


def _loop_seconds(values: Floats) -> float:
    windows = [deque(np.resize(values[:, i], WINDOW).tolist(), WINDOW) for i in range(LOOPED_SERIES)]
    start = time.process_time()
    for row in values[:STEPS, :LOOPED_SERIES].tolist():
        for window, value in zip(windows, row, strict=True):
            past = np.array(window)
            abs(value - past.mean()) / past.std()
            window.append(value)
    return (time.process_time() - start) / STEPS / LOOPED_SERIES


def _river_seconds() -> tuple[float | None, str]:
    values = np.random.default_rng(1).random((250 + RIVER_STEPS, RIVER_SERIES))
    python = str(RIVER_HOME) if RIVER_HOME.exists() else sys.executable
    told = json.dumps(values.tolist())
    answer = subprocess.run([python, "-c", RIVER], input=told, capture_output=True, text=True, check=True, timeout=600)
    found = json.loads(answer.stdout)
    return (None, "(not installed: requirements-bench.txt)") if found is None else (found[0], found[1])


def _minute_of_a_shard(bank: Bank, values: Floats, i: int) -> float:
    """CPU seconds a series for one minute: state read, one sample scored and learnt, state written."""
    at = HISTORY + STEPS * ROUNDS + i
    state = bank.to_bytes()
    keys = bank.keys()
    start = time.process_time()
    fresh = Bank.from_bytes(state)
    fresh.update(fresh.rows(keys), _minutes(at, at + 1), values[:1])
    fresh.to_bytes()
    return (time.process_time() - start) / SERIES


def _state_bytes() -> float:
    """Bytes a series, every bin of its season in use: noise on a daily wave, which compresses worst."""
    hours, series = 21 * 24, 200
    wave = 10 * np.sin(np.arange(hours) * 2 * np.pi / 24)[:, None]
    bank, values = Bank.empty(), wave + np.random.default_rng(2).normal(50, 1, (hours * 2, series))[::2]
    bank.update(bank.rows([b"%016d" % i for i in range(series)]), _minutes(0, hours) * 60, values)
    return len(bank.to_bytes()) / series


def _money(series: int, cpu_s: float) -> Row:
    """Dollars a month for one sample a minute of so many series: Lambda time and requests, S3 reads and writes."""
    shards = math.ceil(series / SHARD_SERIES)
    seconds = max(series * cpu_s, shards * 0.05)  # a run takes 50 ms at least: S3 twice
    run_cost = seconds * MEMORY_GB * GB_SECOND + shards * (LAMBDA_REQUEST + S3_GET + S3_PUT)
    ours, theirs = run_cost * MINUTES_A_MONTH, series * CLOUDWATCH_METRIC_MONTH
    return Row(f"{series:,} series, one sample a minute", ours, theirs, ours / theirs, "", "$ a month")


def _ratio(what: str, ours: float, theirs: float | None, goal: str) -> Row:
    micro = None if theirs is None else theirs * 1e6
    return Row(what, ours * 1e6, micro, None if micro is None else ours * 1e6 / micro, goal, "CPU us a sample")


def main() -> None:
    """Print the rows as JSON and as a table."""
    rows = run()
    print(json.dumps([{name: getattr(row, name) for name in row.__slots__} for row in rows], indent=2))
    print(markdown(rows))


if __name__ == "__main__":
    main()
