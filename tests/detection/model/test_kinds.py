"""Each sort of departure is called by its name."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.verdicts import Kind, Phase, Verdicts

MINUTE, AT = 300_000, 1500
Series = NDArray[np.float64]


def judge(change: Callable[[Series], None]) -> Verdicts:
    values = np.random.default_rng(11).normal(100.0, 5.0, (AT + 500, 1))
    change(values)
    bank = Bank.empty()
    return bank.update(bank.rows([b"x"]), np.arange(1, len(values) + 1) * MINUTE, values)


def spike(x: Series) -> None:
    x[AT] += 60.0


def dip(x: Series) -> None:
    x[AT] -= 60.0


def higher(x: Series) -> None:
    x[AT:] += 40.0


def lower(x: Series) -> None:
    x[AT:] -= 40.0


def wild(x: Series) -> None:
    x[AT:] += np.random.default_rng(5).normal(0.0, 12.0, x[AT:].shape)


def stuck(x: Series) -> None:
    x[AT:] = x[AT - 1]


def creeping(x: Series) -> None:
    x[AT:] += np.arange(len(x) - AT)[:, None] * 0.08


CASES = [
    (spike, {Kind.SPIKE}),
    (dip, {Kind.DIP}),
    (higher, {Kind.LEVEL_UP}),
    (lower, {Kind.LEVEL_DOWN}),
    (wild, {Kind.VARIANCE}),
    (stuck, {Kind.FLATLINE}),
    (creeping, {Kind.DRIFT_UP}),
]


@pytest.mark.parametrize(("change", "names"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_a_departure_is_called_by_its_name(change: Callable[[Series], None], names: set[Kind]) -> None:
    verdicts = judge(change)
    since = verdicts.phase[AT:, 0]
    assert (since == Phase.OPENED).any()
    assert names & {Kind(k) for k in verdicts.kind[AT:, 0].tolist()}


def test_a_slow_drift_opens_as_one_and_a_step_does_not() -> None:
    for slope, steps in ((0.05, 0.0), (0.0, 10.0), (0.0, 25.0)):
        values = np.random.default_rng(3).normal(100.0, 5.0, (AT + 500, 40))
        values[AT:] += slope * np.arange(500)[:, None] + steps
        bank = Bank.empty()
        rows = bank.rows([b"%d" % i for i in range(40)])
        verdicts = bank.update(rows, np.arange(1, len(values) + 1) * MINUTE, values)
        opened = verdicts.kind[AT:][verdicts.phase[AT:] == Phase.OPENED]
        assert (np.count_nonzero(opened == Kind.DRIFT_UP) > 0.7 * opened.size) == (slope > 0)
        assert slope > 0 or np.count_nonzero(opened == Kind.DRIFT_UP) < 0.1 * opened.size
