from typing import Any

import pytest

from inframind.ingestion.moments import InvalidTime, moment_ms

SEED = 1_768_127_400_000  # 2026-01-11T10:30:00Z


@pytest.mark.parametrize(
    "given",
    [
        "2026-01-11T10:30:00Z",
        "2026-01-11t10:30:00z",
        "2026-01-11 10:30:00",
        "2026-01-11T10:30",
        "2026-01-11T11:30:00+01:00",
        "2026-01-11T10:30:00.000Z",
        1_768_127_400,
        1_768_127_400.0,
        1_768_127_400_000,
    ],
)
def test_one_moment_in_every_form_a_sender_may_use(given: Any) -> None:
    assert moment_ms(given) == SEED


def test_parts_of_a_second_are_kept_to_the_millisecond() -> None:
    assert moment_ms("2026-01-11T10:30:00.1239Z") == SEED + 124
    assert moment_ms(1_768_127_400.25) == SEED + 250


@pytest.mark.parametrize(
    "given",
    [
        "yesterday",
        "",
        "20260111",
        "1768127400",
        "2026-13-11T10:30:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        True,
        None,
        [],
        -1,
        float("nan"),
        float("inf"),
        10**400,
        10**17,
    ],
)
def test_what_is_no_moment_is_refused(given: Any) -> None:
    with pytest.raises(InvalidTime):
        moment_ms(given)
