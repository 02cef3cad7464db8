"""Tuners at work on simulated pipelines: ours as it is served, others through their line protocol."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from inframind.builds import Build, Step, Suggestion
from inframind.optimization.prices import PriceTable
from inframind.optimization.requests import DEFAULT, Model, Observed, OptimizeRequest, Past, configuration, design
from inframind.optimization.standing import Policy
from inframind.optimization.suggesting import suggest
from tests.benchmarks.build_families import Floats
from tests.benchmarks.build_surfaces import AXES, HOST_CPUS, HOST_MEMORY_GB, Run, Surface, plane
from tests.benchmarks.build_surfaces import DEFAULT as DEFAULT_ROW

PEERS = Path(__file__).parents[2] / ".venv" / "bench" / "bin" / "python"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
MARKS = (10, 20, 40)
PORTFOLIO = 5


class Tuner(Protocol):
    """Asked for the next configuration, told what the build took, asked which configuration it would stay with."""

    def ask(self) -> Floats: ...

    def tell(self, row: Floats, run: Run) -> None: ...

    def incumbent(self) -> Floats: ...


@dataclass
class Trace:
    """Regret of the incumbent after so many builds, builds out of memory, the mean regret of what was run.

    `within`: the share of suggested builds whose duration lay in the interval that was given for it.
    """

    regret: dict[int, float] = field(default_factory=dict)
    ooms: int = 0
    tried: float = 0.0
    within: float = 0.0


def tuned(surface: Surface, tuner: Tuner, seed: int, builds: int = MARKS[-1]) -> Trace:
    """The trace of one pipeline; the same seed gives every tuner the same noise."""
    rng, trace = np.random.default_rng([11, seed]), Trace()
    for number in range(1, builds + 1):
        row = tuner.ask()
        run = surface.build(row, rng)
        tuner.tell(row, run)
        trace.ooms += run.oom
        trace.tried += surface.regret(row) / builds
        if number in MARKS:
            trace.regret[number] = surface.regret(tuner.incumbent())
    trace.within = float(np.mean(tuner.within)) if isinstance(tuner, Ours) and tuner.within else 0.0
    return trace


class Ours:
    """`suggest` as the API calls it: guards, and exploration at its default."""

    def __init__(self, surface: Surface, model: Model, known: int, seed: int) -> None:
        self.rng, self.model, self.builds = np.random.default_rng([12, seed]), model, list[Build]()
        self.last: Suggestion | None = None
        self.within = list[bool]()
        self.asked = OptimizeRequest(
            pipeline="new",
            context=surface.context(np.random.default_rng([13, seed])),
            weight=surface.cost_share,
            host_cpus=HOST_CPUS,
            host_memory_gb=HOST_MEMORY_GB,
            builds_elsewhere=known,
        )

    def ask(self) -> Floats:
        if not self.builds:
            return np.array(DEFAULT_ROW)
        self.last = self.suggestion(Policy())
        return _row(self.last)

    def tell(self, row: Floats, run: Run) -> None:
        if self.last is not None and self.last.duration_s is not None and not run.oom:
            self.within.append(self.last.duration_s.low <= run.duration_s <= self.last.duration_s.high)
        self.builds.append(as_build(row, run, len(self.builds)))

    def incumbent(self) -> Floats:
        return _row(self.suggestion(Policy(exploration=0)))

    def suggestion(self, policy: Policy) -> Suggestion:
        return suggest(self.asked, self.builds, self.model, self.rng, policy)


def _row(found: Suggestion) -> Floats:
    row: Floats = design([found.configuration])[0]
    return row


def as_build(row: Floats, run: Run, number: int) -> Build:
    """A simulated run as the record that the API keeps."""
    at, outcome = EPOCH + timedelta(hours=number), "out_of_memory" if run.oom else "success"
    step = Step.model_validate(
        {"step": "all", "outcome": outcome, "started_at": at, "finished_at": at, "duration_s": run.duration_s}
        | {"max_rss_gb": run.memory_gb}
    )
    said = {"run_id": f"run-{number}", "pipeline": "new", "outcome": outcome, "started_at": at}
    told = {"duration_s": run.duration_s, "configuration": configuration(row), "steps": (step,)}
    return Build.model_validate(said | told)


class Peer:
    """Another tuner in its own process; it is told the objective alone, and stays with the best it has observed."""

    def __init__(self, process: "subprocess.Popen[str]", task: dict[str, Any]) -> None:
        self.process, self.seen = process, list[tuple[float, Floats]]()
        self._send(json.dumps({"axes": AXES, "default": DEFAULT_ROW, "begin": [], **task}))

    def ask(self) -> Floats:
        assert self.process.stdout is not None
        return np.array(json.loads(self.process.stdout.readline()))

    def tell(self, row: Floats, run: Run) -> None:
        self.seen.append((run.loss, row))
        self._send(repr(run.loss))

    def incumbent(self) -> Floats:
        return min(self.seen, key=lambda one: one[0])[1]

    def finish(self) -> None:
        self.ask()
        self._send("")

    def _send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@contextmanager
def peers() -> Iterator["subprocess.Popen[str]"]:
    """The process of the other tuners."""
    script = str(Path(__file__).with_name("build_peers.py"))
    command = [str(PEERS if PEERS.exists() else sys.executable), script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as found:
        yield found
        assert found.stdin is not None
        found.stdin.close()


def history(families: Sequence[str], pipelines: int = 20, builds: int = 40, first: int = 1000) -> list[Past]:
    """Other pipelines' builds: the default, then anything a grid offers."""
    rows, found = plane(), []
    for i in range(pipelines):
        surface, rng = Surface(families[i % len(families)], first + i), np.random.default_rng([7, first + i])
        at = np.concatenate([[DEFAULT_ROW], rows[rng.integers(0, len(rows), builds - 1)]])
        found.append(Past(f"p{i:02d}", surface.context(rng), observed(surface, at, rng)))
    return found


