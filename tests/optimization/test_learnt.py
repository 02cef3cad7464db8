"""What was learnt comes back from its bytes, or is refused."""

from dataclasses import replace

import numpy as np
import pytest

from inframind.errors import Rejected
from inframind.optimization.graybox import GrayBox
from inframind.optimization.judging import pasts
from inframind.optimization.learning import learn
from inframind.optimization.learnt import packed, read
from inframind.optimization.requests import Observed
from inframind.optimization.transfer import Transfer
from tests.optimization.simulated import simulated

BUILDS = simulated(40)
LEARNT = learn(pasts(BUILDS))


def test_a_transfer_forecasts_the_same_after_its_bytes() -> None:
    again = read(packed(LEARNT), "graybox-5d20e8463f9c")
    assert GrayBox(again).version == "graybox-5d20e8463f9c"
    own = Observed.of(BUILDS[:4])
    one, other = (GrayBox(transfer).fitted(own, BUILDS[0].context)(own.x) for transfer in (LEARNT, again))
    assert np.array_equal(one.log_duration, other.log_duration)
    assert np.array_equal(one.log_memory, other.log_memory)


def test_a_transfer_of_nothing_comes_back_too() -> None:
    assert read(packed(Transfer.blank()), "graybox-0").contexts == ()


@pytest.mark.parametrize(
    "broken",
    [
        replace(LEARNT, contexts=LEARNT.contexts[:-1]),
        replace(LEARNT, durations=replace(LEARNT.durations, cov=LEARNT.durations.cov[:, :2])),
        replace(LEARNT, memories=replace(LEARNT.memories, mean=LEARNT.memories.mean * np.nan)),
    ],
    ids=["contexts", "covariances", "not a number"],
)
def test_arrays_that_do_not_fit_are_refused(broken: Transfer) -> None:
    with pytest.raises(Rejected, match="do not fit"):
        read(packed(broken), "graybox-0")
