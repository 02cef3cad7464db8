"""What each constant of the detector is worth, and what choosing it on other categories costs; for docs/detection.md.

    nice python -m tests.benchmarks.sensitivity DATA

DATA holds `nab-dev` as `inframind backtest` reads it. Every line replays all of it with one constant changed; last
come, for each category, the setting that is best on the others, and what that gives on it.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from inframind.backtest.labels import Labels
from inframind.backtest.nab import PROFILES, Tally, tally
from inframind.backtest.recordings import Recording, read_all
from inframind.backtest.replay import replay
from inframind.backtest.report import THRESHOLD
from inframind.detection import aftermath, alerting, material, model, views

WEIGHTS = ("RECORD", "LEVEL_RECORD", "SHIFT", "ROUGHER", "CALMER")
SCALES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)
CONSTANTS: tuple[tuple[ModuleType, str], ...] = (
    (alerting, "RAISE"),
    (alerting, "BAR_MEMORY"),
    (material, "FAR_VALUE"),
    (material, "FAR_MEAN"),
    (aftermath, "LASTS"),
    (aftermath, "LATELY"),
    (aftermath, "MOVED"),
    (model, "RECORD"),
    (model, "LEVEL_RECORD"),
    (model, "SHIFT"),
    (model, "ROUGHER"),
    (model, "CALMER"),
    (model, "YOUNG"),
    (views, "LEAST_MOVE"),
    (alerting, "SILENCE"),
    (alerting, "PEAK_HALF_LIFE"),
)
FACTORS = (0.5, 2.0)

Changed = dict[tuple[ModuleType, str], float]
ByCategory = dict[str, Tally]


def settings() -> Iterator[tuple[str, Changed]]:
    """Every setting tried: all weights together, then one constant at half and at twice its value."""
    for scale in SCALES:
        yield f"all weights x {scale:g}", {(model, name): getattr(model, name) * scale for name in WEIGHTS}
    for module, name in CONSTANTS:
        for factor in FACTORS:
            value = getattr(module, name) * factor
            yield f"{module.__name__.rpartition('.')[2]}.{name} {value:.4g}", {(module, name): value}


def judged(changed: Changed, recordings: Sequence[Recording], labels: Labels) -> ByCategory:
    """The benchmark's tally of each category under a setting, which is undone after."""
    before = {(module, name): getattr(module, name) for module, name in changed}
    _set(changed)
    try:
        scores = replay(recordings)
    finally:
        _set(before)
    found: ByCategory = {}
    for recording, score in zip(recordings, scores, strict=True):
        one = tally(score.alert >= THRESHOLD, labels.truth(recording).windows)
        found[recording.category] = found.get(recording.category, Tally()) + one
    return found


def left_out(results: dict[str, ByCategory]) -> Iterator[str]:
    """For each category with windows, the setting that is best on the others; and all such categories as one."""
    standard, whole = PROFILES["standard"], Tally()
    first = next(iter(results.values()))
    for category in sorted(name for name, one in first.items() if one.windows):
        rest = {name: _sum(found, without=category).score(standard) for name, found in results.items()}
        best = max(rest, key=lambda name: rest[name])
        whole += results[best][category]
        yield f"| {category} | {best} | {results[best][category].score(standard):.1f} |"
    yield f"| all | | {' / '.join(f'{whole.score(profile):.1f}' for profile in PROFILES.values())} |"


def main(data: Path) -> None:
    """Replays, and prints a line as soon as there is one."""
    labels = Labels.read(data / "nab-dev/combined_labels.json", data / "nab-dev/combined_windows.json")
    recordings, results = read_all(data / "nab-dev/data"), dict[str, ByCategory]()
    for name, changed in list(settings()):
        results[name] = judged(changed, recordings, labels)
        whole = _sum(results[name])
        print(f"| {name} | {' / '.join(f'{whole.score(profile):.1f}' for profile in PROFILES.values())} |", flush=True)
    print("\n".join(left_out(results)))


def _set(values: Changed) -> None:
    for (module, name), value in values.items():
        setattr(module, name, value)


def _sum(found: ByCategory, without: str = "") -> Tally:
    return sum((one for name, one in found.items() if name != without), Tally())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
