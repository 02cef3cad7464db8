"""All that is kept of a series. Whoever adds a column raises the version of `bank/serialization.py`."""

import numpy as np

from inframind.detection.model import alerting, clock, deduplication, kinds, novelty, season, tuning
from inframind.detection.model.columns import Column

LAYOUT: tuple[Column, ...] = (
    Column("newest_ms", "<i8", initial=np.iinfo(np.int64).min),
    Column("raw_mean", "<f8"),
    Column("raw_var", "<f8"),
    *season.LAYOUT,
    *novelty.LAYOUT,
    *alerting.LAYOUT,
    *deduplication.LAYOUT,
    *tuning.LAYOUT,
    *kinds.LAYOUT,
    *clock.LAYOUT,
)
