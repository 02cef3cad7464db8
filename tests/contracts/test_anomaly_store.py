"""What every anomaly store does, on memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from inframind.adapters.detection import dynamo_anomalies
from inframind.adapters.detection.dynamo_anomalies import DynamoAnomalies
from inframind.adapters.detection.memory_anomalies import MemoryAnomalies
from inframind.errors import Rejected, Unavailable
from inframind.ports.detection import AnomalyQuery, AnomalyStore
from inframind.ports.paging import Page
from inframind.records import Anomaly, Feedback, Severity
from tests.conftest import Account
from tests.contracts.anomalies import NOON, anomaly
from tests.contracts.keys import strict

KEPT = timedelta(days=90)
ALL = AnomalyQuery()
LONG = "x" * 3_000
SAID = Feedback(verdict="normal", comment="The backup.", by="0123456789ab", at=NOON)


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[AnomalyStore]:
    if request.param == "memory":
        yield MemoryAnomalies()
        return
    account: Account = request.getfixturevalue("aws")
    yield DynamoAnomalies(strict(account.client("dynamodb")), account.environment["ANOMALIES_TABLE"], KEPT)


def everything(store: AnomalyStore, query: AnomalyQuery, limit: int) -> list[Anomaly]:
    found: list[Anomaly] = []
    cursor = None
    for _ in range(100):
        page = store.list(query, limit, cursor)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the list never ends")


def test_a_kept_anomaly_is_found_again_and_an_unknown_one_is_not(store: AnomalyStore) -> None:
    store.put([anomaly(1), anomaly(2)])
    assert store.get(anomaly(1).id) == anomaly(1)
    assert store.get("0" * 32) is None


def test_many_are_found_at_once_and_those_that_are_not_there_are_left_out(store: AnomalyStore) -> None:
    some = [anomaly(minute) for minute in range(230)]
    store.put(some)
    wanted = [one.id for one in some] + ["0" * 32, LONG]
    assert store.known(wanted) == {one.id: one for one in some}
    assert store.known([]) == {}


def test_putting_again_changes_nothing_and_clearing_replaces(store: AnomalyStore) -> None:
    cleared = anomaly(1, phase="cleared", cleared_at=NOON)
    store.put([anomaly(1)])
    store.put([anomaly(1)])
    assert everything(store, ALL, 10) == [anomaly(1)]
    store.put([cleared])
    assert everything(store, ALL, 10) == [cleared]


@pytest.mark.parametrize("together", [True, False])
def test_an_open_anomaly_never_replaces_a_cleared_one(store: AnomalyStore, together: bool) -> None:
    cleared = anomaly(1, phase="cleared", cleared_at=NOON)
    if together:
        store.put([anomaly(1), cleared])
    else:
        store.put([cleared])
        store.put([anomaly(2), anomaly(1)])
        assert store.get(anomaly(2).id) == anomaly(2)
    assert store.get(cleared.id) == cleared


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_all_are_listed_once_each_newest_first_whatever_the_page(store: AnomalyStore, limit: int) -> None:
    made = [anomaly(minute, f"web-{minute % 3}") for minute in range(23)]
    store.put(made)
    assert everything(store, ALL, limit) == made[::-1]


@pytest.mark.parametrize("limit", [1, 4, 50])
def test_one_resource_is_listed_alone(store: AnomalyStore, limit: int) -> None:
    store.put([anomaly(minute, f"web-{minute % 3}") for minute in range(12)])
    found = everything(store, AnomalyQuery(resource="web-1"), limit)
    assert [one.detected_at.minute for one in found] == [10, 7, 4, 1]


@pytest.mark.parametrize("resource", [None, "web-1"])
@pytest.mark.parametrize(("first", "end", "minutes"), [(2, 5, [4, 3, 2]), (5, 5, []), (9, 20, [9]), (-5, 1, [0])])
def test_since_is_within_and_until_is_not(
    store: AnomalyStore, resource: str | None, first: int, end: int, minutes: list[int]
) -> None:
    store.put([anomaly(minute) for minute in range(10)])
    since, until = (NOON + timedelta(minutes=minute) for minute in (first, end))
    found = everything(store, AnomalyQuery(resource=resource, since=since, until=until), 2)
    assert [one.detected_at.minute for one in found] == minutes


def test_severity_and_phase_filter(store: AnomalyStore) -> None:
    store.put([anomaly(1, severity=Severity.HIGH), anomaly(2), anomaly(3, phase="cleared", cleared_at=NOON)])
    assert [one.detected_at.minute for one in everything(store, AnomalyQuery(severity=Severity.CRITICAL), 1)] == [3, 2]
    assert [one.detected_at.minute for one in everything(store, AnomalyQuery(phase="open"), 1)] == [2, 1]


@pytest.mark.parametrize("resource", [None, "web-1"])
def test_a_rare_severity_is_found_behind_many_others(
    store: AnomalyStore, resource: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamo_anomalies, "EXAMINED", 5)
    store.put([anomaly(minute, severity=Severity.MEDIUM if minute else Severity.CRITICAL) for minute in range(90)])
    assert everything(store, AnomalyQuery(resource=resource, severity=Severity.CRITICAL), 1) == [anomaly(0)]


def test_a_filtered_list_stays_in_order_where_each_query_looks_at_few(
    store: AnomalyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamo_anomalies, "EXAMINED", 3)
    store.put([anomaly(minute, severity=Severity.HIGH if minute % 7 else Severity.CRITICAL) for minute in range(60)])
    found = everything(store, AnomalyQuery(severity=Severity.CRITICAL), 3)
    assert [one.detected_at.minute for one in found] == [56, 49, 42, 35, 28, 21, 14, 7, 0]


def test_anomalies_of_one_moment_are_all_listed(store: AnomalyStore) -> None:
    made = [anomaly(0, f"web-{i}") for i in range(9)]
    store.put(made)
    assert sorted(one.resource_id for one in everything(store, ALL, 2)) == [f"web-{i}" for i in range(9)]


def test_a_cursor_that_was_not_made_here_is_refused(store: AnomalyStore) -> None:
    with pytest.raises(Rejected, match="cursor"):
        store.list(ALL, 2, "\u00e9")


def test_retention_counts_from_the_write_so_that_old_data_can_be_looked_at(aws: Account) -> None:
    def clock() -> datetime:
        return NOON + timedelta(days=4000)

    table = aws.environment["ANOMALIES_TABLE"]
    DynamoAnomalies(aws.client("dynamodb"), table, KEPT, clock).put([anomaly()])
    (item,) = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert int(item["expires_at"]["N"]) == int((NOON + timedelta(days=4090)).timestamp())


def test_a_table_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = DynamoAnomalies(aws.client("dynamodb"), "elsewhere", KEPT)
    for call in (lambda: store.get("x"), lambda: store.put([anomaly()]), lambda: store.list(ALL, 1)):
        with pytest.raises(Unavailable, match="anomalies table"):
            call()


def test_feedback_is_kept_with_an_anomaly_and_outlives_its_clearing(store: AnomalyStore) -> None:
    store.put([anomaly(1)])
    judged = store.judge(anomaly(1).id, SAID)
    assert judged == anomaly(1, feedback=SAID) == store.get(anomaly(1).id)
    cleared = anomaly(1, phase="cleared", cleared_at=NOON)
    store.put([cleared])
    assert everything(store, ALL, 10) == [cleared.model_copy(update={"feedback": SAID})]


def test_feedback_on_an_unknown_anomaly_keeps_nothing(store: AnomalyStore) -> None:
    assert store.judge("nothing", SAID) is None
    assert everything(store, ALL, 10) == []


def test_an_id_longer_than_any_key_of_a_table_is_not_found(store: AnomalyStore) -> None:
    assert store.get(LONG) is None
    assert store.judge(LONG, SAID) is None
    assert store.list(AnomalyQuery(resource=LONG), 10) == Page(())
