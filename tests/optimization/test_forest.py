"""The served forest says what scikit-learn's says, to float32."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from inframind.errors import Rejected
from inframind.optimization.forest import Forest, read
from tests.optimization.grown import grown, surface

X, Y = surface(400, columns=6)
LEARNT, SERVED = grown(X, Y)


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float64, st.tuples(st.integers(1, 700), st.just(6)), elements=st.floats(-3, 3)))
def test_any_rows_are_predicted_as_by_the_library(rows: NDArray[np.float64]) -> None:
    assert np.array_equal(SERVED.predict(rows)[:, 0].astype(np.float32), LEARNT.predict(rows).astype(np.float32))


def test_rows_on_a_threshold_go_where_they_go_in_the_library() -> None:
    tree = LEARNT.estimators_[0].tree_
    inner = tree.feature >= 0
    for shift in (-1, 0, 1):
        edges = tree.threshold[inner].astype(np.float32)
        edges = edges if shift == 0 else np.nextafter(edges, np.float32(shift * np.inf))
        rows = np.repeat(X[:1], len(edges), axis=0)
        rows[np.arange(len(edges)), tree.feature[inner]] = edges
        assert np.array_equal(SERVED.predict(rows)[:, 0].astype(np.float32), LEARNT.predict(rows).astype(np.float32))


@pytest.mark.parametrize(
    "options", [{"max_depth": 1}, {"max_depth": 3}, {"min_samples_leaf": 400}, {"max_features": 2}]
)
def test_stumps_and_single_leaves_are_forests_too(options: dict[str, int]) -> None:
    learnt, served = grown(X, Y, 7, **options)
    assert np.array_equal(served.predict(X)[:, 0].astype(np.float32), learnt.predict(X).astype(np.float32))


def test_deep_forests_and_more_rows_than_a_block_are_walked_to_the_leaf() -> None:
    learnt, served = grown(X, Y, 30, min_samples_leaf=1)
    rows = np.concatenate([X] * 3)
    assert served.depth > 13
    assert np.array_equal(served.predict(rows)[:, 0].astype(np.float32), learnt.predict(rows).astype(np.float32))


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float32, st.tuples(st.integers(2, 40), st.just(6)), elements=st.floats(width=32)))
def test_many_rows_walk_as_each_does_alone_infinite_and_unknown_values_too(rows: NDArray[np.float32]) -> None:
    alone = [SERVED.predict(row[np.newaxis])[0] for row in rows]
    np.testing.assert_allclose(SERVED.predict(rows), alone, rtol=1e-12)


def test_several_outputs_come_side_by_side() -> None:
    learnt, served = grown(X, np.stack([Y, -2 * Y, np.exp(Y)], axis=1))
    assert np.array_equal(served.predict(X).astype(np.float32), learnt.predict(X).astype(np.float32))


def test_every_tree_is_heard() -> None:
    rows = X[:9]
    each = SERVED.each(rows)
    assert each.shape == (20, 9, 1)
    assert np.array_equal(each[3, :, 0], LEARNT.estimators_[3].predict(rows))


def test_no_rows_give_no_predictions() -> None:
    assert SERVED.predict(np.empty((0, 6))).shape == (0, 1)


def test_a_forest_comes_back_from_its_bytes() -> None:
    again = read(SERVED.packed())
    assert again.names == SERVED.names
    assert np.array_equal(again.predict(X), SERVED.predict(X))
    assert again.packed() == SERVED.packed()


def test_a_flipped_bit_is_noticed() -> None:
    data = bytearray(SERVED.packed())
    data[-9] ^= 1
    with pytest.raises(Rejected, match="checksum"):
        read(bytes(data))


@pytest.mark.parametrize(
    "broken",
    [
        replace(SERVED, values=SERVED.values[:-1]),
        replace(SERVED, trees=SERVED.trees + 1),
        replace(SERVED, thresholds=SERVED.thresholds[:-1]),
        replace(SERVED, names=("only", "two")),
    ],
    ids=["values", "trees", "thresholds", "names"],
)
def test_arrays_that_do_not_fit_are_refused(broken: Forest) -> None:
    with pytest.raises(Rejected, match="do not fit"):
        read(broken.packed())
