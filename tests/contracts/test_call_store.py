"""What every store of the call graph does, in memory and on DynamoDB."""

import random

import pytest

from inframind import wiring
from inframind.adapters.topology.dynamo_calls import DynamoCalls
from inframind.adapters.topology.memory_calls import MemoryCalls
from inframind.errors import Conflict, Unavailable
from inframind.ports.topology import CallStore, StoredCalls
from inframind.topology.call_graph import MOST_SAID, CallGraph
from inframind.usecases.topology.call_graph import revised
from tests.conftest import Account


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: Account) -> CallStore:
    if request.param == "memory":
        return MemoryCalls()
    return DynamoCalls(aws.client("dynamodb"), aws.environment["INCIDENTS_TABLE"])


def test_there_is_no_graph_until_one_is_kept(store: CallStore) -> None:
    assert store.load() == StoredCalls(None, 0)
    assert store.save(b"first", 0) == 1
    assert store.load() == StoredCalls(b"first", 1)
    assert store.save(b"second", 1) == 2
    assert store.load() == StoredCalls(b"second", 2)


@pytest.mark.parametrize("version", [0, 1, 7])
def test_of_two_who_read_the_same_graph_one_writes(store: CallStore, version: int) -> None:
    store.save(b"first", 0)
    store.save(b"second", 1)
    with pytest.raises(Conflict):
        store.save(b"late", version)
    assert store.load() == StoredCalls(b"second", 2)


def test_a_writer_and_a_person_who_meet_lose_nothing_of_each_other(
    store: CallStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody declares a call just as a writer has read the graph to enter another."""
    monkeypatch.setattr(wiring, "calls", lambda: store)
    said = iter([CallGraph().with_said({("web", "auth"): False, ("web", "mail"): True}, "0123456789ab", 1)])

    def learning(graph: CallGraph) -> CallGraph:
        for one in said:
            store.save(one.to_bytes(), store.load().version)
        return graph.with_seen([("auth", "db"), ("web", "mail")], 2)

    _, after = revised(learning)
    assert after.edges(3) == {("web", "auth"), ("auth", "db")}
    assert store.load() == StoredCalls(after.to_bytes(), 2)


def test_the_largest_graph_is_kept(store: CallStore) -> None:
    chance = random.Random(0)
    names = ["".join(chr(chance.randrange(0xA1, 0x7FF)) for _ in range(47)) for _ in range(2_000)]  # compress worst
    graph = CallGraph()
    for first in range(0, len(names), 50):
        graph = graph.with_seen([(f"{first}", name) for name in names[first : first + 50]], 1)
    full = graph.with_said(
        {("web", name): True for name in (one[::-1] for one in names[:MOST_SAID])}, "0123456789ab", 1
    )
    assert (len(full.seen), len(full.said)) == (2_000, MOST_SAID)
    store.save(full.to_bytes(), 0)
    assert CallGraph.from_bytes(store.load().data or b"") == full


def test_a_table_that_is_not_there_is_unavailable(aws: Account) -> None:
    store = DynamoCalls(aws.client("dynamodb"), "elsewhere")
    with pytest.raises(Unavailable):
        store.load()
    with pytest.raises(Unavailable):
        store.save(b"graph", 0)
