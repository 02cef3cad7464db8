"""A resource's standing is that of its latest values."""

import math

import numpy as np

from inframind.frames import Frame
from inframind.records import RiskLevel, from_ms
from inframind.risk.compliance import conclude, standing

LIMITS = {"cpu_usage": 80.0, "memory_usage": 85.0}
GRID = Frame(
    "web-1",
    (b"memory_usage", b"cpu_usage\0core\x001", b"cpu_usage\0core\x000", b"latency_ms"),
    np.array([60_000, 120_000]),
    np.array([[90.0, 10.0, 95.0, 1.0], [math.nan, 81.5, 80.0, 2.0]]),
)


def test_the_latest_finite_value_of_each_limited_series_counts() -> None:
    found = standing(GRID, LIMITS, 0)
    assert [(one.metric, one.labels.get("core"), one.value, one.compliant) for one in found] == [
        ("cpu_usage", "0", 80.0, True),
        ("cpu_usage", "1", 81.5, False),
        ("memory_usage", None, 90.0, False),
    ]
    assert [one.at for one in found] == [from_ms(120_000), from_ms(120_000), from_ms(60_000)]


def test_values_from_too_long_ago_say_nothing_about_now() -> None:
    assert [one.metric for one in standing(GRID, LIMITS, 60_001)] == ["cpu_usage", "cpu_usage"]


def test_one_value_over_its_limit_is_a_breach_and_is_named() -> None:
    status = conclude("web-1", standing(GRID, LIMITS, 60_001), RiskLevel.HIGH)
    assert (status.status, status.risk_level) == ("BREACHED", "HIGH")
    assert status.explanation == "cpu_usage is 81.5, over its limit of 80."


def test_a_resource_within_its_limits_is_ok_and_one_without_limits_unknown() -> None:
    calm = standing(GRID, {"cpu_usage": 99.0}, 0)
    assert (conclude("web-1", calm, None).status, conclude("web-1", (), None).status) == ("OK", "INSUFFICIENT_DATA")
    assert conclude("web-1", calm, None).explanation == "All 2 latest values keep their limits."
