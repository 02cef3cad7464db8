"""CPU of predicting with a served forest (numpy, flat arrays) against scikit-learn with the same forest.

100 trees of depth 12 at most over 28 features, grown on 500 and on 5,000 builds, as forests are served; and smaller and
larger ones. Both predict the same rows, ten times each in turn, as a warm function does (the median of all);
predictions are checked to be equal in float32. A fresh process imports, loads the forest of 5,000 builds from a file
and predicts; the package carries its byte code there, as in the layer. The function is that of `/optimize`, which
imports its handler before: what somebody waits for once.
"""

import compileall
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from inframind.optimization.forest import Forest
from tests.benchmarks.bench_cold_start import ENVIRONMENT
from tests.benchmarks.table import Row, markdown
from tests.optimization.grown import grown, surface

ROOT = Path(__file__).parents[2]
FUNCTION = str(ROOT / "functions/optimization")
ROUNDS, AT_A_TIME, FRESH_ROUNDS = 11, 10, 9
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SERVE = """
import sys; sys.path.insert(0, {package!r})
import numpy as np
from inframind.optimization.forest import read
read(open({forest!r}, "rb").read()).predict(np.fromfile({rows!r}, np.float32).reshape(500, -1)[:{first}])
"""
NUMPY = """
import numpy
"""
HANDLER = """
import sys; sys.path[:0] = [{package!r}, {function!r}]
import api
"""
LIBRARY = """
import joblib, numpy as np
joblib.load({model!r}).predict(np.fromfile({rows!r}, np.float32).reshape(500, -1)[:{first}])
"""
FRESH = (  # what a fresh process does, ours, theirs, rows, goal
    ("import, load, 1 row", SERVE, LIBRARY, 1, "<= 1/10"),
    ("import, load, 500 rows", SERVE, LIBRARY, 500, "<= 1/10"),
    ("of that, import numpy", NUMPY, LIBRARY, 500, "reported"),
    ("import the function, load, 500 rows", HANDLER + SERVE, HANDLER + LIBRARY, 500, "reported"),
)
OTHERS = ((500, 10, 5), (5000, 10, None), (500, 300, 12), (2000, 300, None))  # builds, trees, depth


def run() -> list[Row]:
    """The medians over interleaved rounds."""
    rows = []
    for builds, trees, depth in OTHERS:
        forests = grown(*surface(builds), trees, max_depth=depth, max_features=1 / 3)
        what = f"forest of {builds} builds, {trees} trees of depth {depth or 'any'}"
        rows.append(_compared(forests, 500, what, "reported"))
    for builds in (500, 5000):
        forests = grown(*surface(builds), 100, max_depth=12, max_features=1 / 3)
        rows += [
            _compared(forests, size, f"forest of {builds} builds", goal)
            for size, goal in ((1, "<= 1/20"), (500, "<= 1/4"))
        ]
    return [*rows, *_fresh(forests[0], forests[1].packed())]


def _compared(forests: tuple[Any, Forest], size: int, forest: str, goal: str) -> Row:
    learnt, served = forests
    x = surface(size, seed=1)[0]
    if not np.array_equal(served.predict(x)[:, 0].astype(np.float32), learnt.predict(x).astype(np.float32)):
        raise ValueError("the served forest predicts something else")
    ours, theirs = _interleaved(partial(served.predict, x), partial(learnt.predict, x))
    return Row(f"{size} row{'s' * (size > 1)}, {forest}", ours, theirs, ours / theirs, goal, "CPU ms")


def _interleaved(*programs: Callable[[], Any]) -> tuple[float, ...]:
    spent: list[list[float]] = [[] for _ in programs]
    for _ in range(ROUNDS):
        for program, times in zip(programs, spent, strict=True):
            for _ in range(AT_A_TIME):
                start = time.process_time_ns()
                program()
                times.append((time.process_time_ns() - start) / 1e6)
    return tuple(statistics.median(times) for times in spent)


def _fresh(learnt: Any, packed: bytes) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: str(Path(folder, name)) for name in ("forest", "model")} | {
            "rows": str(Path(folder, "rows.npy"))
        }
        Path(paths["forest"]).write_bytes(packed)
        joblib.dump(learnt, paths["model"])
        surface(500, seed=1)[0].tofile(paths["rows"])
        shutil.copytree(ROOT / "layers/core/inframind", Path(folder, "inframind"))
        compileall.compile_dir(folder, quiet=1)
        return [_fresh_row(one, paths | {"package": folder}) for one in FRESH]


def _fresh_row(one: tuple[str, str, str, int, str], paths: Mapping[str, str]) -> Row:
    what, *programs, rows, goal = one
    filled = [program.format(first=rows, function=FUNCTION, **paths) for program in programs]
    spent = [[_cpu_ms(text) for text in filled] for _ in range(FRESH_ROUNDS)]
    ours, theirs = (statistics.median(times) for times in zip(*spent, strict=True))
    return Row(f"fresh process: {what}", ours, theirs, ours / theirs, goal, "CPU ms")


def _cpu_ms(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | ENVIRONMENT | ONE_THREAD)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


if __name__ == "__main__":
    sys.stdout.write(markdown(run()) + "\n")
