"""The state of every series of a shard, scored and learnt together.

Loops run over time steps, never over series.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inframind.detection.bank import migrations, serialization
from inframind.detection.bank.local_time import local_ms
from inframind.detection.bank.serialization import BankCorrupt
from inframind.detection.model import time_step, tuning
from inframind.detection.model.columns import Columns, Rows, State
from inframind.detection.model.layout import LAYOUT
from inframind.detection.model.tuning import Tuning
from inframind.detection.model.verdicts import Floats, Verdicts

__all__ = ["Bank", "BankCorrupt"]

BATCHES_REMEMBERED = 2048  # SQS redelivers within minutes; so many are hours of a busy shard, or two backfills
EXTRA = "extra/"

BLOCK = 5000  # series judged together: more outgrow the processor's cache, fewer pay numpy's overhead

Times = NDArray[np.int64]


class Bank:
    """One shard's detector. Rows are numbered as series join; `evict` renumbers them, so ask `rows` after it.

    >>> bank = Bank.empty()
    >>> rows = bank.rows([b"web cpu", b"db cpu"])
    >>> steady = bank.update(rows, np.arange(1, 201) * 60_000, np.tile([[5.0, 7.0], [5.2, 7.0]], (100, 1)))
    >>> steady.flagged()[0].size
    0
    >>> float(bank.update(rows, np.array([201 * 60_000]), np.array([[50.0, 7.0]])).score[0, 0]) >= 1.0
    True
    """

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._columns = Columns(LAYOUT)
        self._batches: dict[bytes, None] = {}
        self.extra: dict[str, bytes] = {}

    @classmethod
    def empty(cls) -> "Bank":
        """A bank that has seen nothing."""
        return cls()

    def __len__(self) -> int:
        return self._columns.count

    def rows(self, keys: Sequence[bytes]) -> Rows:
        """Row of each key, shape (len(keys),); a key not seen before joins."""
        known = self._rows
        for key in keys:
            if key not in known:
                known[key] = len(known)
        if len(known) > len(self):
            self._columns.add(len(known) - len(self))
        return np.fromiter((known[key] for key in keys), np.int64, len(keys))

    def keys(self) -> list[bytes]:
        """The key of every row, in row order."""
        return list(self._rows)

    def update(self, rows: Rows, times_ms: Times, values: Floats, zone: str = "UTC") -> Verdicts:
        """Score and learn `values`, (t, n): one column for each of the n different rows, one line for each
        of the t increasing times: (t,), or (t, n) where every series has times of its own. NaN and infinities
        are missing samples; one not later than the row's newest is ignored. Days and weeks are those of `zone`.

        Splitting a stream into batches of any size changes no bit of the verdicts or of the state.
        """
        verdicts, local = Verdicts.blank(*values.shape), local_ms(times_ms, zone)
        for start in range(0, len(rows), BLOCK):
            part = slice(start, start + BLOCK)
            state = self._columns.gather(rows[part])
            clocks = (_of(times_ms, part), _of(local, part))
            time_step.replay(state, clocks, values[:, part], verdicts.of(part))
            self._columns.scatter(state)
        return verdicts

    def gather(self, rows: Rows) -> State:
        """The state of some rows, for who steps it outside the bank; it counts once it is scattered back."""
        return self._columns.gather(rows)

    def scatter(self, state: State) -> None:
        """Put back what was gathered."""
        self._columns.scatter(state)

    def tune(self, rows: Rows, wanted: Tuning) -> None:
        """Ask something particular of some series, from their next sample on."""
        state = self._columns.gather(rows)
        tuning.apply(state, wanted)
        self._columns.scatter(state)

    def adopt(self, other: "Bank", keys: Sequence[bytes]) -> None:
        """Take over what another bank knows of these series, which it has; what was known of them here is forgotten.

        >>> old, bank = Bank.empty(), Bank.empty()
        >>> seen = old.update(old.rows([b"cpu"]), np.arange(1, 301) * 60_000, np.full((300, 1), 5.0))
        >>> bank.adopt(old, [b"cpu"])
        >>> bank.samples().tolist()
        [300.0]
        """
        mine = self.rows(keys)
        self._columns.copy(other._columns, other.rows(keys), mine)

    def samples(self) -> NDArray[np.float64]:
        """On how many samples each row rests."""
        return np.array(self._columns.column("n"))

    def newest_ms(self) -> NDArray[np.int64]:
        """Time of the newest sample of every row; the smallest int64 where there is none yet."""
        return np.array(self._columns.column("newest_ms"))

    def evict(self, before_ms: int) -> int:
        """Forget the series that have been silent since `before_ms`; how many they were."""
        stays = self._columns.column("newest_ms") >= before_ms
        gone = len(self) - int(stays.sum())
        if gone:
            kept = [key for key, stay in zip(self._rows, stays.tolist(), strict=True) if stay]
            self._rows = {key: row for row, key in enumerate(kept)}
            self._columns.keep(stays)
        return gone

    def seen(self, batch_id: bytes) -> bool:
        """Whether this batch is among the last `BATCHES_REMEMBERED` that were remembered."""
        return batch_id in self._batches

    def remember(self, batch_id: bytes) -> None:
        """Note that a batch has been learnt; the oldest is forgotten when the memory is full."""
        self._batches.pop(batch_id, None)
        self._batches[batch_id] = None
        while len(self._batches) > BATCHES_REMEMBERED:
            del self._batches[next(iter(self._batches))]

    def to_bytes(self) -> bytes:
        """The whole state, packed; equal states give equal bytes."""
        contents = serialization.Contents(self._columns.dump())
        for name, strings in (("keys", list(self._rows)), ("batches", list(self._batches))):
            contents.arrays[f"{name}/lengths"] = np.array([len(s) for s in strings], np.uint32)
            contents.blobs[name] = b"".join(strings)
        contents.blobs |= {EXTRA + name: self.extra[name] for name in sorted(self.extra)}
        return serialization.pack(contents)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Bank":
        """The bank that `to_bytes` wrote, also by an older program. Raises `BankCorrupt` on anything else."""
        contents = migrations.forward(serialization.unpack(data))
        bank = cls()
        keys = _strings(contents, "keys")
        bank._rows = {key: row for row, key in enumerate(keys)}
        bank._columns = Columns.load(LAYOUT, contents.arrays, len(keys))
        bank._batches = dict.fromkeys(_strings(contents, "batches"))
        bank.extra = {n.removeprefix(EXTRA): b for n, b in contents.blobs.items() if n.startswith(EXTRA)}
        return bank


def _of(times: Times, part: slice) -> Times:
    return times if times.ndim == 1 else times[:, part]


def _strings(contents: serialization.Contents, name: str) -> list[bytes]:
    blob, ends = contents.blobs[name], np.cumsum(contents.arrays[f"{name}/lengths"], dtype=np.int64).tolist()
    return [blob[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if ends else []
