"""Recorded series as files: CSV with a time and a value in each row, or a numpy archive of many metrics."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

ARCHIVE_PARTS = ("train", "test")  # read one after the other; labels belong to the last


@dataclass(frozen=True, slots=True)
class Recording:
    """One series, or the metrics of one resource: `times_s` (rows,), `values` (rows, metrics) with NaN where there is
    none, `labels` (rows,) where the file has its own, `stamps` as they stand in the file, and the first row judged."""

    name: str
    stamps: list[str]
    times_s: NDArray[np.float64]
    values: NDArray[np.float64]
    labels: NDArray[np.bool_] | None = None
    judged_from: int = 0

    @property
    def category(self) -> str:
        """The folder a recording lies in."""
        return str(Path(self.name).parent)


def read_all(folder: Path) -> list[Recording]:
    """Every recording below `folder`, by name. Raises `Rejected` when there is none, or one cannot be read."""
    found = [r for path in sorted(folder.rglob("*")) for r in _read(path, path.relative_to(folder).as_posix())]
    if not found:
        raise Rejected(f"no .csv or .npz series below {folder}")
    return found


def epoch_seconds(stamp: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; one without a zone is UTC.

    >>> epoch_seconds("2014-04-01 00:00:00"), epoch_seconds("2014-04-01T02:00:00+02:00")
    (1396310400.0, 1396310400.0)
    """
    time = datetime.fromisoformat(stamp)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _read(path: Path, name: str) -> Iterator[Recording]:
    try:
        if path.suffix == ".csv":
            yield _from_csv(path, name)
        elif path.suffix == ".npz":
            yield _from_archive(path, name)
    except (ValueError, KeyError, IndexError) as cause:
        raise Rejected(f"{name}: not a recording: {cause}") from cause


def _from_csv(path: Path, name: str) -> Recording:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    columns = {title.strip().lower(): i for i, title in enumerate(header)}
    stamps = [row[columns["timestamp"]] for row in rows]
    values = np.array([[_number(row[columns["value"]])] for row in rows]).reshape(len(rows), 1)
    times = np.array([epoch_seconds(stamp) for stamp in stamps])
    if "label" not in columns:
        return Recording(name, stamps, times, values)
    labels = np.array([_number(row[columns["label"]]) > 0 for row in rows], np.bool_)
    return Recording(name, stamps, times, values, labels)


def _from_archive(path: Path, name: str) -> Recording:
    with np.load(path, allow_pickle=False) as archive:
        parts = [archive[part].astype(np.float64) for part in ARCHIVE_PARTS if part in archive]
        labels, step_s = archive["label"] > 0, float(archive["step_s"])
    values = np.concatenate(parts)
    times = np.array([i * step_s for i in range(len(values))])
    unjudged = len(values) - len(labels)
    whole = np.concatenate([np.zeros(unjudged, np.bool_), labels])
    stamps = [datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%S") for t in times.tolist()]
    return Recording(name, stamps, times, values, whole, unjudged)


def _number(text: str) -> float:
    return float(text) if text.strip() else float("nan")