def misleading(families: Sequence[str]) -> list[Past]:
    """Histories in which jobs, cores and caches do the opposite of what they do: what was measured at the other end."""
    turned = [dict(zip(axis, axis[::-1], strict=True)) for axis in AXES]
    found = []
    for past in history(families, first=3000):
        x = past.observed.x.copy()
        for knob in (0, 1, 3):
            x[:, knob] = [turned[knob][value] for value in x[:, knob].tolist()]
        told = past.observed
        found.append(Past(past.pipeline, past.context, Observed(x, told.duration_s, told.memory_gb, told.oom)))
    return found


def observed(surface: Surface, x: Floats, rng: np.random.Generator) -> Observed:
    """One build of each configuration."""
    runs = [surface.build(row, rng) for row in x]
    seconds = [np.nan if run.oom else run.duration_s for run in runs]
    return Observed(
        x, np.array(seconds), np.array([run.memory_gb for run in runs]), np.array([run.oom for run in runs])
    )


def portfolio(pasts: Sequence[Past], cost_share: float) -> list[list[float]]:
    """Five configurations of which one was good in each history, chosen greedily; what others took is interpolated."""
    tables = [_loss(past.observed, cost_share) for past in pasts]
    pool = np.unique(
        np.concatenate([past.observed.x[np.argsort(loss)[:3]] for past, loss in zip(pasts, tables, strict=True)]),
        axis=0,
    )
    guess = np.array([_near(past.observed.x, loss, pool) for past, loss in zip(pasts, tables, strict=True)])
    taken: list[int] = []
    for _ in range(PORTFOLIO):
        best = guess[:, taken].min(1, initial=np.inf)
        taken.append(int(np.argmin(np.minimum(best[:, None], guess).mean(0))))
    return [pool[at].tolist() for at in taken]


def _loss(told: Observed, cost_share: float) -> Floats:
    prices = PriceTable()
    seconds = np.where(told.oom, np.nan, told.duration_s)
    usual = told.duration_s[0] if np.isfinite(told.duration_s[0]) else np.nanmedian(seconds)
    cost = prices.billed(np.nan_to_num(seconds, nan=60.0)) * prices.rates(told.x[:, 1])
    plain = (1 - cost_share) * seconds / usual + cost_share * cost / prices.cost(float(usual), DEFAULT.cpus)
    return np.where(told.oom, 4.0, plain)


def _near(x: Floats, loss: Floats, pool: Floats) -> Floats:
    """The loss at the pool's configurations, as the mean of the three nearest known ones."""
    apart = ((np.log2(1 + x)[None] - np.log2(1 + pool)[:, None]) ** 2).sum(2)
    nearest = np.argsort(apart, axis=1)[:, :3]
    weight = 1 / (0.1 + np.take_along_axis(apart, nearest, 1))
    return np.asarray((loss[nearest] * weight).sum(1) / weight.sum(1))
