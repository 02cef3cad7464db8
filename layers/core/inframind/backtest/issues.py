"""Reads recorded issues of an application: its call graph, its quiet rows, and rows around alarms with known causes.

A scenario is a folder with `graph.csv`, `noissue/metrics.csv` and `<split>/issue_<i>/{metrics.csv,target.json}`, as the
PetShop data set lays them out (Hardt et al., 2023).
"""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inframind.errors import Rejected
from inframind.incidents.cause import Alarm, Window

HEADER_ROWS = 4  # node, metric, statistic, name of the index
CallGraph = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Issue:
    """Rows around an alarm; `cause` is the node that was made to fail, None where that is kept back."""

    split: str
    name: str
    window: Window
    alarm: Alarm
    cause: str | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """An application under one load: who calls whom, quiet rows, and issues in order of their numbers."""

    name: str
    graph: CallGraph
    quiet: Window
    issues: tuple[Issue, ...]


def scenarios(folder: Path) -> list[Scenario]:
    """Every scenario below `folder` that has quiet rows, by name.

    Raises Rejected where there is none, or a file is not what its name promises.
    """
    found = [path.parent for path in sorted(folder.glob("*/graph.csv")) if _quiet(path.parent).is_file()]
    if not found:
        raise Rejected(f"{folder} holds no scenario: <scenario>/graph.csv and <scenario>/noissue/metrics.csv")
    try:
        return [_scenario(scenario) for scenario in found]
    except (ValueError, KeyError, IndexError, TypeError) as cause:
        raise Rejected(f"{folder}: a scenario cannot be read: {cause}") from cause


def _quiet(folder: Path) -> Path:
    return folder / "noissue" / "metrics.csv"


def _scenario(folder: Path) -> Scenario:
    return Scenario(folder.name, _graph(folder / "graph.csv"), _window(_quiet(folder)), tuple(_issues(folder)))


def _issues(folder: Path) -> Iterator[Issue]:
    targets = folder.glob("*/issue_*/target.json")
    for path in sorted(targets, key=lambda path: (path.parts[-3], int(path.parent.name.rpartition("_")[2]))):
        told = json.loads(path.read_text())
        target = told["target"]
        alarm = Alarm(target["node"], target["metric"], target["agg"], float(target["timestamp"]))
        cause = (told.get("root_cause") or {}).get("node")
        yield Issue(path.parts[-3], path.parent.name, _window(path.parent / "metrics.csv"), alarm, cause)


def _graph(path: Path) -> CallGraph:
    with path.open(newline="") as file:
        (_, *callees), *rows = csv.reader(file)
    return {
        caller: [callee for callee, called in zip(callees, cells, strict=True) if called and float(called)]
        for caller, *cells in rows
    }


def _window(path: Path) -> Window:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    columns = zip(*(row[1:] for row in rows[: HEADER_ROWS - 1]), strict=True)
    times, *series = zip(*rows[HEADER_ROWS:], strict=True)
    values = [[float(cell) if cell else math.nan for cell in cells] for cells in series]
    names = [(node, metric, statistic) for node, metric, statistic in columns]
    return Window([float(time) for time in times], dict(zip(names, values, strict=True)))
