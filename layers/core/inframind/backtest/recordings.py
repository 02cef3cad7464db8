"""Recorded series as files: CSV with a time and a value in each row, or a numpy archive of many metrics."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

ARCHIVE_PARTS = ("train", "test")  # read one after the other; labels belong to the last
NEEDED = ("timestamp", "value")  # columns, in any order and case
MISSING = frozenset(("", "-", "na", "n/a", "nan", "none", "null"))  # how files write that there is no value
NUMBERS = "biufSU"  # kinds of arrays: flags, whole numbers, floats, and text that may be such
LATEST_S = 1e11  # seconds: the year 5138; a larger number is milliseconds

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """One series, or the metrics of one resource: `times_s` (rows,), `values` (rows, metrics) with NaN where there is
    none, `labels` (rows,) where the file has its own, `stamps` as they stand in the file, and the first row judged."""

    name: str
    stamps: list[str]
    times_s: Floats
    values: Floats
    labels: NDArray[np.bool_] | None = None
    judged_from: int = 0

    @property
    def category(self) -> str:
        """The folder a recording lies in."""
        return str(Path(self.name).parent)


def read_all(folder: Path) -> list[Recording]:
    """Every recording below `folder`, by name. Raises `Rejected` when there is none, or one cannot be read."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = [one for path in files for one in _read(path, _printable(path.relative_to(folder)))]
    if not found:
        raise Rejected(f"no .csv or .npz series below {folder}")
    return found


def _printable(path: Path) -> str:
    """The path; what in it is no text, in escapes."""
    return path.as_posix().encode(errors="backslashreplace").decode()


def epoch_seconds(stamp: str) -> float:
    """Seconds since 1970 of an ISO 8601 time, of which one without a zone is UTC, or of epoch seconds or milliseconds.

    >>> epoch_seconds("2014-04-01 00:00:00"), epoch_seconds("2014-04-01T02:00:00+02:00"), epoch_seconds("1396310400000")
    (1396310400.0, 1396310400.0, 1396310400.0)
    """
    try:
        time = datetime.fromisoformat(stamp.strip())
    except ValueError:
        return _of_number(stamp)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _of_number(stamp: str) -> float:
    try:
        number = float(stamp)
    except ValueError:
        number = float("nan")
    seconds = number / 1000.0 if abs(number) > LATEST_S else number
    if not abs(seconds) <= LATEST_S:
        raise ValueError(f"{stamp[:40]!r} is neither an ISO 8601 time nor epoch seconds")
    return seconds


def _read(path: Path, name: str) -> Iterator[Recording]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        return
    try:
        yield reader(path, name)
    except (ValueError, TypeError, KeyError, EOFError, BadZipFile, csv.Error) as cause:
        raise Rejected(f"{name}: not a recording: {cause}") from cause


def _from_csv(path: Path, name: str) -> Recording:
    with path.open(newline="", encoding="utf-8-sig") as file:  # with the mark that spreadsheets put first, or without
        lines = csv.reader(file)
        columns = _columns(next(lines, []))
        rows = [_cells(line, columns, lines.line_num) for line in lines if line]
    values = np.array([value for _, _, value, _ in rows], np.float64).reshape(len(rows), 1)
    times = np.array([time for _, time, _, _ in rows], np.float64)
    labels = np.array([label > 0 for *_, label in rows], np.bool_) if "label" in columns else None
    return Recording(name, [stamp for stamp, *_ in rows], times, values, labels)


def _columns(header: list[str]) -> dict[str, int]:
    columns = {title.strip().lower(): i for i, title in reversed(list(enumerate(header)))}
    if not all(title in columns for title in NEEDED):
        raise ValueError(f"the first line names no columns {' and '.join(NEEDED)}, separated by commas")
    return columns


def _cells(line: list[str], columns: dict[str, int], number: int) -> tuple[str, float, float, float]:
    """Stamp, time, value and label of one line of a file."""
    try:
        stamp, value = (line[columns[title]] for title in NEEDED)
        label = _number(line[columns["label"]]) if "label" in columns else 0.0
        return stamp, epoch_seconds(stamp), _number(value), label
    except IndexError:
        raise ValueError(f"line {number}: {len(line)} cells, fewer than the first line names") from None
    except ValueError as cause:
        raise ValueError(f"line {number}: {cause}") from None


def _number(text: str) -> float:
    return float("nan") if text.strip().lower() in MISSING else float(text)


def _from_archive(path: Path, name: str) -> Recording:
    parts, labels, step_s = _arrays(path)
    values = np.concatenate(parts)
    times = np.arange(len(values), dtype=np.float64) * step_s
    stamps = [datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%S") for t in times.tolist()]
    unjudged = len(values) - (len(parts[-1]) if labels is None else len(labels))
    whole = None if labels is None else np.concatenate([np.zeros(unjudged, np.bool_), labels])
    return Recording(name, stamps, times, values, whole, unjudged)


def _arrays(path: Path) -> tuple[list[Floats], NDArray[np.bool_] | None, float]:
    """Values (rows, metrics) in parts, the labels of the last rows, and seconds from row to row."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise ValueError("not a numpy archive")
    with np.load(path, allow_pickle=False) as archive:
        parts = [_floats(part, np.asarray(archive[part])) for part in ARCHIVE_PARTS if part in archive]
        if not parts or "step_s" not in archive:
            raise ValueError("the archive lacks 'test' (rows, metrics), or 'step_s'")
        labels, step_s = archive["label"] > 0 if "label" in archive else None, float(archive["step_s"])
    shapes = ", ".join(str(part.shape) for part in (*parts, *([] if labels is None else [labels])))
    if {part.ndim for part in parts} != {2} or len({part.shape[1] for part in parts}) > 1 or not parts[0].shape[1]:
        raise ValueError(f"values are (rows, metrics), as many metrics in each part; these are {shapes}")
    if labels is not None and labels.shape not in ((len(parts[-1]),), (sum(map(len, parts)),)):
        raise ValueError(f"labels are one for each row of the last part, or of all; these are {shapes}")
    if not 0.001 <= step_s <= LATEST_S:
        raise ValueError(f"'step_s' is a number of seconds, not {step_s}")
    return parts, labels, step_s


def _floats(name: str, values: NDArray[np.generic]) -> Floats:
    if values.dtype.kind not in NUMBERS:
        raise ValueError(f"'{name}' holds {values.dtype}, where numbers are wanted")
    with np.errstate(over="ignore"):  # beyond all floats is infinite: missing
        return values.astype(np.float64)


READERS: dict[str, Callable[[Path, str], Recording]] = {".csv": _from_csv, ".npz": _from_archive}
