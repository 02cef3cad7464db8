import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inframind.incidents.cause.call_graph import calls, reachable, settle

PARTS = st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=6, max_size=6)


@given(PARTS)
def test_blame_is_neither_made_nor_lost(parts: list[list[float]]) -> None:
    passed = np.array(parts)
    passed /= np.maximum(passed.sum(axis=1, keepdims=True), 1.0)
    rested = settle(passed)
    assert np.isclose(rested.sum(), 1.0)
    assert (rested >= -1e-9).all()


def test_blame_goes_all_the_way_down_a_chain() -> None:
    assert settle(np.diag(np.ones(9), 1)).tolist() == [0.0] * 9 + [1.0]


def test_callees_behind_several_unmeasured_ones_are_seen() -> None:
    nodes = ("a", "b", "c", "d")
    graph = {"a": ["b"], "b": ["c", "a"], "c": ["d"]}
    measured = np.array([True, False, False, True])
    assert calls(graph, nodes, measured)[0].tolist() == [1, 2, 3]


def test_callers_of_the_alarmed_node_are_out_of_reach() -> None:
    assert reachable({"client": ["web"], "web": ["db"], "db": ["db"]}, "web") == ("web", "db")
