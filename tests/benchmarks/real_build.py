"""A real project, built again and again through `inframind ci run` against the platform on this machine.

    python -m tests.benchmarks.real_build

Ten builds, each of a new commit in a clean folder, with what is suggested; then what is suggested after them, against
every combination of -j1 to -j4 and the compiler's cache on and off. Those are built in turns, and compared with the
best one turn by turn, so that a busy machine slows both alike; what is far from the best (no cache) every third turn.
It takes minutes, is no part of `make bench`, and means something on a machine that has nothing else to do.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from infra.local.harness import Platform, platform
from tests.benchmarks.project import Project

ROOT = Path(__file__).parents[2]
PIPELINE = "measured/project"
HEARD_WITHIN_S = 60.0
CLOSE = 1.05  # of the best
UNCACHED_EVERY = 3  # turns


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """What one build runs with."""

    jobs: int
    cached: bool

    def __str__(self) -> str:
        return f"-j{self.jobs}, cache {'on' if self.cached else 'off'}"


SETTINGS = [Setting(jobs, cached) for jobs, cached in product((1, 2, 3, 4), (False, True))]


class Bench:
    """A running platform, a project, and the builds of it."""

    def __init__(self, running: Platform, project: Project, folder: Path, changed: int) -> None:
        self._running, self._project, self._folder, self._changed = running, project, folder, changed
        self._revisions: Iterator[int] = count(1)

    def learn(self) -> dict[str, Any]:
        """One build of a new commit with what is suggested, as the platform has recorded it."""
        self._checkout()
        run = [sys.executable, "-m", "inframind.ci", "run", "--apply", "--", *self._make("{concurrency}")]
        # The pipeline has no cache until somebody suggests one.
        done = subprocess.run(run, env=self._environment() | {"CCACHE_DISABLE": "1"}, capture_output=True, text=True)
        if done.returncode:
            raise ChildProcessError(done.stderr)
        for line in done.stderr.splitlines():
            if line.startswith("inframind: "):
                print(f"    {line}", flush=True)
        return self._recorded()

    def measure(self, setting: Setting) -> float:
        """Seconds that one build of a new commit takes by itself, with nobody beside it."""
        self._checkout()
        environment = self._environment() | ({} if setting.cached else {"CCACHE_DISABLE": "1"})
        began = time.perf_counter()
        subprocess.run(self._make(str(setting.jobs)), env=environment, check=True, capture_output=True)
        return time.perf_counter() - began

    def suggested(self) -> dict[str, Any]:
        """What is suggested now, with nothing tried out."""
        ask = [sys.executable, "-m", "inframind.ci", "optimize", "--release", "--tool", "make"]
        done = subprocess.run(ask, env=self._environment(), capture_output=True, text=True, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _checkout(self) -> None:
        """A new commit in a clean folder, configured."""
        self._project.commit(next(self._revisions), self._changed)
        shutil.rmtree(self._folder / "build", ignore_errors=True)
        configure = ["cmake", "-S", str(self._project.folder), "-B", str(self._folder / "build")]
        subprocess.run(configure, env=self._environment(), check=True, capture_output=True)

    def _make(self, jobs: str) -> list[str]:
        return ["make", "-C", str(self._folder / "build"), f"-j{jobs}"]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PYTHONPATH": str(ROOT / "layers/core"),
            "CCACHE_DIR": str(self._folder / "cache"),
            "INFRAMIND_URL": self._running.url,
            "INFRAMIND_KEY": self._running.key,
            "INFRAMIND_PIPELINE": PIPELINE,
        }

    def _recorded(self) -> dict[str, Any]:
        """The newest build, once the platform knows of its end."""
        deadline, seen = time.monotonic() + HEARD_WITHIN_S, 0
        while time.monotonic() < deadline:
            items = self._get(f"/api/v1/builds?pipeline={PIPELINE.replace('/', '%2F')}&limit=1")["items"]
            if items and items[0]["outcome"] != "running":
                found: dict[str, Any] = self._get(f"/api/v1/builds/{items[0]['run_id']}")
                return found
            seen = len(items)
            time.sleep(0.3)
        raise TimeoutError(f"the build is not recorded; {seen} known")

    def _get(self, path: str) -> Any:
        request = Request(self._running.url + path, headers={"X-API-Key": self._running.key})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)


def main(words: Sequence[str] | None = None) -> int:
    """0 when what is suggested after the builds is the measured best, or takes at most 5 % more."""
    arguments = _parser().parse_args(words)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = Project(folder / "project", arguments.files, arguments.levels)
        with platform(folder / "platform") as running:
            bench = Bench(running, project, folder, arguments.changed)
            learnt = [_told(number, bench.learn()) for number in range(1, arguments.builds + 1)]
            answer = bench.suggested()
        chosen = answer["configuration"]
        print(f"\nsuggested: {json.dumps(chosen)}\n  {answer['reason']}\n", flush=True)
        wanted = Setting(chosen["concurrency"], chosen["cache_gb"] > 0)
        times = _measured(bench, sorted({*SETTINGS, wanted}), arguments.repeats)
    medians = {setting: statistics.median(taken) for setting, taken in times.items()}
    best = min(medians, key=lambda setting: medians[setting])
    print(_table(times, wanted, best))
    ratio = _ratio(times[wanted], times[best])
    print(f"\nfirst build {learnt[0]:.1f} s; suggested {wanted}: {ratio:.3f} of the best, {best}")
    return 0 if ratio <= CLOSE else 1


def _told(number: int, build: dict[str, Any]) -> float:
    ran_with, peak = build["configuration"], max(step["max_rss_gb"] for step in build["steps"])
    hits = sum(step.get("cache_hits") or 0 for step in build["steps"])
    print(
        f"{number:>3}  {build['duration_s']:6.1f} s  -j{ran_with['concurrency']}  cache {ran_with['cache_gb']:g} GB  "
        f"{hits} hits  {peak:.2f} GB at most",
        flush=True,
    )
    return float(build["duration_s"])


def _measured(bench: Bench, settings: Sequence[Setting], repeats: int) -> dict[Setting, list[float]]:
    """Seconds of each setting; in turns, every second one backwards, after one build that warms the cache up."""
    bench.measure(Setting(2, True))
    taken: dict[Setting, list[float]] = {setting: [] for setting in settings}
    for turn in range(repeats):
        for setting in settings if turn % 2 == 0 else reversed(settings):
            if not setting.cached and turn % UNCACHED_EVERY:
                continue
            taken[setting].append(bench.measure(setting))
            print(f"    {setting}: {taken[setting][-1]:.1f} s", flush=True)
    return taken


def _ratio(wanted: Sequence[float], best: Sequence[float]) -> float:
    """How much longer one takes than the other, by the median over the turns that both were built in."""
    return statistics.median(one / other for one, other in zip(wanted, best, strict=False))


def _table(times: dict[Setting, list[float]], wanted: Setting, best: Setting) -> str:
    lines = ["| build | median, s | least to most, s | |", "|---|---:|---:|---|"]
    for setting, taken in times.items():
        notes = ", ".join(word for word, one in (("suggested", wanted), ("best", best)) if one == setting)
        lines.append(f"| {setting} | {statistics.median(taken):.1f} | {min(taken):.1f} to {max(taken):.1f} | {notes} |")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--levels", type=int, default=6, help="depth of the templates: how heavy each file is")
    parser.add_argument("--changed", type=int, default=3, help="files that each commit changes")
    parser.add_argument("--builds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=9)
    return parser


if __name__ == "__main__":
    sys.exit(main())
