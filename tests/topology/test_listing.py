"""Who calls whom as people look at it, and what lies around a service."""

from collections.abc import Set as AbstractSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.topology.call_graph import KEPT_MS, CallGraph, Edge, Said
from inframind.topology.listing import ListedCall, around, configured, followed, listed

BY = "0123456789ab"


def test_a_call_says_where_it_is_known_from_first_of_what_people_say() -> None:
    graph = CallGraph().with_seen([("a", "b"), ("b", "c")], 5).with_said({("b", "c"): False, ("c", "d"): True}, BY, 6)
    assert listed(graph, frozenset({("a", "b"), ("c", "d"), ("d", "e")}), 7) == (
        ListedCall(("a", "b"), "configured", 5),
        ListedCall(("b", "c"), "declared", 5, Said(False, BY, 6)),
        ListedCall(("c", "d"), "declared", None, Said(True, BY, 6)),
        ListedCall(("d", "e"), "configured"),
    )


def test_what_is_forgotten_is_not_listed() -> None:
    assert listed(CallGraph().with_seen([("a", "b")], 0), frozenset(), KEPT_MS) == ()


@pytest.mark.parametrize("text", ["", ">", "web", "web>", ">auth", " , "])
def test_what_does_not_read_as_a_call_is_not_configured(text: str) -> None:
    assert configured(text) == frozenset()


edges = st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"))
sets = st.frozensets(edges, max_size=8)


@given(sets, sets, st.dictionaries(edges, st.booleans()))
def test_what_is_followed_is_what_is_drawn_but_not_denied(
    seen: set[Edge], fixed: frozenset[Edge], said: dict[Edge, bool]
) -> None:
    graph = CallGraph().with_seen(seen, 1).with_said(said, BY, 1)
    assert followed(graph, fixed, 2) == {one.edge for one in listed(graph, fixed, 2) if not one.is_denied}
    assert not followed(graph, fixed, 2) & {edge for edge, denied in said.items() if denied}


CHAIN = ("ab", "bc", "cd", "de", "bx", "yc", "xz")


def shown(depth: int, service: str = "c", denied: AbstractSet[str] = frozenset()) -> set[str]:
    calls = [ListedCall((one[0], one[1]), "learned", 1, Said(True, BY, 1) if one in denied else None) for one in CHAIN]
    return {"".join(one.edge) for one in around(calls, service, depth)}


def test_around_a_service_are_its_callers_and_callees_and_not_what_else_those_call() -> None:
    assert shown(1) == {"bc", "yc", "cd"}
    assert shown(2) == {"bc", "yc", "cd", "ab", "de"}
    assert shown(9) == shown(2)
    assert shown(1, "nobody") == set()


def test_a_denied_call_is_shown_and_leads_no_further() -> None:
    assert shown(9, denied={"bc"}) == {"bc", "yc", "cd", "de"}


@given(sets, st.sampled_from("abcde"), st.integers(1, 6))
def test_deeper_shows_no_less_and_circles_end(calls: frozenset[Edge], service: str, depth: int) -> None:
    every = [ListedCall(edge, "learned") for edge in sorted(calls)]
    near, far = around(every, service, depth), around(every, service, depth + 1)
    assert set(near) <= set(far) <= set(every)
    assert {one.edge for one in around(every, service, 1)} == {edge for edge in calls if service in edge}
