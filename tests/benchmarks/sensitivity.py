"""What each constant of the detector is worth, and what choosing it on other categories costs; for docs/detection.md.

    nice python -m tests.benchmarks.sensitivity DATA

DATA holds `nab-dev` as `inframind backtest` reads it. A line is a setting with one constant changed: the benchmark's
score at the shipped loudness, its mean over seven loudnesses of the recordings and of nudged copies, and what it makes
of the made-up series. Last come, for each category, the setting that is best on the others by that mean, and what it
gives on it. The mean is the figure to choose by: the first one is half luck.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.labels import Labels
from inframind.backtest.nab import PROFILES, Tally, tally
from inframind.backtest.recordings import read_all
from inframind.backtest.replay import replay
from inframind.backtest.report import THRESHOLD
from inframind.detection.model import alerting, deduplication, effect_size, novelty, time_step
from tests.benchmarks.made_series import Findings, found_in, made_series
from tests.benchmarks.nudged import Copy, rounds

WEIGHTS = ("RECORD", "LEVEL_RECORD", "SHIFT", "ROUGHER", "CALMER")
LOUDNESS = np.array([0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3])  # factors on all weights: the threshold, the other way round
SHIPPED = 3
MADE = list(made_series(each=3, healthy=12))


def half_life(samples: float) -> float:
    """The share of a range that goes with each sample."""
    return float(1.0 - 2.0 ** (-1.0 / samples))


CONSTANTS: tuple[tuple[ModuleType, str, tuple[float, ...]], ...] = (
    (deduplication, "UNLIKE", (1.05, 1.25, 1.5)),
    (deduplication, "LASTS", (0.0, 32.0, 96.0, 128.0)),
    (deduplication, "LATELY", (72.0, 288.0)),
    (deduplication, "AWAY", (2.0, 8.0)),
    (deduplication, "MOVED", (1.0, 4.0)),
    (alerting, "LOUD", (0.5, 1.0)),
    (effect_size, "FAR_MEAN", (4.0, 6.0)),
    (novelty, "SHRINK", (half_life(20_000), half_life(45_000))),
    (effect_size, "FAR_VALUE", (3.0, 5.0)),
    (effect_size, "RARE_MEAN", (1.0, 2.0)),
    (effect_size, "WILD", (1.5, 3.0)),
    (alerting, "RAISE", (0.0815, 0.326)),
    (alerting, "BAR_MEMORY", (4250.0, 17_000.0)),
    (alerting, "SILENCE", (14.0, 58.0)),
    (alerting, "PEAK_HALF_LIFE", (18.0, 72.0)),
    *((time_step, name, (getattr(time_step, name) * 0.5, getattr(time_step, name) * 2.0)) for name in WEIGHTS),
    (time_step, "YOUNG", (50.0, 200.0)),
    (novelty, "LEAST_MOVE", (0.1, 0.4)),
)

Changed = dict[tuple[ModuleType, str], float]
Tallies = list[list[Tally]]  # of each round, at each loudness
ByCategory = dict[str, Tallies]


def settings() -> Iterator[tuple[str, Changed]]:
    """Every setting tried: what ships, then one constant at other values."""
    yield "as shipped", {}
    for module, name, values in CONSTANTS:
        for value in values:
            yield f"{module.__name__.rpartition('.')[2]}.{name} {value:.4g}", {(module, name): value}


def judged(changed: Changed, played: Sequence[Sequence[Copy]], labels: Labels) -> tuple[ByCategory, Findings]:
    """The benchmark's tallies of each category under a setting, and what it makes of the made-up series."""
    copies = [one for each in played for one in each]
    before = {(module, name): getattr(module, name) for module, name in changed}
    _set(changed)
    try:
        findings = found_in(MADE)
        alerts = _at_each_loudness(copies)
    finally:
        _set(before)
    found: ByCategory = {}
    for i, one in enumerate(copies):
        of = found.setdefault(one.original.category, [[Tally()] * len(LOUDNESS) for _ in played])[i // len(played[0])]
        for k in range(len(LOUDNESS)):
            alarms = np.append(np.zeros(one.cut, np.bool_), alerts[i][k] >= THRESHOLD)
            of[k] += tally(alarms, labels.truth(one.original).windows)
    return found, findings


def _at_each_loudness(copies: Sequence[Copy]) -> list[list[NDArray[np.float64]]]:
    """Alert scores of every copy at every loudness, in one replay: weights are columns where constants were."""
    before = {(time_step, name): getattr(time_step, name) for name in WEIGHTS}
    _set({at: weight * np.tile(LOUDNESS, len(copies)) for at, weight in before.items()})
    try:
        scores = replay([one.played for one in copies for _ in LOUDNESS])
    finally:
        _set(before)
    return [[s.alert for s in scores[i : i + len(LOUDNESS)]] for i in range(0, len(scores), len(LOUDNESS))]


def mean(found: ByCategory, profile: str, categories: Sequence[str]) -> float:
    """The benchmark's score of some categories, averaged over rounds and loudnesses."""
    tallies = [[sum(one, Tally()) for one in zip(*turn, strict=True)] for turn in _turns(found, categories)]
    return float(np.mean([[one.score(PROFILES[profile]) for one in turn] for turn in tallies]))


def _turns(found: ByCategory, categories: Sequence[str]) -> Iterator[tuple[list[Tally], ...]]:
    return zip(*(found[name] for name in categories), strict=True)


def line(name: str, found: ByCategory, findings: Findings) -> str:
    """A setting's line of the table."""
    shipped = sum((tallies[0][SHIPPED] for tallies in found.values()), Tally())
    once = " / ".join(f"{shipped.score(profile):.1f}" for profile in PROFILES.values())
    often = " / ".join(f"{mean(found, profile, list(found)):.1f}" for profile in PROFILES)
    return f"| {name} | {once} | {often} | {findings.found:.1%} | {findings.alarms:.2f} |"


def left_out(results: dict[str, ByCategory]) -> Iterator[str]:
    """For each category with windows, the setting that is best on the others, and what it and the shipped one give."""
    judged_at = [name for name, tallies in results["as shipped"].items() if tallies[0][0].windows]
    for category in sorted(judged_at):
        rest = [name for name in judged_at if name != category]
        best = max(results, key=lambda name: mean(results[name], "standard", rest))
        gives = [mean(results[name], "standard", [category]) for name in (best, "as shipped")]
        yield f"| {category} | {best} | {gives[0]:.1f} | {gives[1]:.1f} |"


def main(data: Path) -> None:
    """Replays, and prints a line as soon as there is one."""
    labels = Labels.read(data / "nab-dev/combined_labels.json", data / "nab-dev/combined_windows.json")
    played, results = rounds(read_all(data / "nab-dev/data")), dict[str, ByCategory]()
    for name, changed in list(settings()):
        results[name], findings = judged(changed, played, labels)
        print(line(name, results[name], findings), flush=True)
        if not changed:
            for k, factor in enumerate(LOUDNESS.tolist()):
                at = {category: [[turn[k]] for turn in turns] for category, turns in results[name].items()}
                first = {category: turns[:1] for category, turns in at.items()}
                both = [f"{mean(one, profile, list(one)):.1f}" for one in (first, at) for profile in PROFILES]
                print(f"| all weights x {factor:g} | {' / '.join(both[:3])} | {' / '.join(both[3:])} | | |")
    print("\n".join(left_out(results)))


def _set(values: dict[tuple[ModuleType, str], float] | dict[tuple[ModuleType, str], NDArray[np.float64]]) -> None:
    for (module, name), value in values.items():
        setattr(module, name, value)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
