"""From verdicts to anomalies: each opens once with everything a person needs to judge it, and clears once."""

from collections.abc import Callable

import numpy as np

from inframind.detection.anomalies.departure import Departure, departure, finite, severity
from inframind.detection.grids import Block
from inframind.detection.model.verdicts import Phase, Verdicts
from inframind.detection.resources.contributors import ResourceScores
from inframind.identity import content_id, series_digest
from inframind.records import Anomaly, from_ms

ALGORITHM = "bank_v1"

Words = Callable[[Departure], str]


def changes(block: Block, verdicts: Verdicts, is_open: dict[bytes, Anomaly], words: Words) -> list[Anomaly]:
    """Anomalies that opened or cleared, in order of time; `is_open`, by series digest, follows."""
    found: list[Anomaly] = []
    scores = ResourceScores(block, verdicts)
    for row, column in zip(*(index.tolist() for index in np.nonzero(verdicts.phase)), strict=True):
        digest, phase = series_digest(*block.series[column]), verdicts.phase[row, column]
        if phase == Phase.ONGOING:
            if digest in is_open:
                is_open[digest] = _heightened(is_open[digest], float(block.values[row, column]))
            continue
        before = is_open.pop(digest, None)
        if before is not None:
            found.append(cleared(before, block.time_ms(row, column)))
        if phase == Phase.OPENED:
            is_open[digest] = scores.explain(opened(departure(block, verdicts, (row, column)), words), (row, column))
            found.append(is_open[digest])
    return found


def opened(departure: Departure, words: Words) -> Anomaly:
    """The anomaly that a departure opens; the same series and time give the same id."""
    low, high = departure.band
    digest = series_digest(departure.series.resource, departure.series.to_bytes())
    return Anomaly(
        id=content_id((digest, departure.at_ms.to_bytes(8, "big", signed=True))),
        resource_id=departure.series.resource,
        metric_name=departure.series.metric,
        labels=dict(departure.series.labels),
        detected_at=from_ms(departure.at_ms),
        current_value=departure.value,
        baseline_mean=departure.expected,
        baseline_std_dev=departure.std,
        band_low=low,
        band_high=high,
        z_score=round(departure.z, 4),
        deviation_percent=departure.deviation_percent,
        score=round(departure.score, 4),
        severity=severity(departure.z),
        direction=departure.direction,
        kind=departure.kind.name.lower(),
        explanation=words(departure),
        algorithm=ALGORITHM,
        peak_value=departure.value,
    )


def cleared(anomaly: Anomaly, at_ms: int) -> Anomaly:
    """The anomaly once its series is back to what is expected; not before it began, though a clock was ahead then."""
    return anomaly.model_copy(update={"phase": "cleared", "cleared_at": max(from_ms(at_ms), anomaly.detected_at)})


def _heightened(anomaly: Anomaly, value: float) -> Anomaly:
    furthest = anomaly.current_value if anomaly.peak_value is None else anomaly.peak_value
    if not abs(value - anomaly.baseline_mean) > abs(furthest - anomaly.baseline_mean):  # nor for NaN
        return anomaly
    return anomaly.model_copy(update={"peak_value": finite(value)})
