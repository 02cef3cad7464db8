"""The most specific detector speaks for a series."""

from datetime import timedelta
from typing import Any

import pytest

from inframind.detection.detectors.detector import Detector
from inframind.detection.detectors.matching import Rulebook
from inframind.identity import SeriesId, series_digest
from tests.contracts.anomalies import NOON

SDA = SeriesId("db-1", "disk_used", (("device", "sda"), ("host", "a")))


def detector(name: str, minute: int = 0, **asked: Any) -> Detector:
    made = NOON + timedelta(minutes=minute)
    return Detector(id=name, name=name, created_at=made, updated_at=made, **asked)


def chosen(series: SeriesId, *detectors: Detector) -> str | None:
    found = Rulebook(detectors).of(
        series_digest(series.resource, series.to_bytes()), series.resource, series.to_bytes()
    )
    return found.id if found else None


def test_without_a_match_the_default_counts() -> None:
    assert chosen(SDA) is None
    assert chosen(SDA, detector("a", resource="web-*"), detector("b", labels={"device": "nvme*"})) is None
    assert chosen(SDA, detector("a", labels={"rack": "*"})) is None


@pytest.mark.parametrize(
    ("wins", "loses"),
    [
        ({"resource": "db-1"}, {"resource": "db-?", "metric": "disk_used", "labels": {"device": "sda"}}),
        ({"resource": "db-*"}, {"resource": "d*", "metric": "disk_used"}),
        ({"metric": "disk_used"}, {"metric": "disk_*", "labels": {"device": "sda"}}),
        ({"metric": "disk_*"}, {"metric": "*", "labels": {"device": "sda"}}),
        ({"labels": {"device": "*", "host": "*"}}, {"labels": {"device": "sda"}}),
        ({"labels": {"device": "sda"}}, {"labels": {"device": "sd*"}}),
    ],
)
def test_the_more_specific_wins_whichever_was_made_first(wins: dict[str, Any], loses: dict[str, Any]) -> None:
    assert chosen(SDA, detector("wins", 5, **wins), detector("loses", 1, **loses)) == "wins"
    assert chosen(SDA, detector("wins", 1, **wins), detector("loses", 5, **loses)) == "wins"


def test_of_equals_the_one_made_first_wins() -> None:
    assert chosen(SDA, detector("b", 2, resource="db-*"), detector("a", 1, resource="*b-1")) == "a"


def test_a_name_with_brackets_is_itself() -> None:
    assert chosen(SeriesId("[::1]:9100", "up"), detector("a", resource="[::1]:9100")) == "a"


def test_upper_and_lower_case_differ() -> None:
    assert chosen(SDA, detector("a", resource="DB-*")) is None


def test_equal_detectors_have_one_fingerprint_and_a_changed_one_another() -> None:
    one, other = detector("a"), detector("a", enabled=False)
    assert Rulebook([one]).fingerprint == Rulebook([one]).fingerprint != Rulebook([other]).fingerprint
