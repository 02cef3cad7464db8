"""Nobody is passed over when there is not time for all."""

from hypothesis import given
from hypothesis import strategies as st

from inframind.risk.turns import in_turn


@given(st.sets(st.text(max_size=3), min_size=1, max_size=12), st.integers(1, 5))
def test_resuming_where_one_stopped_reaches_everyone_before_anyone_twice(names: set[str], at_once: int) -> None:
    served: list[str] = []
    after = None
    while len(served) < len(names):
        served += in_turn(names, after)[:at_once]
        after = served[-1]
    assert set(served[: len(names)]) == names


@given(st.sets(st.text(max_size=3)), st.none() | st.text(max_size=3))
def test_each_name_has_one_turn(names: set[str], after: str | None) -> None:
    assert sorted(in_turn(names, after)) == sorted(names)
