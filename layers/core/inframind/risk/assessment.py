"""How likely a resource is to breach its limits soon: 40 % whether it behaves oddly, 60 % how often it is over a limit.

Each signal's contribution is its weight times its value, and the score is the sum of the contributions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.facts import RiskRaised
from inframind.frames import Frame
from inframind.identity import content_id
from inframind.records import Moment, Risk, RiskLevel, RiskSignal, to_ms

MEDIUM_FROM, HIGH_FROM = 0.3, 0.7
DIGITS = 4  # a score of 0.1 + 0.2 is 0.3, and MEDIUM
ORDER = (RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH)


@dataclass(frozen=True, slots=True)
class Limits:
    """The metrics that have a limit, and what the two signals weigh."""

    thresholds: Mapping[str, float]
    anomaly_weight: float = 0.4
    breach_weight: float = 0.6


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether there is an anomaly, and how sure that is (0 to 1)."""

    detected: bool
    confidence: float

    @property
    def value(self) -> float:
        """The confidence, 0 where there is no anomaly."""
        return self.confidence if self.detected else 0.0


def readings(grid: Frame) -> dict[str, NDArray[np.float64]]:
    """The finite values of each metric, all its series together; metrics without any are left out."""
    values: dict[str, list[NDArray[np.float64]]] = {}
    for column, name in enumerate(grid.series):
        found = grid.values[:, column]
        values.setdefault(name.partition(b"\0")[0].decode(), []).append(found[np.isfinite(found)])
    joined = {metric: np.concatenate(parts) for metric, parts in values.items()}
    return {metric: found for metric, found in joined.items() if len(found)}


def assess(resource: str, values: Mapping[str, NDArray[np.float64]], presence: Presence, limits: Limits) -> Risk:
    """The risk from the values of the period looked back on, by metric; without any there is not enough data.

    >>> hot = {"cpu_usage": np.array([81.0] * 11 + [20.0] * 9)}
    >>> risk = assess("server-001", hot, Presence(True, 0.725), Limits({"cpu_usage": 80.0}))
    >>> print(risk.risk_score, risk.risk_level, risk.explanation)
    0.62 MEDIUM Medium risk: 62% risk score. Anomaly detected (29% contribution). Threshold breach rate: 55% \
(33% contribution).
    """
    if not values:
        return insufficient(resource)
    signals = (_anomaly_presence(presence, limits.anomaly_weight), _breach_rate(values, limits))
    score = round(sum(signal.contribution for signal in signals), DIGITS)
    level = level_of(score)
    return Risk(
        status="OK",
        resource_id=resource,
        risk_score=score,
        risk_level=level,
        signals=signals,
        explanation=f"{level.capitalize()} risk: {score:.0%} risk score. {_in_words(presence.detected, signals)}",
    )


def insufficient(resource: str) -> Risk:
    """The answer about a resource that sent nothing: no signals, and LOW for want of any reason to say more."""
    return Risk(
        status="INSUFFICIENT_DATA",
        resource_id=resource,
        risk_score=0.0,
        risk_level=RiskLevel.LOW,
        signals=(),
        explanation="Not enough data: nothing arrived in the period looked back on.",
    )


def level_of(score: float) -> RiskLevel:
    """LOW below 0.3, HIGH from 0.7, MEDIUM between.

    >>> [level_of(score).value for score in (0.29, 0.3, 0.69, 0.7)]
    ['LOW', 'MEDIUM', 'MEDIUM', 'HIGH']
    """
    if score >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= MEDIUM_FROM else RiskLevel.LOW


def rise(risk: Risk, previous: RiskLevel | None, at: Moment) -> RiskRaised | None:
    """The fact that a level rose, or None if it did not; what was never assessed rises from LOW."""
    before = previous or RiskLevel.LOW
    if ORDER.index(risk.risk_level) <= ORDER.index(before):
        return None
    parts = ("RiskRaised", risk.resource_id, before, risk.risk_level, str(to_ms(at)))
    return RiskRaised(
        id=content_id(part.encode() for part in parts),
        occurred_at=at,
        resource_id=risk.resource_id,
        level=risk.risk_level,
        previous_level=before,
        risk_score=risk.risk_score,
        explanation=risk.explanation,
    )


def _anomaly_presence(presence: Presence, weight: float) -> RiskSignal:
    value = round(presence.value, DIGITS)
    contribution = round(weight * value, DIGITS)
    return RiskSignal(name="anomaly_presence", value=value, weight=weight, contribution=contribution)


def _breach_rate(values: Mapping[str, NDArray[np.float64]], limits: Limits) -> RiskSignal:
    limited = {metric: found for metric, found in values.items() if metric in limits.thresholds}
    over = sum(int((found > limits.thresholds[metric]).sum()) for metric, found in limited.items())
    total = sum(len(found) for found in limited.values())
    rate = round(over / total, DIGITS) if total else 0.0
    return RiskSignal(
        name="threshold_breach_rate",
        value=rate,
        weight=limits.breach_weight,
        contribution=round(limits.breach_weight * rate, DIGITS),
        details=f"{over}/{total} metrics exceeded thresholds",
    )


def _in_words(detected: bool, signals: tuple[RiskSignal, RiskSignal]) -> str:
    presence, breaches = signals
    anomaly = f"Anomaly detected ({presence.contribution:.0%} contribution)" if detected else "No anomaly detected"
    return f"{anomaly}. Threshold breach rate: {breaches.value:.0%} ({breaches.contribution:.0%} contribution)."
