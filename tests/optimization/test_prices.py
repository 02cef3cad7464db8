"""What builds cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inframind.optimization.prices import PriceTable

TABLE = PriceTable()


@pytest.mark.parametrize(
    ("duration_s", "cpus", "dollars"),
    [
        (1, 2, 0.006),
        (60, 2, 0.006),
        (60.5, 2, 0.012),
        (600, 3, 0.12),
        (600, 16, 0.42),
        (600, 64, 1.62),
        (60, 128, 0.324),
    ],
)
def test_a_job_pays_whole_minutes_of_the_smallest_runner_that_holds_it(
    duration_s: float, cpus: float, dollars: float
) -> None:
    assert TABLE.cost(duration_s, cpus) == pytest.approx(dollars)


def test_own_prices_may_be_billed_by_the_second() -> None:
    own = PriceTable(runners=((4, 0.01), (8, 0.03)), billed_minutes=0)

    assert own.cost(90, 4) == pytest.approx(0.015)
    assert own.cost(90, 16) == pytest.approx(0.09)


@pytest.mark.parametrize("runners", [(), ((4, 0.1), (2, 0.05)), ((2, 0.1), (2, 0.2)), ((0, 0.1),), ((2, -0.1),)])
def test_a_table_that_is_not_in_order_is_refused(runners: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValidationError):
        PriceTable(runners=runners)


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6), st.floats(0.1, 200), st.floats(0.1, 200))
def test_neither_more_time_nor_more_cores_is_ever_cheaper(a_s: float, b_s: float, a: float, b: float) -> None:
    assert TABLE.cost(min(a_s, b_s), min(a, b)) <= TABLE.cost(max(a_s, b_s), max(a, b)) * (1 + 1e-12)


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=5))
def test_arrays_cost_what_single_jobs_cost(durations: list[float]) -> None:
    together = TABLE.billed(np.array(durations)) * TABLE.rates(np.array([4.0]))

    assert together.tolist() == pytest.approx([TABLE.cost(one, 4) for one in durations])
