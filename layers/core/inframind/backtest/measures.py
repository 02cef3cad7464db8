"""How good scores are, row by row and incident by incident; no point adjustment anywhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def average_precision(labels: Flags, scores: Floats) -> float:
    """Area under the precision-recall curve by rows, (rows,) each; ties share a threshold. NaN without a labelled row.

    >>> round(average_precision(np.array([True, False, True]), np.array([3.0, 2.0, 1.0])), 3)
    0.833
    """
    if not labels.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(labels[order])
    last_of_tie = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = hits[last_of_tie]
    precision = hits / (last_of_tie + 1)
    return float(np.sum(np.diff(hits, prepend=0) * precision) / hits[-1])


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms of one or more series: how many, how many in an incident, incidents and how many of them found, and for
    each one found the rows that were left of it when its first alarm came."""

    alarms: int = 0
    true: int = 0
    incidents: int = 0
    found: int = 0
    lead_rows: tuple[int, ...] = ()

    def __add__(self, other: "Alarms") -> "Alarms":
        return Alarms(
            self.alarms + other.alarms,
            self.true + other.true,
            self.incidents + other.incidents,
            self.found + other.found,
            self.lead_rows + other.lead_rows,
        )

    @property
    def precision(self) -> float:
        """Share of the alarms that stand in an incident; NaN when there was none."""
        return self.true / self.alarms if self.alarms else float("nan")

    @property
    def recall(self) -> float:
        """Share of the incidents with an alarm in them; NaN when there was none."""
        return self.found / self.incidents if self.incidents else float("nan")

    @property
    def lead(self) -> float:
        """Median rows between an incident's first alarm and its end; NaN when none was found."""
        return float(np.median(self.lead_rows)) if self.lead_rows else float("nan")


def alarms(detected: Flags, labels: Flags) -> Alarms:
    """Alarms of one series against its labelled stretches, (rows,) each.

    >>> alarms(np.array([0, 1, 0, 0, 1], bool), np.array([1, 1, 1, 0, 0], bool))
    Alarms(alarms=2, true=1, incidents=1, found=1, lead_rows=(1,))
    """
    edges = np.flatnonzero(np.diff(labels.astype(np.int8), prepend=0, append=0))
    leads = []
    for first, end in edges.reshape(-1, 2).tolist():
        hits = np.flatnonzero(detected[first:end])
        leads += [end - 1 - first - int(hits[0])] if hits.size else []
    return Alarms(int(detected.sum()), int((detected & labels).sum()), len(edges) // 2, len(leads), tuple(leads))
