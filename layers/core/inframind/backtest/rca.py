"""`inframind backtest-rca`: rank the causes of recorded issues, and of quiet hours without any, and count the hits."""

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inframind.backtest.issues import Issue, Scenario, scenarios
from inframind.incidents.cause import Alarm, Window, rank_window

Ranking = list[tuple[str, float]]

PLACES = (1, 3, 5)
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9)  # of the quiet rows, after which the rest is handed over as if an alarm had come
SHORT_ROWS = 5  # the form in which real alarms come
METRICS = ("latency", "availability")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was answered to an issue, and how long it took."""

    scenario: str
    issue: Issue
    ranking: Ranking
    seconds: float


def accuracy(verdict: Verdict, k: int) -> float:
    """1 where the true node is among the k best, a part of 1 where it shares the last of those places."""
    scores = dict(verdict.ranking)
    score = scores.get(verdict.issue.cause or "")
    if score is None:
        return 0.0
    better = sum(other > score for other in scores.values())
    equal = sum(other == score for other in scores.values())
    return min(max((k - better) / equal, 0.0), 1.0)


def answer(scenario: Scenario) -> list[Verdict]:
    """The ranking of each of a scenario's issues, against its quiet rows."""
    verdicts = []
    for issue in scenario.issues:
        begun = time.perf_counter()
        ranking = rank_window(scenario.quiet, issue.window, scenario.graph, issue.alarm)
        verdicts.append(Verdict(scenario.name, issue, ranking, time.perf_counter() - begun))
    return verdicts


def silence(scenario: Scenario, short: bool) -> list[bool]:
    """For each quiet window of a scenario and each metric, whether the ranker named nobody."""
    fronts = sorted({issue.alarm.node for issue in scenario.issues}) or list(scenario.graph)[:1]
    return [
        not rank_window(before, after, scenario.graph, Alarm(front, metric, "Average", _as_in_issues(after)))
        for before, after in (_short_windows(scenario.quiet) if short else _long_windows(scenario.quiet))
        for front in fronts
        for metric in METRICS
    ]


def _as_in_issues(window: Window) -> float:
    """The alarms of recorded issues fall between the second and the third row."""
    return (window.times[1] + window.times[2]) / 2 if len(window.times) > 2 else window.times[-1]


def _long_windows(quiet: Window) -> Iterator[tuple[Window, Window]]:
    rows = len(quiet.times)
    for cut in CUTS:
        first = int(cut * rows)
        yield _rows(quiet, 0, first), _rows(quiet, first, rows)


def _short_windows(quiet: Window) -> Iterator[tuple[Window, Window]]:
    rows = len(quiet.times)
    for first in range(int(CUTS[0] * rows), rows - SHORT_ROWS + 1, SHORT_ROWS):
        yield _rows(quiet, 0, first), _rows(quiet, first, first + SHORT_ROWS)


def _rows(window: Window, first: int, end: int) -> Window:
    return Window(window.times[first:end], {column: values[first:end] for column, values in window.series.items()})


def write(verdicts: Sequence[Verdict], folder: Path) -> None:
    """One JSON file an issue, `[[node, score], ...]`; empty: no clear cause."""
    for verdict in verdicts:
        path = folder / verdict.scenario / verdict.issue.split / f"{verdict.issue.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(verdict.ranking) + "\n")


def report(verdicts: Sequence[Verdict], long: Sequence[bool], short: Sequence[bool]) -> str:
    """The measures as a table: one line for each scenario, alarm metric and cause, and one for all."""
    known = [verdict for verdict in verdicts if verdict.issue.cause]
    groups: dict[str, list[Verdict]] = {"all issues": known}
    for verdict in known:
        for name in (verdict.scenario, f"alarm on {verdict.issue.alarm.metric}", f"cause {verdict.issue.cause}"):
            groups.setdefault(name, []).append(verdict)
    lines = [f"{'':48} issues " + " ".join(f"AC@{k:<4}" for k in PLACES) + " empty"]
    for name, group in groups.items() if known else ():
        scores = " ".join(f"{statistics.fmean(accuracy(each, k) for each in group):<7.3f}" for k in PLACES)
        lines.append(f"{name:48} {len(group):6} {scores} {sum(not each.ranking for each in group):4}")
    for name, windows in (("specificity", long), ("short specificity", short)):
        lines.append(f"{name:48} {len(windows):6} {statistics.fmean(windows):.3f}")
    worst = 1e3 * max((verdict.seconds for verdict in verdicts), default=0.0)
    return "\n".join([*lines, f"slowest ranking: {worst:.0f} ms"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    parser.add_argument("--data", type=Path, required=True, help="folder of scenarios: graph, quiet rows, issues")
    parser.add_argument("--out", type=Path, required=True, help="folder for one ranking an issue, as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Ranks, writes, prints. Raises Rejected where the data is not there or not readable."""
    found = scenarios(arguments.data)
    verdicts = [verdict for scenario in found for verdict in answer(scenario)]
    write(verdicts, arguments.out)
    long, short = ([quiet for scenario in found for quiet in silence(scenario, kind)] for kind in (False, True))
    print(report(verdicts, long, short))
