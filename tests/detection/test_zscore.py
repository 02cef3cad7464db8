"""The plain z-score keeps its printed promises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.detection.zscore import Rule, Status, analyze, judge, names
from inframind.identity import SeriesId

STEADY = [47.5 + 2.8 * math.sqrt(19 / 20) * sign for sign in (1, -1)] * 10  # mean 47.5, sample deviation 2.8


def judged(*values: float, window: int = 10) -> tuple[str, float]:
    analysis = analyze({"cpu_usage": np.array(values)}, Rule(window))
    return analysis.status, analysis.confidence_score


def test_the_printed_example_comes_out_as_printed() -> None:
    analysis = analyze({"cpu_usage": np.array([*STEADY, 95.0])}, Rule(20))
    assert analysis.model_dump(mode="json") == {
        "status": "ANOMALY",
        "anomaly_detected": True,
        "anomaly_metrics": ["cpu_usage"],
        "explanation": "Anomaly detected in cpu_usage: value=95.0, mean=47.5, std=2.8, z-score=17.0",
        "confidence_score": 1.0,
        "algorithm": "zscore_v1",
    }


def test_the_judged_value_stays_out_of_its_own_baseline() -> None:
    one = judge("cpu", np.array([10.0, 12.0, 14.0, 22.0]), 3)
    assert one is not None
    assert (one.mean, one.std, one.z) == (12.0, 2.0, 5.0)


def test_only_the_window_before_the_newest_value_counts() -> None:
    assert judged(1000.0, -1000.0, 10.0, 12.0, 14.0, 22.0, window=3)[0] == Status.ANOMALY
    assert judged(1000.0, -1000.0, 10.0, 12.0, 14.0, 22.0, window=5)[0] == Status.OK


@pytest.mark.parametrize(("newest", "status"), [(18.0, Status.OK), (18.01, Status.ANOMALY), (5.99, Status.ANOMALY)])
def test_an_anomaly_lies_beyond_three_deviations_on_either_side(newest: float, status: Status) -> None:
    assert judged(10.0, 12.0, 14.0, newest)[0] == status


@pytest.mark.parametrize("values", [(), (1.0,), (1.0, 2.0), (math.nan, 1.0, math.inf, 2.0)])
def test_fewer_than_two_values_before_the_newest_are_not_enough(values: tuple[float, ...]) -> None:
    analysis = analyze({"cpu_usage": np.array(values)}, Rule())
    assert (analysis.status, analysis.anomaly_detected, analysis.confidence_score) == ("INSUFFICIENT_DATA", False, 0.0)


def test_a_metric_with_too_little_history_does_not_silence_the_others() -> None:
    history = {"cpu_usage": np.array([10.0, 12.0, 14.0, 22.0]), "gpu_usage": np.array([1.0])}
    assert analyze(history, Rule()).anomaly_metrics == ("cpu_usage",)


def test_a_constant_is_ok_while_it_stays_and_an_anomaly_once_it_moves() -> None:
    assert judged(5.0, 5.0, 5.0, 5.0) == (Status.OK, 1.0)
    moved = analyze({"cpu_usage": np.array([5.0, 5.0, 5.0, 5.5])}, Rule())
    assert moved.explanation == "Anomaly detected in cpu_usage: value=5.5, mean=5.0, std=0.0, z-score=1000000.0"
    assert moved.confidence_score == 1.0


def test_a_constant_that_floats_cannot_hold_exactly_is_still_a_constant() -> None:
    assert judged(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1) == (Status.OK, 1.0)


def test_values_that_are_not_finite_are_skipped() -> None:
    one = judge("cpu", np.array([math.inf, 10.0, math.nan, 12.0, 14.0, 22.0, math.nan]), 3)
    assert one is not None
    assert (one.value, one.z) == (22.0, 5.0)


def test_confidence_grows_with_the_distance_from_the_threshold() -> None:
    assert [judged(10.0, 12.0, 14.0, newest)[1] for newest in (12.0, 15.0, 18.0, 21.0, 24.0)] == [
        1.0,
        0.75,
        0.5,
        0.75,
        1.0,
    ]


def test_several_anomalies_are_joined_and_twenty_of_them_spelled_out() -> None:
    spike = np.array([10.0, 12.0, 14.0, 22.0])
    two = analyze({"cpu_usage": spike, "gpu_usage": spike}, Rule()).explanation
    assert two == (
        "Anomaly detected in cpu_usage: value=22.0, mean=12.0, std=2.0, z-score=5.0; "
        "Anomaly detected in gpu_usage: value=22.0, mean=12.0, std=2.0, z-score=5.0"
    )
    many = analyze({f"m{i}": spike for i in range(25)}, Rule())
    assert len(many.anomaly_metrics) == 25
    assert many.explanation.endswith("; and 5 more")


def test_a_calm_resource_says_what_came_nearest() -> None:
    assert analyze({"cpu_usage": np.array([10.0, 12.0, 14.0, 15.0])}, Rule()).explanation == (
        "No anomaly detected: 1 metric lies within 3.0 standard deviations of the baseline "
        "(furthest: cpu_usage, value=15.0, mean=12.0, std=2.0, z-score=1.5)"
    )


def test_series_that_share_a_metric_are_told_apart_by_their_labels() -> None:
    disks = [SeriesId("db", "io", (("disk", disk), ("mode", "rw"))) for disk in "ab"]
    assert names([*disks, SeriesId("db", "cpu", (("core", "0"),))]) == [
        'io{disk="a",mode="rw"}',
        'io{disk="b",mode="rw"}',
        "cpu",
    ]


@given(st.lists(st.floats(), max_size=30), st.integers(2, 100))
def test_no_input_breaks_it_and_confidence_stays_between_0_and_1(values: list[float], window: int) -> None:
    analysis = analyze({"m": np.array(values, dtype=float)}, Rule(window))
    assert 0.0 <= analysis.confidence_score <= 1.0
    assert analysis.anomaly_detected == (analysis.status == Status.ANOMALY)


@given(st.lists(st.integers(-1000, 1000), min_size=4, max_size=20), st.sampled_from([0.25, 4.0]), st.integers(-64, 64))
def test_the_verdict_does_not_change_with_unit_or_origin(values: list[int], scale: float, shift: int) -> None:
    plain = analyze({"m": np.array(values, dtype=float)}, Rule())
    moved = analyze({"m": np.array(values, dtype=float) * scale + shift}, Rule())
    assert plain.status == moved.status
