"""The state of many series as a structure of arrays: one array a quantity, the series along its last axis."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
State = dict[str, Array]
Rows = NDArray[np.int64]

ROOM_TO_GROW = 64  # series allotted at first; doubled whenever they run out
ROWS = "rows"  # in a gathered state: which series these are, for the tables, which are not copied


@dataclass(frozen=True, slots=True)
class Column:
    """A quantity kept for every series: `shape` elements for each, `initial` in a new one.

    A `table` is too wide to copy at every update, and a time step reads one line of it: it is changed in place.
    A `rare` one is in a dump only where a series differs from a new one: programs before it and after it read both.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] = ()
    initial: float = 0.0
    table: bool = False
    rare: bool = False

    def fresh(self, count: int) -> Array:
        """The quantity of `count` new series."""
        return np.full((*self.shape, count), self.initial, np.dtype(self.dtype))


class Columns:
    """State of series that can join, be gathered, scattered and dropped, all at once."""

    def __init__(self, layout: Iterable[Column]) -> None:
        self.layout = tuple(layout)
        self.count = 0
        self._arrays: State = {c.name: c.fresh(0) for c in self.layout}

    def add(self, count: int) -> None:
        """Let `count` new series join."""
        if self.count + count > self._arrays[self.layout[0].name].shape[-1]:
            self._grow(max(2 * self.count, self.count + count, ROOM_TO_GROW))
        for c in self.layout:
            self._arrays[c.name][..., self.count : self.count + count] = c.initial
        self.count += count

    def _grow(self, capacity: int) -> None:
        for c in self.layout:
            used = self._arrays[c.name][..., : self.count]
            self._arrays[c.name] = np.concatenate([used, c.fresh(capacity - self.count)], axis=-1)

    def gather(self, rows: Rows) -> State:
        """The rows asked for, in that order, to be replaced (not changed in place) and scattered back; tables whole."""
        index = _index(rows)
        state = {c.name: self._arrays[c.name] if c.table else self._arrays[c.name][..., index] for c in self.layout}
        state[ROWS] = rows
        return state

    def scatter(self, state: State) -> None:
        """Put changed rows back where they were gathered."""
        index = _index(state[ROWS])
        for c in self.layout:
            if not c.table:
                self._arrays[c.name][..., index] = state[c.name]

    def copy(self, other: "Columns", theirs: Rows, mine: Rows) -> None:
        """Let rows of others, of the same layout, take the place of own ones."""
        for c in self.layout:
            self._arrays[c.name][..., mine] = other._arrays[c.name][..., theirs]

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Drop the series where `mask` is false; the others move up."""
        for c in self.layout:
            self._arrays[c.name] = self.column(c.name)[..., mask]
        self.count = int(mask.sum())

    def column(self, name: str) -> Array:
        """One quantity of all series, as a view."""
        return self._arrays[name][..., : self.count]

    def dump(self) -> State:
        """Every quantity, cut to the series there are, without the rare ones of which there is nothing to say."""
        every = ((c, self.column(c.name)) for c in self.layout)
        return {c.name: column for c, column in every if not c.rare or bool((column != c.initial).any())}

    @classmethod
    def load(cls, layout: Iterable[Column], arrays: State, count: int) -> "Columns":
        """Columns from a dump, also of an older program: a quantity that the dump does not know starts fresh,
        one that the layout does not know is dropped."""
        made = cls(layout)
        made.count = count
        for c in made.layout:
            fresh, stored = c.fresh(count), arrays.get(c.name)
            fits = stored is not None and stored.shape == fresh.shape and stored.dtype == fresh.dtype
            made._arrays[c.name] = np.array(stored) if fits else fresh
        return made


def _index(rows: Rows) -> Rows | slice:
    """The rows as a slice where they follow one another, which spares a copy."""
    if rows.size and int(rows[-1]) - int(rows[0]) == rows.size - 1 and bool((np.diff(rows) == 1).all()):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows
