"""The risk score is what the seed's formula says, and says so."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inframind.frames import Frame
from inframind.records import Risk, RiskLevel
from inframind.risk.assessment import Limits, Presence, assess, readings, rise

LIMITS = Limits({"cpu_usage": 80.0, "memory_usage": 85.0, "gpu_usage": 90.0})
NONE, SURE = Presence(False, 1.0), Presence(True, 1.0)
NOW = datetime(2026, 1, 11, 12, tzinfo=UTC)


def over(share_of_20: int) -> dict[str, NDArray[np.float64]]:
    return {"cpu_usage": np.array([81.0] * share_of_20 + [20.0] * (20 - share_of_20))}


def test_the_printed_signals_come_out_field_for_field() -> None:
    risk = assess("server-001", over(11), SURE, LIMITS)
    assert risk.model_dump(mode="json", exclude_none=True) == {
        "status": "OK",
        "resource_id": "server-001",
        "risk_score": 0.73,
        "risk_level": "HIGH",
        "signals": [
            {"name": "anomaly_presence", "value": 1.0, "weight": 0.4, "contribution": 0.4},
            {
                "name": "threshold_breach_rate",
                "value": 0.55,
                "weight": 0.6,
                "contribution": 0.33,
                "details": "11/20 metrics exceeded thresholds",
            },
        ],
        "explanation": "High risk: 73% risk score. Anomaly detected (40% contribution). "
        "Threshold breach rate: 55% (33% contribution).",
    }


def test_the_printed_score_comes_out_at_the_confidence_that_explains_it() -> None:
    risk = assess("server-001", over(11), Presence(True, 0.725), LIMITS)
    assert (risk.risk_score, risk.risk_level) == (0.62, RiskLevel.MEDIUM)
    assert risk.explanation.startswith("Medium risk: 62% risk score. Anomaly detected (29% contribution).")


def test_without_an_anomaly_only_breaches_count() -> None:
    risk = assess("server-001", over(10), NONE, LIMITS)
    assert (risk.risk_score, risk.risk_level) == (0.3, RiskLevel.MEDIUM)
    assert risk.explanation == (
        "Medium risk: 30% risk score. No anomaly detected. Threshold breach rate: 50% (30% contribution)."
    )


def test_a_value_at_its_limit_does_not_exceed_it_and_each_metric_has_its_own() -> None:
    values = {"cpu_usage": [80.0, 80.1], "memory_usage": [85.0, 85.1], "gpu_usage": [90.0], "latency_ms": [5000.0]}
    risk = assess("a", {metric: np.array(found) for metric, found in values.items()}, NONE, LIMITS)
    assert risk.signals[1].details == "2/5 metrics exceeded thresholds"


def test_a_resource_without_limited_metrics_is_judged_by_its_anomalies_alone() -> None:
    risk = assess("a", {"latency_ms": np.array([1.0])}, SURE, LIMITS)
    assert (risk.status, risk.risk_score) == ("OK", 0.4)
    assert risk.signals[1].details == "0/0 metrics exceeded thresholds"


def test_a_resource_that_sent_nothing_has_no_score_to_speak_of() -> None:
    risk = assess("a", {}, NONE, LIMITS)
    assert (risk.status, risk.risk_score, risk.risk_level, risk.signals) == ("INSUFFICIENT_DATA", 0.0, "LOW", ())


@given(st.integers(0, 20), st.booleans(), st.floats(0, 1))
def test_the_score_is_the_sum_of_its_contributions_and_stays_between_0_and_1(
    share: int, detected: bool, confidence: float
) -> None:
    risk = assess("a", over(share), Presence(detected, confidence), LIMITS)
    assert risk.risk_score == pytest.approx(sum(signal.contribution for signal in risk.signals))
    assert 0.0 <= risk.risk_score <= 1.0
    for signal in risk.signals:
        assert signal.contribution == pytest.approx(signal.weight * signal.value, abs=1e-4)


def test_readings_join_the_series_of_a_metric_and_skip_what_is_not_finite() -> None:
    names = (b"cpu_usage\0core\x000", b"cpu_usage\0core\x001", b"io")
    grid = Frame("a", names, np.array([0, 1]), np.array([[1.0, 2.0, math.nan], [math.inf, 3.0, math.nan]]))
    assert {metric: found.tolist() for metric, found in readings(grid).items()} == {"cpu_usage": [1.0, 2.0, 3.0]}


def at_level(score: float) -> Risk:
    share = round(score / 0.03)
    return assess("web-1", over(share), NONE, LIMITS)


@pytest.mark.parametrize(
    ("previous", "score", "raised"),
    [
        (None, 0.0, None),
        (None, 0.3, ("LOW", "MEDIUM")),
        (RiskLevel.LOW, 0.6, ("LOW", "MEDIUM")),
        (RiskLevel.MEDIUM, 0.3, None),
        (RiskLevel.HIGH, 0.3, None),
    ],
)
def test_only_a_rise_is_a_fact(previous: RiskLevel | None, score: float, raised: tuple[str, str] | None) -> None:
    fact = rise(at_level(score), previous, NOW)
    assert (fact and (fact.previous_level, fact.level)) == raised


def test_a_rise_has_the_id_of_its_moment() -> None:
    first, again, later = (rise(at_level(0.3), None, NOW + timedelta(minutes=m)) for m in (0, 0, 1))
    assert first is not None
    assert again is not None
    assert later is not None
    assert first.id == again.id != later.id
