"""`forest_v1`, the baseline: a random forest says how long builds take, the law of memory what they need.

Memory is left to the gray box, fitted to the pipeline's own builds alone: a forest knows nothing of what it has not
seen, and there a build would run out of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inframind.builds import Build
from inframind.optimization.features import features, rows
from inframind.optimization.forest import Forest
from inframind.optimization.graybox import GrayBox
from inframind.optimization.requests import Fitted, Floats, Forecast, Observed


class Baseline:
    """A forest as the model of one request: `asked` is the build to come, `own` the pipeline's builds before it."""

    def __init__(self, version: str, forest: Forest, asked: Build, own: Sequence[Build]) -> None:
        self.version = version
        self._forest = forest
        self._known = features(asked, own)

    def fitted(self, own: Observed, context: Mapping[str, Any]) -> "FittedForest":
        """What builds would take by the forest; the spread of its trees is how unsure it is."""
        return FittedForest(self._forest, self._known, GrayBox().fitted(own, context))


@dataclass(frozen=True, slots=True)
class FittedForest:
    """The forest with what is known of the build to come, and the laws for memory."""

    forest: Forest
    known: Mapping[str, float]
    laws: Fitted

    def __call__(self, x: Floats) -> Forecast:
        """What builds with configurations (n, knobs) would take."""
        said = self._said(x)
        return replace(self.laws(x), log_duration=np.mean(said, axis=0), duration_sd=np.std(said, axis=0))

    def doubts(self, x: Floats) -> Floats:
        """The covariance (n, n) of log durations among the trees."""
        said = self._said(x)
        apart = said - said.mean(axis=0)
        covariance: Floats = apart.T @ apart / len(said)
        return covariance

    def _said(self, x: Floats) -> Floats:
        said: Floats = self.forest.each(rows(self.known, x))[:, :, 0]
        return said
