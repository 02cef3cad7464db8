"""The call graph: what is seen is refreshed seldom and forgotten in the end, what people say wins; all bounded."""

import random
import zlib
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.errors import Conflict, Malformed, Unavailable
from inframind.topology.call_graph import DAY_MS, KEPT_MS, MOST, MOST_SAID, OF_A_CALLER, CallGraph, Said

PAIR = ("web", "auth")
BY = "0123456789ab"
names = st.text(max_size=5)


def test_a_call_is_forgotten_two_weeks_after_its_last_sign() -> None:
    graph = CallGraph().with_seen([PAIR], 0)
    assert graph.edges(KEPT_MS - 1) == {PAIR}
    assert graph.edges(KEPT_MS) == frozenset()
    again = graph.with_seen([PAIR], KEPT_MS - 1)
    assert again.edges(2 * KEPT_MS - 2) == {PAIR}


def test_what_was_seen_today_is_not_written_again_and_what_was_seen_yesterday_is() -> None:
    graph = CallGraph().with_seen([PAIR], 0)
    assert graph.with_seen([PAIR], DAY_MS - 1) is graph
    assert graph.with_seen([PAIR], DAY_MS).seen == {PAIR: DAY_MS}


def test_what_is_forgotten_is_dropped_with_the_next_write() -> None:
    graph = CallGraph().with_seen([PAIR], 0).with_seen([("auth", "db")], KEPT_MS)
    assert set(graph.seen) == {("auth", "db")}


def test_a_caller_of_too_many_keeps_the_ones_that_are_known() -> None:
    graph = CallGraph().with_seen([PAIR], 0)
    full = graph.with_seen([("web", f"id-{number:04}") for number in range(1_000)], 1)
    assert len(full.seen) == OF_A_CALLER
    assert PAIR in full.seen
    assert full.with_seen([("web", "one more")], 2) is full
    assert full.with_seen([PAIR], DAY_MS).seen[PAIR] == DAY_MS


def test_the_graph_is_bounded_and_small() -> None:
    graph = CallGraph()
    for start in range(0, 4_000, 50):
        graph = graph.with_seen([(f"caller-{start}", f"a-service-{start + n}") for n in range(50)], start)
    assert len(graph.seen) == MOST
    assert len(graph.to_bytes()) < 60_000


@given(st.dictionaries(st.tuples(names, names), st.integers(0, 2**42)))
def test_a_graph_reads_back_as_it_was(seen: dict[tuple[str, str], int]) -> None:
    assert CallGraph.from_bytes(CallGraph(seen).to_bytes()) == CallGraph(seen)


def test_names_made_to_fill_an_item_are_left_out() -> None:
    chance = random.Random(0)
    graph = CallGraph()
    for number in range(40):
        names_of_one = ["".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(200)) for _ in range(50)]
        graph = graph.with_seen([(f"{number}", name) for name in names_of_one], 0)
    assert len(graph.seen) < MOST
    full = {(f"{number}", names_of_one[0][:60]): True for number in range(500)}
    assert len(graph.with_said(full, BY, 0).to_bytes()) < 300_000  # of the 400 KB of an item


def test_what_is_declared_is_known_though_nothing_tells_of_it_and_never_forgotten() -> None:
    graph = CallGraph().with_said({PAIR: False}, BY, 0)
    assert graph.edges(100 * KEPT_MS) == {PAIR}
    assert graph.with_seen([("auth", "db")], 100 * KEPT_MS).said == graph.said


def test_what_is_denied_is_not_learnt_again_until_the_denial_is_taken_back() -> None:
    graph = CallGraph().with_seen([PAIR], 0).with_said({PAIR: True}, BY, 1)
    assert (graph.edges(2), graph.with_seen([PAIR], 2)) == (frozenset(), graph)
    free = graph.without(PAIR)
    assert free.edges(3) == frozenset()
    assert free.with_seen([PAIR], 3).edges(3) == {PAIR}


