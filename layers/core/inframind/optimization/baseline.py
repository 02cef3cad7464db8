"""`forest_v1`, the baseline: a random forest says how long builds take, the law of memory what they need.

Memory is left to the gray box, fitted to the pipeline's own builds alone: a forest knows nothing of what it has not
seen, and there a build would run out of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from inframind.builds import Build
from inframind.optimization.features import features, rows
from inframind.optimization.forest import Forest
from inframind.optimization.graybox import GrayBox
from inframind.optimization.requests import Floats, Forecast, Observed


class Baseline:
    """A forest as the model of one request: `asked` is the build to come, `own` the pipeline's builds before it."""

    def __init__(self, version: str, forest: Forest, asked: Build, own: Sequence[Build]) -> None:
        self.version = version
        self._forest = forest
        self._known = features(asked, own)

    def fitted(self, own: Observed, context: Mapping[str, Any]) -> Callable[[Floats], Forecast]:
        """What builds would take by the forest; the spread of its trees is how unsure it is."""
        return partial(self._forecast, GrayBox().fitted(own, context))

    def _forecast(self, law: Callable[[Floats], Forecast], x: Floats) -> Forecast:
        said = self._forest.each(rows(self._known, x))[:, :, 0]
        return replace(law(x), log_duration=np.mean(said, axis=0), duration_sd=np.std(said, axis=0))
