import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from inframind.backtest import rca
from inframind.backtest.issues import Issue, scenarios
from inframind.errors import Rejected
from inframind.incidents.cause import Alarm, Window, rank_window
from tests.incidents.cause.planted import GRAPH, Shop
from tests.recorded import PETSHOP, is_here

needs_petshop = pytest.mark.skipif(not is_here(PETSHOP), reason="the PetShop data is not beside the project")


def write_window(path: Path, window: Window) -> None:
    path.parent.mkdir(parents=True)
    columns = list(window.series)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        for place, name in enumerate(("microservice", "metric", "statistic")):
            out.writerow([name, *(column[place] for column in columns)])
        out.writerow(["time"] + [""] * len(columns))
        for row, time in enumerate(window.times):
            values = (window.series[column][row] for column in columns)
            out.writerow([time, *("" if value != value else value for value in values)])


def write_scenario(folder: Path, causes: Sequence[str | None]) -> None:
    nodes = sorted(GRAPH)
    folder.mkdir(parents=True)
    with (folder / "graph.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["", *nodes])
        out.writerows([node, *("1.0" if callee in GRAPH[node] else "" for callee in nodes)] for node in nodes)
    write_window(folder / "noissue/metrics.csv", Shop().before)
    for number, cause in enumerate(causes):
        shop = Shop().slow(cause or "index")
        write_window(folder / f"train/issue_{number}/metrics.csv", shop.after)
        alarm = shop.alarm("latency")
        target = {"node": alarm.node, "metric": alarm.metric, "agg": "Average", "timestamp": alarm.timestamp}
        told = {"target": target} | ({"root_cause": {"node": cause, "metric": None}} if cause else {})
        (folder / f"train/issue_{number}/target.json").write_text(json.dumps(told))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_scenario(tmp_path / "data/calm", ["stock-db", "bank", None])
    return tmp_path / "data"


def test_the_command_writes_a_ranking_an_issue_and_prints_how_often_it_was_right(data: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "inframind.cli",
        "backtest-rca",
        "--data",
        str(data),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "out/calm/train").iterdir()}
    assert {name: ranking[0][0] for name, ranking in written.items()} == {
        "issue_0.json": "stock-db",
        "issue_1.json": "bank",
        "issue_2.json": "index",
    }
    lines = {line[:48].strip(): line[48:].split() for line in done.stdout.splitlines()}
    assert lines["all issues"] == ["2", "1.000", "1.000", "1.000", "0"]
    assert lines["specificity"] == ["10", "1.000"]
    assert lines["short specificity"] == ["60", "1.000"]


def test_the_command_tells_when_there_is_no_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inframind.cli", "backtest-rca", "--data", str(tmp_path), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 2
    assert "holds no scenario" in done.stderr


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(rca.__file__).parents[2])}


def test_a_damaged_file_is_named_as_such(data: Path) -> None:
    (data / "calm/train/issue_1/metrics.csv").write_text("microservice,a\nmetric,b\n")
    with pytest.raises(Rejected, match="cannot be read"):
        scenarios(data)


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        ([("db", 0.9), ("bank", 0.1)], (1, 1)),
        ([("bank", 0.5), ("db", 0.5)], (0.5, 1)),
        ([("bank", 0.9), ("mail", 0.2), ("db", 0.2), ("cart", 0.2)], (0, 2 / 3)),
        ([("bank", 0.9)], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_equal_scores_share_their_places(ranking: rca.Ranking, expected: tuple[float, float]) -> None:
    issue = Issue("train", "issue_0", Window([], {}), Alarm("web", "latency", "Average", 0), "db")
    verdict = rca.Verdict("calm", issue, ranking, 0.0)
    assert (rca.accuracy(verdict, 1), rca.accuracy(verdict, 3)) == pytest.approx(expected)


def test_long_quiet_windows_are_what_follows_each_cut_and_short_ones_have_five_rows(data: Path) -> None:
    quiet = scenarios(data)[0].quiet
    long, short = list(rca._long_windows(quiet)), list(rca._short_windows(quiet))
    assert [len(after.times) for _, after in long] == [150, 120, 90, 60, 30]
    assert {len(after.times) for _, after in short} == {5}
    assert all(before.times[-1] < after.times[0] for before, after in long + short)


@needs_petshop
@pytest.mark.parametrize("late_s", [-300, -60, 0, 60, 300])
def test_the_first_suspect_of_recorded_issues_survives_an_alarm_a_row_off(late_s: float) -> None:
    right = [
        rank_window(scenario.quiet, issue.window, scenario.graph, moved)[0][0] == issue.cause
        for scenario in scenarios(PETSHOP)
        for issue in scenario.issues
        for moved in [issue.alarm._replace(timestamp=issue.alarm.timestamp + late_s)]
    ]
    assert right == [True] * len(right)


@needs_petshop
def test_quiet_hours_of_a_recorded_application_name_hardly_anybody() -> None:
    found = scenarios(PETSHOP)
    quiet = [silent for scenario in found for silent in rca.silence(scenario, short=False)]
    assert sum(quiet) >= 0.95 * len(quiet)
