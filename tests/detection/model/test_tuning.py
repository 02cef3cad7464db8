"""What a person asks of the detector is done: direction, least change, counts, sensitivity, feedback."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.tuning import Tuning
from inframind.detection.model.verdicts import Phase, Verdicts
from inframind.errors import Rejected

MINUTE, ROWS, AT = 60_000, 800, 600
TIMES = np.arange(1, ROWS + 1) * MINUTE


def jumpy(by: float, length: int = 40) -> NDArray[np.float64]:
    values = np.random.default_rng(4).normal(100.0, 2.0, (ROWS, 1))
    values[AT : AT + length] += by
    return values


def judge(values: NDArray[np.float64], wanted: Tuning | None = None) -> Verdicts:
    bank = Bank.empty()
    rows = bank.rows([b"a"])
    if wanted is not None:
        bank.tune(rows, wanted)
    return bank.update(rows, TIMES, values)


def opened(verdicts: Verdicts) -> list[int]:
    return [i for i in np.flatnonzero(verdicts.phase[:, 0] == Phase.OPENED).tolist() if AT <= i < AT + 30]


def test_by_default_both_directions_matter() -> None:
    assert opened(judge(jumpy(40.0))) == [AT]
    assert opened(judge(jumpy(-40.0))) == [AT]


def test_a_drop_is_no_anomaly_where_only_rises_matter() -> None:
    assert opened(judge(jumpy(-40.0), Tuning(direction="up"))) == []
    assert opened(judge(jumpy(40.0), Tuning(direction="up"))) == [AT]


def test_a_change_below_the_least_one_is_not_worth_waking_anyone() -> None:
    assert opened(judge(jumpy(40.0), Tuning(least_change=60.0))) == []
    assert opened(judge(jumpy(40.0), Tuning(least_share=0.6))) == []
    assert opened(judge(jumpy(40.0), Tuning(least_change=30.0, least_share=0.3))) == [AT]


def test_a_trigger_of_three_waits_for_the_third_unusual_sample() -> None:
    assert opened(judge(jumpy(40.0), Tuning(trigger=3))) == [AT + 2]
    assert opened(judge(jumpy(40.0, length=2), Tuning(trigger=3))) == []


def test_recovery_counts_the_calm_samples_that_end_an_anomaly() -> None:
    ends = []
    for calm in (5, 20):
        phases = judge(jumpy(40.0), Tuning(recovery=calm)).phase[AT:, 0]
        ends.append(int(np.flatnonzero(phases == Phase.CLEARED)[0]))
    assert ends[1] - ends[0] >= 10


def test_less_sensitivity_means_fewer_alarms() -> None:
    values = np.random.default_rng(9).standard_t(2, (ROWS, 40)) + 50.0
    bank = Bank.empty()
    rows = bank.rows([b"%d" % i for i in range(40)])
    bank.tune(rows[:20], Tuning(sensitivity=0.1))
    openings = (bank.update(rows, TIMES, values).phase == Phase.OPENED).sum(axis=0)
    assert openings[:20].sum() < 0.6 * openings[20:].sum()


def test_tuning_is_part_of_the_state() -> None:
    bank = Bank.empty()
    bank.tune(bank.rows([b"a"]), Tuning(direction="up"))
    again = Bank.from_bytes(bank.to_bytes())
    verdicts = again.update(again.rows([b"a"]), TIMES, jumpy(-40.0))
    assert opened(verdicts) == []


@pytest.mark.parametrize("fault", [{"sensitivity": 0.0}, {"trigger": 0}, {"recovery": 999}, {"least_change": -1.0}])
def test_impossible_wishes_are_refused(fault: dict[str, float]) -> None:
    with pytest.raises(Rejected):
        Tuning(**fault)  # type: ignore[arg-type]
