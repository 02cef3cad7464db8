"""What every incident store does, on memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from inframind.adapters.incidents.dynamo_incidents import DynamoIncidents
from inframind.adapters.incidents.memory_incidents import MemoryIncidents
from inframind.errors import Conflict, Rejected, Unavailable
from inframind.ports.incidents import IncidentQuery, IncidentStore, Round, StoredBoard
from inframind.ports.paging import Page
from inframind.signals import Measurement
from tests.conftest import Account
from tests.contracts.incidents import incident
from tests.contracts.keys import strict
from tests.contracts.signals import signal

ANY = IncidentQuery()


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[IncidentStore]:
    if request.param == "memory":
        yield MemoryIncidents()
        return
    account: Account = request.getfixturevalue("aws")
    yield DynamoIncidents(strict(account.client("dynamodb")), account.environment["INCIDENTS_TABLE"], timedelta(days=1))


def test_at_first_there_is_nothing(store: IncidentStore) -> None:
    assert store.board() == StoredBoard(None, 0)
    assert store.get("a") is None
    assert store.list(ANY, 10).items == ()


def test_a_round_is_read_back_whole(store: IncidentStore) -> None:
    one = incident("a")
    assert store.commit(Round(b"board", 0, [one])) == 1
    assert store.board() == StoredBoard(b"board", 1)
    assert store.get("a") == one


def test_of_two_who_read_the_same_board_one_writes_and_nothing_of_the_other_is_kept(store: IncidentStore) -> None:
    store.commit(Round(b"first", 0))
    store.commit(Round(b"second", 1, [incident("a")]))
    with pytest.raises(Conflict):
        store.commit(Round(b"third", 1, [incident("b")], [signal("v2", kind="deployment")]))
    with pytest.raises(Conflict):
        store.commit(Round(b"fourth", 0))
    assert (store.board().data, store.get("b"), store.deployments(None, 9).items) == (b"second", None, ())


def test_cold_shards_go_with_the_board_and_those_never_written_are_not_there(store: IncidentStore) -> None:
    store.commit(Round(b"first", 0, cold={7: b"seven", 255: b"last"}))
    store.commit(Round(b"second", 1, cold={7: b""}))
    with pytest.raises(Conflict):
        store.commit(Round(b"third", 1, cold={255: b"too late"}))
    assert store.cold_shards([255, 0, 7]) == {7: b"", 255: b"last"}
    assert store.cold_shards([]) == {}


def test_many_are_read_together_and_those_that_are_not_there_are_left_out(store: IncidentStore) -> None:
    made = [incident(f"i{number}") for number in range(15)]
    store.commit(Round(b"board", 0, made))
    assert store.known(["gone", "i3", "x" * 3_000, "i14"]) == Page((made[3], made[14]))
    assert store.known([]) == Page(())


def test_an_incident_is_replaced_by_what_it_has_become(store: IncidentStore) -> None:
    store.commit(Round(b"1", 0, [incident("a")]))
    store.commit(Round(b"2", 1, [incident("a", status="resolved")]))
    (found,) = store.list(ANY, 10).items
    assert found.status == "resolved"
    assert store.list(IncidentQuery(status="open"), 10).items == ()


def test_ninety_incidents_of_a_full_size_are_one_round(store: IncidentStore) -> None:
    big = [
        incident(f"i{number}", signals=[signal(f"s{n}", detail="x" * 900) for n in range(40)]) for number in range(90)
    ]
    store.commit(Round(b"board", 0, big))
    assert store.get("i89") == big[-1]


def test_the_list_is_newest_first_in_pages_without_signals(store: IncidentStore) -> None:
    said = (Measurement(id="m", service="auth-api", score=0.9, words="accounts for 90 %"),)
    made = [incident(f"i{number}", minute=number, measurements=said) for number in range(7)]
    store.commit(Round(b"board", 0, made))
    names, cursor = [], None
    for _ in range(5):
        page = store.list(ANY, 3, cursor)
        assert not any((*one.signals, *one.timeline, *one.measurements) for one in page.items)
        names += [one.id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert names == [f"i{number}" for number in reversed(range(7))]


def test_the_list_is_filtered_by_status_service_and_severity(store: IncidentStore) -> None:
    store.commit(
        Round(
            b"board",
            0,
            [
                incident("a", severity="low"),
                incident("b", services=("web", "db")),
                incident("c", status="resolved", services=("db",)),
            ],
        )
    )
    found = {
        name: {one.id for one in store.list(query, 10).items}
        for name, query in {
            "low": IncidentQuery(severity="low"),
            "db": IncidentQuery(service="db"),
            "open db": IncidentQuery(service="db", status="open"),
            "d": IncidentQuery(service="d"),
        }.items()
    }
    assert found == {"low": {"a"}, "db": {"b", "c"}, "open db": {"b"}, "d": set()}


def test_deployments_are_listed_newest_first_and_by_service(store: IncidentStore) -> None:
    made = [signal(f"v{n}", minute=n, kind="deployment", service=f"s{n % 2}") for n in range(5)]
    store.commit(Round(b"board", 0, (), made))
    first = store.deployments(None, 3)
    rest = store.deployments(None, 3, first.cursor)
    assert [one.fingerprint for one in (*first.items, *rest.items)] == ["v4", "v3", "v2", "v1", "v0"]
    assert [one.fingerprint for one in store.deployments("s1", 9).items] == ["v3", "v1"]


def test_a_cursor_that_is_none_is_refused(store: IncidentStore) -> None:
    with pytest.raises(Rejected):
        store.list(ANY, 3, "ä")


def test_a_table_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = DynamoIncidents(aws.client("dynamodb"), "elsewhere", timedelta(days=1))
    calls = (store.board, lambda: store.get("x"), lambda: store.list(ANY, 1), lambda: store.commit(Round(b"", 0)))
    for call in calls:
        with pytest.raises(Unavailable, match="incidents table"):
            call()


def test_an_id_longer_than_any_key_of_a_table_is_not_found(store: IncidentStore) -> None:
    assert store.get("x" * 3_000) is None
