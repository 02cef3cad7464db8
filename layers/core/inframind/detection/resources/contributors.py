"""What the other series of a resource did when one of them left its expected range."""

import sys

import numpy as np

from inframind.detection.grids import Block
from inframind.detection.model.verdicts import Verdicts
from inframind.detection.resources.score import contributions, resource_score
from inframind.identity import SeriesId
from inframind.records import Anomaly, Contributor

NAMED = 3  # contributors in the explanation


class ResourceScores:
    """What the other series of a resource did at the time: one score for all, and who contributes most to it."""

    def __init__(self, block: Block, verdicts: Verdicts) -> None:
        self._block, self._verdicts = block, verdicts
        self._columns: dict[str, list[int]] = {}

    def explain(self, anomaly: Anomaly, cell: tuple[int, int]) -> Anomaly:
        """The anomaly with its resource's score and contributors, which are named if there are several."""
        row, column = cell
        columns = self._of(self._block.series[column][0])
        raw = np.nan_to_num(self._verdicts.raw[row, columns], posinf=sys.float_info.max / len(columns))
        shares = contributions(raw, [str(column) for column in columns])
        contributors = tuple(self._contributor(int(column), share) for column, share in shares)
        score = round(min(float(resource_score(raw[None])[0]), sys.float_info.max), 4)
        told = {"resource_score": score, "contributors": contributors}
        if len(contributors) > 1:
            told["explanation"] = (
                f"{anomaly.explanation} Most unusual of {anomaly.resource_id}: {_named(contributors)}."
            )
        return anomaly.model_copy(update=told)

    def _of(self, resource: str) -> list[int]:
        if not self._columns:
            for column, (owner, _) in enumerate(self._block.series):
                self._columns.setdefault(owner, []).append(column)
        return self._columns[resource]

    def _contributor(self, column: int, share: float) -> Contributor:
        series = SeriesId.from_bytes(*self._block.series[column])
        return Contributor(metric_name=series.metric, labels=dict(series.labels), share=round(share, 4))


def _named(contributors: tuple[Contributor, ...]) -> str:
    parts = []
    for one in contributors[:NAMED]:
        labels = ", ".join(f"{name}={value}" for name, value in one.labels.items())
        parts.append(f"{one.metric_name}{f' ({labels})' if labels else ''} {100 * one.share:.0f} %")
    return ", ".join(parts)
