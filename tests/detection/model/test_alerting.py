"""Alert economy is counted in samples, or in hours where samples are far apart."""

import numpy as np
import pytest

from inframind.detection.model import alerting
from inframind.detection.model.columns import Columns
from inframind.detection.model.verdicts import Phase

MINUTE = 60_000


def opened(step_ms: int, loud_at: tuple[int, ...]) -> list[int]:
    """The samples at which an anomaly opens, where news is loud at some and quiet at the others."""
    columns = Columns(alerting.LAYOUT)
    columns.add(1)
    state, found = columns.gather(np.array([0])), []
    now = np.array([True]), np.array([step_ms])
    for i in range(max(loud_at) + 1):
        news = np.array([2.0 if i in loud_at else 0.1])
        _, phase = alerting.speak(state, (news, np.array([False])), np.zeros(1), now)
        found += [i] if phase[0] == Phase.OPENED else []
    return found


@pytest.mark.parametrize("step_ms", [1, 10_000, 5 * MINUTE, 12 * MINUTE, 23 * MINUTE])
def test_what_is_as_loud_a_dozen_samples_on_stays_silent(step_ms: int) -> None:
    assert opened(step_ms, (0, 12)) == [0]


@pytest.mark.parametrize("step_ms", [60 * MINUTE, 24 * 60 * MINUTE, 10**12])
def test_half_a_day_on_it_is_an_incident_of_its_own(step_ms: int) -> None:
    assert opened(step_ms, (0, 12)) == [0, 12]


def test_behind_the_silence_it_speaks_at_any_pace() -> None:
    assert opened(5 * MINUTE, (0, 12, 60)) == [0, 60]
