"""Recordings as people and programs write them: odd ones are read, or refused in one clear line."""

import os
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from inframind.backtest.recordings import epoch_seconds, read_all
from inframind.cli.__main__ import main

GOOD = "timestamp,value\n2024-01-01 00:00:00,5\n2024-01-01 00:01:00,6\n"
VALUES = np.arange(12.0).reshape(6, 2)


def write(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def refusal(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What the command says to a folder that it does not take."""
    assert main(["backtest", "--data", str(folder), "--out", str(folder.parent / "out"), *more]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        "\ufeff" + GOOD,
        GOOD.replace("timestamp,value", "Timestamp, VALUE "),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace(",5", ",5,more").replace(",6", ",6,more"),
        "host,value,timestamp\nweb,5,2024-01-01T00:00:00Z\nweb,6,2024-01-01T01:01:00+01:00\n",
        "timestamp,value\n1704067200,5\n1704067260000,6\n",
    ],
    ids=["crlf", "cr", "mark", "case", "blank", "more", "order", "epoch"],
)
def test_the_same_series_is_read_however_it_is_written(tmp_path: Path, content: str) -> None:
    (one,) = read_all(write(tmp_path / "in", content))
    assert one.values[:, 0].tolist() == [5.0, 6.0]
    assert one.times_s.tolist() == [1_704_067_200.0, 1_704_067_260.0]


@pytest.mark.parametrize("text", ["", " ", "NaN", "null", "NA", "None", "-"])
def test_every_usual_word_for_no_value_is_a_missing_one(tmp_path: Path, text: str) -> None:
    (one,) = read_all(write(tmp_path / "in", GOOD.replace(",5", f",{text}")))
    assert np.isnan(one.values[0, 0])


def test_repeated_and_unsorted_rows_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    (one,) = read_all(write(tmp_path / "in", "\n".join([lines[0], lines[2], lines[1], lines[1]])))
    assert one.values[:, 0].tolist() == [6.0, 5.0, 5.0]


@pytest.mark.parametrize("content", ["timestamp,value\n", "timestamp,value\n2024-01-01 00:00:00,5\n"])
def test_a_series_of_no_or_one_row_is_scored(tmp_path: Path, content: str) -> None:
    assert main(["backtest", "--data", str(write(tmp_path / "in", content)), "--out", str(tmp_path / "out")]) == 0
    assert len((tmp_path / "out" / "a.csv").read_text().splitlines()) == len(content.splitlines())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the first line names no columns timestamp and value"),
        (GOOD.replace(",", ";"), "the first line names no columns timestamp and value"),
        (GOOD + "2024-01-01 00:02:00\n", "line 4: 1 cells"),
        (GOOD + "2024-01-01 00:02:00,high\n", "line 4: could not convert string to float: 'high'"),
        (GOOD + "yesterday,7\n", "line 4: 'yesterday' is neither an ISO 8601 time nor epoch seconds"),
        (GOOD + "1e300,7\n", "line 4: '1e300' is neither"),
        (GOOD + "9" * 200_000 + ",7\n", "field larger than"),
        (GOOD.encode("utf-16"), "'utf-8' codec can't decode"),
    ],
    ids=["empty", "semicolons", "short", "word", "time", "far", "long", "utf-16"],
)
def test_a_table_that_is_none_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | bytes, reason: str
) -> None:
    assert f"a.csv: not a recording: {reason}" in refusal(write(tmp_path / "in", content), capsys)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"test": VALUES[:, 0], "step_s": 60}, "values are (rows, metrics)"),
        ({"test": VALUES[:, :0], "step_s": 60}, "values are (rows, metrics)"),
        ({"train": VALUES, "test": VALUES[:, :1], "step_s": 60}, "values are (rows, metrics)"),
        ({"test": VALUES, "label": np.zeros(5), "step_s": 60}, "labels are one for each row"),
        ({"test": VALUES, "label": np.zeros((6, 1)), "step_s": 60}, "labels are one for each row"),
        ({"test": VALUES, "label": np.zeros(6)}, "the archive lacks"),
        ({"values": VALUES, "step_s": 60}, "the archive lacks"),
        ({"test": VALUES, "step_s": 0}, "'step_s' is a number of seconds"),
        ({"test": np.array([["a"]]), "step_s": 60}, "could not convert"),
        ({"test": VALUES + 1j, "step_s": 60}, "'test' holds complex128, where numbers are wanted"),
        ({"test": np.array([["2024-01-01"]], "datetime64[s]"), "step_s": 60}, "'test' holds datetime64[s]"),
        ({"test": np.array([[None]]), "step_s": 60}, "Object arrays cannot be loaded"),
    ],
    ids=[
        *("flat", "none", "unlike", "few labels", "tall labels", "no step", "no test", "no time", "words", "complex"),
        *("dates", "objects"),
    ],
)
def test_an_archive_that_is_no_recording_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], parts: dict[str, Any], reason: str
) -> None:
    (tmp_path / "in").mkdir()
    np.savez(tmp_path / "in" / "a.npz", **parts)
    assert f"a.npz: not a recording: {reason}" in refusal(tmp_path / "in", capsys)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 and no more", b"timestamp,value\n"], ids=["empty", "cut", "text"]
)
def test_a_file_that_is_no_archive_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    assert "a.npz: not a recording" in refusal(write(tmp_path / "in", content, "a.npz"), capsys)


def test_an_archive_of_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    with ZipFile(tmp_path / "in" / "a.npz", "w") as archive:
        archive.writestr("test.npy", "hello")
        archive.writestr("step_s.npy", "60")
    assert "a.npz: not a recording: could not convert" in refusal(tmp_path / "in", capsys)


def test_a_file_whose_name_is_no_text_is_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "in", GOOD)
    (folder / "a.csv").rename(folder / os.fsdecode(b"\xff.csv"))
    assert main(["backtest", "--data", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert r"\udcff.csv" in capsys.readouterr().out
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_infinities_and_numbers_beyond_all_floats_are_missing_values(tmp_path: Path) -> None:
    values = np.array([[np.inf, -np.inf], *VALUES.tolist()], np.longdouble)
    values[2, 1] = np.longdouble("1e400")
    np.savez(tmp_path / "a.npz", test=values, step_s=60)
    assert main(["backtest", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 0


def test_an_archive_without_labels_is_judged_on_its_last_part(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", train=VALUES, test=VALUES[:4], step_s=60)
    (one,) = read_all(tmp_path)
    assert (one.labels, one.judged_from, one.values.shape) == (None, 6, (10, 2))


def test_recordings_are_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "in", GOOD)
    assert main(["backtest", "--data", str(folder), "--out", str(folder)]) == 2
    assert "written over the recordings" in capsys.readouterr().err
    assert (folder / "a.csv").read_text() == GOOD


def test_two_recordings_are_not_written_to_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(write(tmp_path / "in", GOOD) / "a.npz", test=VALUES, step_s=60)
    assert "two recordings would be written to" in refusal(tmp_path / "in", capsys)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[]", "not an object from series to lists of times"),
        ('{"a.csv": 5}', "not an object from series to lists of times"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"a.csv": [["2024-01-01 00:00:00"]]}', "a.csv: a window is a pair of times"),
        ('{"a.csv": [["soon", "later"]]}', "a.csv: 'soon' is neither an ISO 8601 time"),
        ('{"a.csv": [["2025-01-01", "2025-01-02"]]}', "a.csv: a window holds no row of the series"),
    ],
    ids=["list", "number", "torn", "deep", "single", "words", "elsewhere"],
)
def test_windows_that_are_none_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    (tmp_path / "windows.json").write_text(content)
    said = refusal(write(tmp_path / "in", GOOD), capsys, "--windows", str(tmp_path / "windows.json"))
    assert reason in said


def test_labels_of_other_series_are_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "labels.json").write_text('{"\\u00e4.csv": ["2024-01-01 00:00:00"]}')
    folder = write(tmp_path / "in", GOOD)
    where = ["--labels", str(tmp_path / "labels.json"), "--out", str(tmp_path / "out")]
    assert main(["backtest", "--data", str(folder), *where]) == 0
    assert "the labels name none of these recordings" in capsys.readouterr().err


def test_epoch_times_are_seconds_or_milliseconds() -> None:
    assert epoch_seconds("1704067200") == epoch_seconds(" 1704067200000 ") == epoch_seconds("2024-01-01")
