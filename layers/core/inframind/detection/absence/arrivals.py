"""When each series last arrived, how often it usually does, whether it has ended, and what it is called.

Kept beside the bank, row for row, so that series which have stopped arriving can be named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inframind.detection.grids import Block

STALE_BITS = np.uint64(0x7FF0000000000002)  # Prometheus' staleness marker: the series ends here, on purpose
MEMORY = 100.0  # samples that "usually" means
LONGEST_LEARNT = 3.0  # usual intervals: a longer gap is a fault, and teaches no more than this one
NEVER = np.iinfo(np.int64).min
PART = "arrivals"

COLUMNS = {"last_ms": "<i8", "pace_ms": "<f8", "samples": "<u4", "ended": "|u1", "missed": "|u1"}

Rows = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Arrivals:
    """One row a series, numbered as in the bank: time of the newest sample, mean interval, how many intervals that
    rests on, whether a staleness marker has come since, whether its absence is known; and `names`, empty where
    not known yet."""

    last_ms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    pace_ms: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    samples: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    ended: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    missed: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    names: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def read(cls, extra: Mapping[str, bytes], count: int) -> "Arrivals":
        """What `write` wrote, for `count` series; those of an older bank have not arrived yet."""
        made = cls()
        if f"{PART}/lengths" in extra:
            for name, dtype in COLUMNS.items():
                setattr(made, name, np.frombuffer(extra[f"{PART}/{name}"], dtype).copy())
            ends = np.cumsum(np.frombuffer(extra[f"{PART}/lengths"], "<u4"), dtype=np.int64).tolist()
            blob = extra[f"{PART}/names"]
            made.names = [blob[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if ends else []
        made.grow(count)
        return made

    def write(self) -> dict[str, bytes]:
        """The bank's extra parts that hold them."""
        parts = {f"{PART}/{name}": getattr(self, name).astype(dtype).tobytes() for name, dtype in COLUMNS.items()}
        lengths = np.fromiter(map(len, self.names), "<u4", len(self.names))
        return parts | {f"{PART}/lengths": lengths.tobytes(), f"{PART}/names": b"".join(self.names)}

    def grow(self, count: int) -> None:
        """Make room for the series that have joined the bank."""
        more = count - len(self)
        if more <= 0:
            return
        for name, dtype in COLUMNS.items():
            fresh = np.full(more, NEVER if name == "last_ms" else 0, dtype)
            setattr(self, name, np.concatenate([getattr(self, name), fresh]))
        self.names += [b""] * more

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Drop the series that have left the bank; the others move up."""
        for name in COLUMNS:
            setattr(self, name, getattr(self, name)[stays])
        self.names = [name for name, stay in zip(self.names, stays.tolist(), strict=True) if stay]

    def note(self, rows: Rows, block: Block) -> Rows:
        """Learn what has arrived; the rows among these whose absence was known and is over."""
        self._name(rows, block.series)
        came = np.isfinite(block.values)
        counts, last = came.sum(axis=0), _times_of(block, _last(came))
        newer = (counts > 0) & (last > self.last_ms[rows])
        self._learn_pace(rows[newer], _first_times(block, came)[newer], last[newer], counts[newer])
        self.last_ms[rows[newer]] = last[newer]
        self.ended[rows[newer]] = 0
        self._note_ends(rows, block, came)
        back = rows[((newer & (self.last_ms[rows] == last)) | (self.ended[rows] > 0)) & (self.missed[rows] > 0)]
        self.missed[back] = 0
        return np.asarray(back, np.int64)

    def _name(self, rows: Rows, series: Sequence[tuple[str, bytes]]) -> None:
        for row, (resource, name) in zip(rows.tolist(), series, strict=True):
            if not self.names[row]:
                self.names[row] = resource.encode() + b"\0\0" + name

    def _learn_pace(self, rows: Rows, first: Rows, last: Rows, counts: NDArray[np.int64]) -> None:
        known = self.last_ms[rows] != NEVER
        gaps = np.where(known, counts, counts - 1)
        mean = (last - np.where(known, self.last_ms[rows], first)) / np.maximum(gaps, 1)
        pace, samples = self.pace_ms[rows], self.samples[rows].astype(np.float64)
        learnt = np.where(samples > 0, np.minimum(mean, LONGEST_LEARNT * pace), mean)
        rate = gaps / np.maximum(np.minimum(samples, MEMORY) + gaps, 1)
        self.pace_ms[rows] = np.where(gaps > 0, pace + rate * (learnt - pace), pace)
        self.samples[rows] = np.minimum(samples + gaps, np.iinfo(np.uint32).max).astype(np.uint32)

    def _note_ends(self, rows: Rows, block: Block, came: NDArray[np.bool_]) -> None:
        stale = np.zeros(came.shape, np.bool_)
        absent = ~came
        if not absent.any():
            return
        stale[absent] = block.values[absent].view(np.uint64) == STALE_BITS
        for column in np.nonzero(stale.any(axis=0))[0].tolist():
            row, line = rows[column], int(np.nonzero(stale[:, column])[0][-1])
            if block.time_ms(line, column) >= self.last_ms[row]:
                self.ended[row] = 1


def _last(came: NDArray[np.bool_]) -> Rows:
    return np.asarray(came.shape[0] - 1 - came[::-1].argmax(axis=0), np.int64)


def _first_times(block: Block, came: NDArray[np.bool_]) -> Rows:
    return _times_of(block, np.asarray(came.argmax(axis=0), np.int64))


def _times_of(block: Block, lines: Rows) -> Rows:
    if block.times_ms.ndim == 1:
        return np.asarray(block.times_ms[lines], np.int64)
    return np.asarray(block.times_ms[lines, np.arange(len(lines))], np.int64)
