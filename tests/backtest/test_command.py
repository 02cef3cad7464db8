"""The command replays what lies in a folder, writes one score a row, and prints how good they are."""

import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from inframind.backtest.replay import learnt_at
from inframind.cli.__main__ import main
from inframind.detection.bank.bank import Bank
from inframind.detection.streaming import detector

START = np.datetime64("2024-01-01T00:00:00")
AT = 700


def stamps(rows: int) -> list[str]:
    return [str(START + np.timedelta64(300 * i, "s")).replace("T", " ") for i in range(rows)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A series with a step, beside a server of three metrics with its own labels."""
    rng = np.random.default_rng(5)
    values = rng.normal(10.0, 1.0, 1000)
    values[AT : AT + 50] += 20.0
    (tmp_path / "data" / "web").mkdir(parents=True)
    with (tmp_path / "data" / "web" / "cpu.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("timestamp", "value"))
        rows.writerows(zip(stamps(1000), values.tolist(), strict=True))
    metrics = rng.normal(0.5, 0.05, (1200, 3)).astype(np.float32)
    metrics[900:950] += 1.0
    label = np.zeros(600, np.uint8)
    label[300:350] = 1
    np.savez(tmp_path / "data" / "server.npz", train=metrics[:600], test=metrics[600:], label=label, step_s=300)
    windows = {"web/cpu.csv": [[stamps(1000)[AT - 10], stamps(1000)[AT + 60]]]}
    (tmp_path / "windows.json").write_text(json.dumps(windows))
    (tmp_path / "labels.json").write_text(json.dumps({"web/cpu.csv": [stamps(1000)[AT]]}))
    return tmp_path


def run(folder: Path, *more: str) -> int:
    paths = ["--data", "data", "--labels", "labels.json", "--windows", "windows.json", "--out", "out"]
    return main(["backtest", *(str(folder / p) if not p.startswith("--") else p for p in paths), *more])


def scores(path: Path) -> list[float]:
    with path.open() as file:
        return [float(row["anomaly_score"]) for row in csv.DictReader(file)]


def test_every_row_gets_a_score_in_the_benchmarks_layout(folder: Path) -> None:
    assert run(folder) == 0
    with (folder / "out" / "web" / "cpu.csv").open() as file:
        header, *rows = csv.reader(file)
    assert header == ["timestamp", "value", "anomaly_score"]
    assert [row[0] for row in rows] == stamps(1000)
    assert float(rows[AT][2]) >= 1.0


def test_the_written_scores_are_those_of_the_streaming_detector(folder: Path) -> None:
    run(folder)
    watch, found = detector(), []
    with (folder / "data" / "web" / "cpu.csv").open() as file:
        for row in csv.DictReader(file):
            time = np.datetime64(row["timestamp"].replace(" ", "T")).astype("datetime64[s]").astype(float)
            found.append(watch.update(float(time), float(row["value"])))
    assert found == scores(folder / "out" / "web" / "cpu.csv")


def test_a_server_has_one_score_from_all_its_metrics(folder: Path) -> None:
    run(folder, "--score", "continuous")
    found = scores(folder / "out" / "server.csv")
    assert len(found) == 1200
    assert min(found[900:903]) > 5 * max(found[700:900])


def test_the_table_names_precision_recall_and_the_score(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    printed = capsys.readouterr().out
    line = next(line for line in printed.splitlines() if line.startswith("| web/cpu.csv"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[2:4] == ["1", "1"]
    assert cells[6] == "1.000"
    assert "reward_low_FP_rate" in printed


def test_files_that_cannot_be_read_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.csv").write_text("time,temperature\n1,2\n")
    assert main(["backtest", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("inframind backtest: bad.csv: not a recording")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert main(["backtest", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2


def test_a_missing_value_is_a_missing_sample(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text('timestamp,value\n"2024-01-01T00:00:00Z",\n"2024-01-01T01:00:00Z",5\n')
    assert main(["backtest", "--data", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 0
    assert scores(tmp_path / "out" / "a.csv")[0] == 0.0


def test_times_that_repeat_or_go_back_still_increase() -> None:
    assert learnt_at(np.array([10.0, 10.0, 9.0, 20.0]), np.ones(4, np.bool_)).tolist() == [
        10_000,
        10_001,
        10_002,
        20_000,
    ]


def test_a_recorded_clock_that_was_wrong_for_a_while_is_believed_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    day = [f"2024-01-{1 + i // 24:02}T{i % 24:02}:00:00Z" for i in range(240)]
    wrong = list(day)
    wrong[100] = "2099-01-01T00:00:00Z"
    wrong[150] = "2098-01-01T00:00:00Z"  # of a row without a value: no clock is moved by it
    values = [str(10 + i % 24) if i != 150 else "" for i in range(240)]
    (tmp_path / "in" / "a.csv").write_text(
        "timestamp,value\n" + "".join(f"{t},{v}\n" for t, v in zip(wrong, values, strict=True))
    )
    assert (
        main(["backtest", "--data", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--score", "continuous"]) == 0
    )
    watch = detector(economy=False)
    streamed = [
        watch.update(datetime.fromisoformat(t).timestamp(), float(v) if v else None)
        for t, v in zip(wrong, values, strict=True)
    ]
    assert scores(tmp_path / "out" / "a.csv") == pytest.approx(streamed, abs=1e-6)
    assert Bank.from_bytes(watch.to_bytes()).newest_ms().tolist() == [
        1000 * int(datetime.fromisoformat(day[-1]).timestamp())
    ]
