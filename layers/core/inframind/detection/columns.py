"""The state of many series as a structure of arrays: one column a quantity, one row a series."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
State = dict[str, NDArray]  # type: ignore[type-arg]
ROOM_TO_GROW = 64  # rows allotted at first; doubled whenever they run out


@dataclass(frozen=True, slots=True)
class Column:
    """A quantity kept for every series: `width` elements a row (0: a plain number), `initial` in a new
    one."""

    name: str
    dtype: str
    width: int = 0
    initial: float = 0.0

    def fresh(self, rows: int) -> Array:
        shape = (rows, self.width) if self.width else (rows,)
        return np.full(shape, self.initial, np.dtype(self.dtype))


class Columns:
    """Rows of state that can be added, gathered, scattered and dropped, all series at once."""

    def __init__(self, layout: Iterable[Column]) -> None:
        self.layout = tuple(layout)
        self.rows = 0
        self._arrays: State = {c.name: c.fresh(0) for c in self.layout}

    def add(self, count: int) -> None:
        """Append `count` fresh rows."""
        if self.rows + count > len(self._arrays[self.layout[0].name]):
            self._grow(max(2 * self.rows, self.rows + count, ROOM_TO_GROW))
        self.rows += count

    def _grow(self, rows: int) -> None:
        for c in self.layout:
            old = self._arrays[c.name]
            self._arrays[c.name] = np.concatenate([old[: self.rows], c.fresh(rows - self.rows)])

    def gather(self, rows: NDArray[np.int64]) -> State:
        """Copies of the rows asked for, in that order, ready to be changed and scattered back."""
        return {name: a[rows] for name, a in self._arrays.items()}

    def scatter(self, rows: NDArray[np.int64], state: State) -> None:
        """Put changed rows back where they were gathered."""
        for name, a in self._arrays.items():
            a[rows] = state[name]

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Drop the rows where `mask` is false; the others move up."""
        for c in self.layout:
            self._arrays[c.name] = self._arrays[c.name][: self.rows][mask]
        self.rows = int(mask.sum())

    def column(self, name: str) -> NDArray:  # type: ignore[type-arg]
        """One column of all rows, as a view."""
        return self._arrays[name][: self.rows]

    def dump(self) -> dict[str, Array]:
        """Every column, cut to the rows in use."""
        return {c.name: self.column(c.name) for c in self.layout}

    @classmethod
    def load(cls, layout: Iterable[Column], arrays: dict[str, Array], rows: int) -> "Columns":
        """Columns from a dump, also of an older program: a column that the dump does not know starts fresh,
        one that the layout does not know is dropped."""
        made = cls(layout)
        made.rows = rows
        for c in made.layout:
            fresh, stored = c.fresh(rows), arrays.get(c.name)
            fits = stored is not None and stored.shape == fresh.shape and stored.dtype == fresh.dtype
            made._arrays[c.name] = np.array(stored) if fits else fresh
        return made
