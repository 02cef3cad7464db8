"""Verdicts become anomalies that open once, clear once, and say what a person needs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.detection.anomalies.departure import Departure, severity
from inframind.detection.anomalies.lifecycle import changes, cleared, opened
from inframind.detection.anomalies.wording import SHAPES, plain
from inframind.detection.grids import Block
from inframind.detection.model.verdicts import Kind, Phase, Verdicts
from inframind.identity import SeriesId
from inframind.records import ANOMALY_KINDS, Anomaly, from_ms
from tests.detection.frames import MINUTE, NOON

CPU = SeriesId("web-1", "cpu_usage", (("core", "0"),))


def departure(**changed: object) -> Departure:
    fields = {"series": CPU, "at_ms": NOON, "value": 95.0, "expected": 47.5, "std": 2.8, "z": 16.96, "score": 4.2}
    return Departure(**fields | {"kind": Kind.SPIKE} | changed)  # type: ignore[arg-type]


def history(*phases: Phase) -> tuple[Block, Verdicts]:
    verdicts = Verdicts.blank(len(phases), 1)
    verdicts.phase[:, 0] = phases
    verdicts.expected[:], verdicts.std[:], verdicts.z[:], verdicts.score[:] = 47.5, 2.8, 16.96, 4.2
    verdicts.kind[:] = Kind.SPIKE
    times = NOON + np.arange(len(phases)) * MINUTE
    return Block((("web-1", CPU.to_bytes()),), times, np.full((len(phases), 1), 95.0)), verdicts


def test_an_anomaly_carries_what_a_person_needs_to_judge_it() -> None:
    one = opened(departure(), plain)
    assert one.model_dump(mode="json", exclude={"id"}) == {
        "resource_id": "web-1",
        "metric_name": "cpu_usage",
        "labels": {"core": "0"},
        "detected_at": "2026-01-11T12:00:00Z",
        "current_value": 95.0,
        "baseline_mean": 47.5,
        "baseline_std_dev": 2.8,
        "band_low": pytest.approx(39.1),
        "band_high": pytest.approx(55.9),
        "z_score": 16.96,
        "deviation_percent": 100.0,
        "score": 4.2,
        "severity": "critical",
        "direction": "up",
        "kind": "spike",
        "explanation": "cpu_usage (core=0) of web-1 jumped up: 95 where 47.5 was expected, 39.1 to 55.9 is usual "
        "(+100 %, 17.0 standard deviations).",
        "algorithm": "bank_v1",
        "phase": "open",
        "cleared_at": None,
        "peak_value": 95.0,
        "resource_score": None,
        "contributors": [],
        "feedback": None,
    }


def test_the_id_follows_from_series_and_time_alone() -> None:
    same = opened(departure(value=1.0, z=-3.0), plain).id
    assert opened(departure(), plain).id == same
    assert opened(departure(at_ms=NOON + 1), plain).id != same
    assert opened(departure(series=SeriesId("web-1", "cpu_usage")), plain).id != same


def test_an_incident_is_one_anomaly_that_opens_and_clears() -> None:
    is_open: dict[bytes, Anomaly] = {}
    found = changes(*history(Phase.QUIET, Phase.OPENED, Phase.ONGOING, Phase.CLEARED, Phase.QUIET), is_open, plain)
    assert [(one.phase, one.detected_at, one.cleared_at) for one in found] == [
        ("open", from_ms(NOON + MINUTE), None),
        ("cleared", from_ms(NOON + MINUTE), from_ms(NOON + 3 * MINUTE)),
    ]
    assert found[0].id == found[1].id
    assert is_open == {}


def test_an_anomaly_may_clear_in_a_later_batch() -> None:
    is_open: dict[bytes, Anomaly] = {}
    (begun,) = changes(*history(Phase.OPENED, Phase.ONGOING), is_open, plain)
    (ended,) = changes(*history(Phase.ONGOING, Phase.CLEARED), is_open, plain)
    assert (ended.id, ended.phase) == (begun.id, "cleared")


def test_clearing_what_nobody_saw_open_changes_nothing() -> None:
    assert changes(*history(Phase.CLEARED), {}, plain) == []


def test_a_second_opening_ends_the_first() -> None:
    found = changes(*history(Phase.OPENED, Phase.OPENED), {}, plain)
    assert [one.phase for one in found] == ["open", "cleared", "open"]
    assert found[0].id == found[1].id != found[2].id


@pytest.mark.parametrize(
    ("expected", "value", "percent"),
    [(100.0, 150.0, 50.0), (-100.0, -150.0, -50.0), (-100.0, 100.0, 200.0), (0, 5, None)],
)
def test_deviation_is_in_percent_of_what_was_expected(expected: float, value: float, percent: float | None) -> None:
    assert departure(expected=expected, value=value).deviation_percent == percent


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Kind.DRIFT_UP, 95.0, "drifts upwards: 95 where"),
        (Kind.DRIFT_UP, 40.0, "drifts upwards, though not in this value: 40 where"),
        (Kind.LEVEL_DOWN, 95.0, "has moved to a lower level, though not in this value: 95 where"),
        (Kind.DRIFT_DOWN, 47.5, "drifts downwards: 47.5 where"),
    ],
)
def test_a_move_is_not_told_as_if_a_value_on_the_other_side_showed_it(kind: Kind, value: float, words: str) -> None:
    assert f" {words} 47.5 was expected" in plain(departure(kind=kind, value=value))


@pytest.mark.parametrize(
    ("kind", "value", "direction"),
    [(Kind.SPIKE, 95.0, "up"), (Kind.DIP, 1.0, "down"), (Kind.FLATLINE, 95.0, "none"), (Kind.SPIKE, 47.5, "none")],
)
def test_direction_is_the_way_the_value_left(kind: Kind, value: float, direction: str) -> None:
    assert departure(kind=kind, value=value).direction == direction


@pytest.mark.parametrize(
    ("z", "named"), [(2.6, "medium"), (3.0, "medium"), (3.1, "high"), (4.0, "high"), (-4.1, "critical")]
)
def test_severity_follows_the_distance(z: float, named: str) -> None:
    assert severity(z).value == named


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words(kind: Kind) -> None:
    assert SHAPES[kind] in plain(departure(kind=kind))


@given(st.tuples(*[st.floats()] * 5))
def test_whatever_the_numbers_the_record_survives_json(numbers: tuple[float, ...]) -> None:
    block, verdicts = history(Phase.OPENED)
    block.values[0, 0] = numbers[0]
    verdicts.expected[:], verdicts.std[:], verdicts.z[:], verdicts.score[:] = numbers[1:]
    (one,) = changes(block, verdicts, {}, plain)
    assert Anomaly.model_validate_json(one.model_dump_json()) == one
    assert all(math.isfinite(x) for x in (one.current_value, one.band_low, one.band_high, one.z_score))


def test_every_kind_but_none_is_listed_for_those_who_read_anomalies() -> None:
    assert set(ANOMALY_KINDS) == {kind.name.lower() for kind in Kind} - {"normal"}


def test_the_value_furthest_from_what_was_expected_is_kept_until_it_clears() -> None:
    block, verdicts = history(Phase.OPENED, Phase.ONGOING, Phase.ONGOING, Phase.CLEARED)
    block.values[:, 0] = 95.0, 120.0, 60.0, 47.0
    begun, ended = changes(block, verdicts, {}, plain)
    assert (begun.peak_value, ended.peak_value) == (95.0, 120.0)


def test_the_series_that_contribute_most_are_named_with_their_labels() -> None:
    verdicts = Verdicts.blank(1, 3)
    verdicts.phase[0, 0], verdicts.kind[0, 0], verdicts.raw[0] = Phase.OPENED, Kind.SPIKE, (3.0, 1.0, 9.0)
    series = (("web-1", CPU.to_bytes()), ("web-1", b"load"), ("web-2", b"load"))
    (one,) = changes(Block(series, np.array([NOON]), np.array([[95.0, 1.0, 1.0]])), verdicts, {}, plain)
    assert [(part.metric_name, part.labels, part.share) for part in one.contributors] == [
        ("cpu_usage", {"core": "0"}, 0.75),
        ("load", {}, 0.25),
    ]
    assert one.resource_score == 2.0
    assert one.explanation.endswith("Most unusual of web-1: cpu_usage (core=0) 75 %, load 25 %.")


def test_no_anomaly_ends_before_it_began_though_its_clock_was_ahead() -> None:
    one = opened(departure(), plain)
    assert cleared(one, NOON - 600 * MINUTE).cleared_at == one.detected_at
    assert cleared(one, NOON + MINUTE).cleared_at == from_ms(NOON + MINUTE)