def test_the_same_said_again_is_the_same_graph_whoever_says_it() -> None:
    graph = CallGraph().with_said({PAIR: False}, BY, 0)
    assert graph.with_said({PAIR: False}, "another", 9) is graph
    denied = graph.with_said({PAIR: True}, "another", 9)
    assert denied.said == {PAIR: Said(True, "another", 9)}
    assert denied.without(("no", "such")) is denied


def test_the_edition_changes_with_what_people_say_and_with_nothing_else() -> None:
    graph = CallGraph().with_said({PAIR: False}, BY, 0)
    assert graph.with_seen([PAIR, ("auth", "db")], 1).edition == graph.edition
    others = [CallGraph(), graph.with_said({PAIR: True}, BY, 1), graph.with_said({("a", "b"): False}, BY, 1)]
    assert len({graph.edition, *(one.edition for one in others)}) == 4


@pytest.mark.parametrize(
    ("number", "length", "limit"), [(MOST_SAID + 1, 5, "1,000"), (300, 200, "100,000")], ids=["calls", "bytes"]
)
def test_what_people_say_is_bounded_and_the_limit_named(number: int, length: int, limit: str) -> None:
    wanted = {(f"{one:0{length}}", f"callee-{one:0{length}}"): one % 2 == 0 for one in range(number)}
    with pytest.raises(Conflict, match=limit):
        CallGraph().with_said(wanted, BY, 0)


def test_a_graph_of_an_older_release_is_read() -> None:
    old = zlib.compress(b'{"calls": [["web", "auth", 5]]}')
    assert CallGraph.from_bytes(old) == CallGraph({PAIR: 5})


def test_a_graph_of_a_newer_release_is_left_alone_and_what_is_none_refused() -> None:
    with pytest.raises(Unavailable, match="newer release"):
        CallGraph.from_bytes(zlib.compress(b'{"form": 3, "calls": []}'))
    for data in (b"no graph", zlib.compress(b"[]"), zlib.compress(b"{}"), zlib.compress(b'{"calls": [["web"]]}')):
        with pytest.raises(Malformed):
            CallGraph.from_bytes(data)


edges = st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"))
sightings = st.tuples(st.just("seen"), st.sets(edges, min_size=1))
statements = st.tuples(st.just("said"), st.dictionaries(edges, st.booleans(), min_size=1))
forgettings = st.tuples(st.just("without"), edges)


def told(graph: CallGraph, what: Any) -> CallGraph:
    kind, content = what
    if kind == "seen":
        return graph.with_seen(content, 5)
    return graph.with_said(content, BY, 5) if kind == "said" else graph.without(content)


@given(st.data(), st.lists(sightings, max_size=4), st.dictionaries(edges, st.booleans(), min_size=1))
def test_said_and_seen_in_any_order_come_to_the_same_book(
    data: st.DataObject, seen: list[Any], said: dict[tuple[str, str], bool]
) -> None:
    one_by_one = [("said", {edge: denied}) for edge, denied in said.items()]
    graphs = [reduce(told, data.draw(st.permutations([*seen, *one_by_one])), CallGraph()) for _ in range(2)]
    assert graphs[0] == graphs[1]
    assert graphs[0].edges(5) == graphs[1].edges(5)


@given(st.lists(st.one_of(sightings, statements, forgettings), max_size=12))
def test_a_denial_wins_until_the_same_call_is_declared_or_forgotten(events: list[Any]) -> None:
    graph, denied = CallGraph(), set[tuple[str, str]]()
    for kind, content in events:
        graph = told(graph, (kind, content))
        if kind == "said":
            denied = {edge for edge in denied | content.keys() if content.get(edge, True)}
        elif kind == "without":
            denied.discard(content)
        assert graph.denied == denied
        assert not graph.edges(5) & denied
        assert CallGraph.from_bytes(graph.to_bytes()) == graph
