"""Labels in the layout of the Numenta Anomaly Benchmark: a JSON object from series to instants, or to windows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.nab import Window
from inframind.backtest.recordings import Recording, epoch_seconds
from inframind.errors import Rejected


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about a recording: the rows that are anomalous, and the windows in which a detection counts."""

    rows: NDArray[np.bool_]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labelled instants and windows of many recordings, as epoch seconds, by name."""

    instants: dict[str, list[float]]
    windows: dict[str, list[tuple[float, float]]]

    @classmethod
    def read(cls, labels: Path | None, windows: Path | None) -> "Labels":
        """Labels from the files that are given. Raises `Rejected` on one that cannot be read."""
        instants = {name: [_second(stamp, name) for stamp in stamps] for name, stamps in _object(labels).items()}
        spans = {name: sorted(_span(window, name) for window in found) for name, found in _object(windows).items()}
        return cls(instants, spans)

    def known(self, recordings: Sequence[Recording]) -> bool:
        """Whether the files, if there are any, say something about at least one of the recordings."""
        named = self.instants.keys() | self.windows.keys()
        return not named or any(recording.name in named for recording in recordings)

    def truth(self, recording: Recording) -> Truth:
        """What is known about a recording. The windows' rows where windows are given, else the file's own labels,
        else the rows of the labelled instants."""
        times, name = recording.times_s, recording.name
        if name in self.windows:
            windows = tuple(_rows(recording, span) for span in self.windows[name])
            return Truth(_mask(len(times), windows), windows)
        if recording.labels is not None:
            return Truth(recording.labels, stretches(recording.labels))
        instants = np.isin(times, self.instants.get(name, []))
        return Truth(instants, stretches(instants))


def stretches(labels: NDArray[np.bool_]) -> tuple[Window, ...]:
    """First and last row of every run of labelled rows.

    >>> stretches(np.array([0, 1, 1, 0, 1], bool))
    ((1, 2), (4, 4))
    """
    edges = np.flatnonzero(np.diff(labels.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return tuple((int(first), int(end) - 1) for first, end in edges)


def _rows(recording: Recording, span: tuple[float, float]) -> Window:
    inside = np.flatnonzero((recording.times_s >= span[0]) & (recording.times_s <= span[1]))
    if not inside.size:
        raise Rejected(f"{recording.name}: a window holds no row of the series")
    return int(inside[0]), int(inside[-1])


def _mask(rows: int, windows: Sequence[Window]) -> NDArray[np.bool_]:
    mask = np.zeros(rows, np.bool_)
    for first, last in windows:
        mask[first : last + 1] = True
    return mask


def _span(window: object, name: str) -> tuple[float, float]:
    if not isinstance(window, list) or len(window) != 2:
        raise Rejected(f"{name}: a window is a pair of times, its first and its last")
    return _second(window[0], name), _second(window[1], name)


def _second(stamp: object, name: str) -> float:
    try:
        return epoch_seconds(str(stamp))
    except ValueError as cause:
        raise Rejected(f"{name}: {cause}") from cause


def _object(path: Path | None) -> dict[str, list[object]]:
    if path is None:
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as cause:
        raise Rejected(f"{path}: not JSON: {cause}") from cause
    if not isinstance(content, dict) or not all(isinstance(times, list) for times in content.values()):
        raise Rejected(f"{path}: not an object from series to lists of times")
    return content
