"""Frames: many series of one resource over a few timestamps, packed into bytes without loss."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Samples of one resource as a grid.

    `series` are `SeriesId.to_bytes` names inside the resource, `times_ms` is (t,) int64, strictly increasing,
    `values` is (t, n) float64 in which every bit pattern counts, `present` is (t, n) bool or None when the grid is full.
    """

    resource: str
    series: tuple[bytes, ...]
    times_ms: NDArray[np.int64]
    values: NDArray[np.float64]
    present: NDArray[np.bool_] | None = None
