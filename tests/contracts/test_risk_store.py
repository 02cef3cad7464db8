"""What every risk store does, on memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from inframind.adapters.risk.dynamo_risk import DynamoRisk
from inframind.adapters.risk.memory_risk import MemoryRisk
from inframind.errors import Unavailable
from inframind.facts import RiskRaised
from inframind.ports.risk import KeptRisk, RiskStore
from inframind.records import RiskLevel
from tests.conftest import Account
from tests.contracts.anomalies import NOON

LOW = KeptRisk(RiskLevel.LOW, NOON)
HIGH = KeptRisk(RiskLevel.HIGH, NOON + timedelta(minutes=1))
RAISED = RiskRaised(
    id="f" * 32,
    occurred_at=HIGH.at,
    resource_id="web-1",
    level=RiskLevel.HIGH,
    previous_level=RiskLevel.LOW,
    risk_score=0.73,
    explanation="High risk.",
)
OWING = KeptRisk(HIGH.level, HIGH.at, RAISED)


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[RiskStore]:
    if request.param == "memory":
        yield MemoryRisk()
        return
    account: Account = request.getfixturevalue("aws")
    yield DynamoRisk(account.client("dynamodb"), account.environment["RISK_TABLE"])


def test_nothing_is_kept_of_a_resource_never_assessed(store: RiskStore) -> None:
    assert store.get("web-1") is None


def test_what_is_kept_is_read_back_with_what_is_owed(store: RiskStore) -> None:
    assert store.move("web-1", None, OWING)
    assert store.get("web-1") == OWING
    assert store.get("web-2") is None


def test_of_two_who_move_from_the_same_place_one_wins(store: RiskStore) -> None:
    assert store.move("web-1", None, LOW)
    assert not store.move("web-1", None, HIGH)
    assert store.move("web-1", LOW, OWING)
    assert not store.move("web-1", LOW, HIGH)
    assert store.get("web-1") == OWING


def test_a_debt_is_settled_once(store: RiskStore) -> None:
    store.move("web-1", None, OWING)
    assert store.move("web-1", OWING, HIGH)
    assert not store.move("web-1", OWING, HIGH)
    assert store.get("web-1") == HIGH


def test_the_assessor_finds_where_it_stopped(store: RiskStore) -> None:
    assert store.stopped_after() is None
    store.stop_after("web-1")
    assert store.stopped_after() == "web-1"
    store.stop_after(None)
    assert store.stopped_after() is None


def test_a_resource_may_be_called_anything(store: RiskStore) -> None:
    store.stop_after("web-1")
    assert store.move("assessor", None, LOW)
    assert store.get("assessor") == LOW
    assert store.stopped_after() == "web-1"


def test_a_table_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = DynamoRisk(aws.client("dynamodb"), "elsewhere")
    for call in (lambda: store.get("x"), lambda: store.move("x", None, LOW), lambda: store.stop_after("x")):
        with pytest.raises(Unavailable, match="risk table"):
            call()
