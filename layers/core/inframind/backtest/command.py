"""`inframind backtest`: replay recorded series, write their scores, print how good they are."""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.labels import Labels
from inframind.backtest.recordings import Recording, read_all
from inframind.backtest.replay import replay
from inframind.backtest.report import judge, pooled, table
from inframind.errors import Rejected

HEADER = ("timestamp", "value", "anomaly_score")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    parser.add_argument("--data", type=Path, required=True, help="folder of .csv (timestamp,value) or .npz series")
    parser.add_argument("--labels", type=Path, help="JSON: series to labelled instants, where files hold none")
    parser.add_argument("--windows", type=Path, help="JSON: series to windows in which a detection counts")
    parser.add_argument("--out", type=Path, required=True, help="folder for one scored .csv a series")
    parser.add_argument(
        "--score",
        choices=("alert", "continuous"),
        default="alert",
        help="which score to write: 1 and above opens an anomaly, or one that ranks every row",
    )


def run(arguments: argparse.Namespace) -> None:
    """Replay, write, print. Raises `Rejected` on files that cannot be read."""
    labels = Labels.read(arguments.labels, arguments.windows)
    recordings = read_all(arguments.data)
    _refuse_to_overwrite(arguments.data, arguments.out, recordings)
    scores = replay(recordings)
    for recording, found in zip(recordings, scores, strict=True):
        write(arguments.out, recording, found.alert if arguments.score == "alert" else found.continuous)
    if not labels.known(recordings):
        print("inframind backtest: the labels name none of these recordings", file=sys.stderr)
    results = [judge(r, labels.truth(r), s) for r, s in zip(recordings, scores, strict=True)]
    print(table(results))
    print(f"\nAUC-PR of all rows in one ranking: {pooled(results):.3f}")


def write(folder: Path, recording: Recording, scores: NDArray[np.float64]) -> None:
    """One scored series in the benchmark's layout; of several metrics, their mean stands for the value."""
    path = _written(folder, recording)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for stamp, values, score in zip(recording.stamps, recording.values, scores.tolist(), strict=True):
            with np.errstate(invalid="ignore"):  # infinities of both signs have no mean
                rows.writerow((stamp, repr(float(values.mean())), repr(float(score))))


def _written(folder: Path, recording: Recording) -> Path:
    return (folder / recording.name).with_suffix(".csv")


def _refuse_to_overwrite(data: Path, out: Path, recordings: Sequence[Recording]) -> None:
    paths = [_written(out, recording) for recording in recordings]
    if len(set(paths)) < len(paths):
        twice = next(path for i, path in enumerate(paths) if path in paths[:i])
        raise Rejected(f"two recordings would be written to {twice}: give them names of their own")
    sources = {(data / recording.name).resolve() for recording in recordings}
    if any(path.resolve() in sources for path in paths):
        raise Rejected(f"the scores would be written over the recordings: choose another folder than {out}")
