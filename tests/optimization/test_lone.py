"""One row without numpy is predicted as many are with it."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from inframind.errors import Rejected
from inframind.optimization.lone import predicted
from tests.optimization.grown import grown, surface

X, Y = surface(300, columns=6)
LEARNT, SERVED = grown(X, np.stack([Y, np.exp(Y)], axis=1), 12)
PACKED = SERVED.packed()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(arrays.arrays(np.float64, 6, elements=st.floats(-3, 3)))
def test_any_row_is_predicted_as_by_the_library_and_as_with_numpy(row: NDArray[np.float64]) -> None:
    alone = np.array(predicted(PACKED, row.tolist()), np.float32)
    assert np.array_equal(alone, SERVED.predict(row[np.newaxis])[0].astype(np.float32))
    assert np.array_equal(alone, LEARNT.predict(row[np.newaxis])[0].astype(np.float32))


def test_rows_on_a_threshold_go_where_they_go_with_numpy() -> None:
    for feature in range(6):
        on = SERVED.thresholds[SERVED.features[SERVED.features >= 0] == feature][:8]
        rows = np.repeat(X[:1], len(on), axis=0)
        rows[:, feature] = on
        alone = [predicted(PACKED, row.tolist()) for row in rows]
        assert np.array_equal(np.array(alone, np.float32), SERVED.predict(rows).astype(np.float32))


def test_numpy_is_not_imported() -> None:
    program = "import sys, inframind.optimization.lone; sys.exit('numpy' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0


def test_a_forest_that_cannot_be_walked_is_refused() -> None:
    with pytest.raises(Rejected, match="do not fit"):
        predicted(replace(SERVED, trees=SERVED.trees + 1).packed(), X[0].tolist())
    with pytest.raises(Rejected, match="checksum"):
        predicted(PACKED[:-8] + b"12345678", X[0].tolist())
