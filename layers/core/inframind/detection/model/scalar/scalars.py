"""A series' state as plain numbers, and the rounding to single precision that arrays do by themselves."""

from array import array
from typing import TYPE_CHECKING, Any

from inframind.detection.model.columns import State
from inframind.detection.model.effect_size import strictness
from inframind.detection.model.layout import LAYOUT

TINY = 1e-300

_cell = array("f", [0.0])


def single(x: float) -> float:
    """The single precision number nearest to `x`: after each operation, that is single precision arithmetic.

    >>> single(0.1)
    0.10000000149011612
    """
    _cell[0] = x
    return _cell[0]


def within(x: float, limit: float) -> float:
    """`x`, at most `limit` away from 0.

    >>> within(-7.0, 3.0)
    -3.0
    """
    return limit if x > limit else -limit if x < -limit else x


class Scalars:
    """Every column of the layout, of one series, as an attribute: a number, or lists of numbers."""

    def __init__(self, state: State, row: int) -> None:
        self._state, self._row = state, row
        for column in LAYOUT:
            setattr(self, column.name, state[column.name][..., row if column.table else 0].tolist())
        self.strict = float(strictness(state)[0])  # single precision

    if TYPE_CHECKING:  # whatever the layout names

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def state(self) -> State:
        """The state that this was made of, with what has been learnt since."""
        for column in LAYOUT:
            kept = self._state[column.name]
            kept[..., self._row if column.table else 0] = getattr(self, column.name)
        return self._state
