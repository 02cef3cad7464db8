"""What every ledger, board, gauge and secret store of notification does, in memory and on AWS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from inframind.adapters.notification.dynamo_board import DynamoBoard
from inframind.adapters.notification.dynamo_notices import DynamoNotices
from inframind.adapters.notification.dynamo_storms import DynamoStorms
from inframind.adapters.notification.memory_notices import MemoryBoard, MemoryNotices, MemoryStorms
from inframind.adapters.notification.memory_secrets import MemorySecrets
from inframind.adapters.notification.ssm_secrets import SsmSecrets
from inframind.errors import Damaged, Unavailable
from inframind.notification.channels import Channel
from inframind.notification.notices import DeliveryRecord
from inframind.ports.notification import IncidentBoard, NoticeLedger, SecretStore, StormGauge
from inframind.signals import Incident
from tests.conftest import Account
from tests.contracts.keys import strict
from tests.notification.incidents import OPENED, at, incident, opened

TABLE = "notification"
KEPT = timedelta(days=365)
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


@dataclass(frozen=True)
class Stores:
    ledger: NoticeLedger
    board: IncidentBoard
    storms: StormGauge
    secrets: SecretStore


@pytest.fixture(params=["memory", "aws"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        yield Stores(MemoryNotices(), MemoryBoard(), MemoryStorms(), MemorySecrets())
        return
    with mock_aws():
        client = strict(boto3.client("dynamodb", **KEYS))
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Stores(
            DynamoNotices(client, TABLE, KEPT),
            DynamoBoard(client, TABLE, KEPT),
            DynamoStorms(client, TABLE),
            SsmSecrets(boto3.client("ssm", **KEYS), "/stack/notification"),
        )


def record(channel: str = "c") -> DeliveryRecord:
    return DeliveryRecord(incident_id="inc-1", channel_id=channel)


def channel(name: str) -> Channel:
    return Channel(id=name, name=name, kind="email", created_at=OPENED, updated_at=OPENED)


def test_of_two_who_would_tell_the_same_one_may(stores: Stores) -> None:
    assert [stores.ledger.claim(record(), OPENED), stores.ledger.claim(record(), at(1))] == [True, False]
    assert stores.ledger.claim(record("other"), OPENED)


def test_what_was_told_cannot_be_claimed_by_whoever_read_before(stores: Stores) -> None:
    stores.ledger.claim(record(), OPENED)
    after = record().and_of(opened(), "17.4")
    stores.ledger.keep(after, OPENED)
    assert stores.ledger.record("inc-1", "c") == after
    assert not stores.ledger.claim(record(), at(1))
    assert stores.ledger.claim(after, at(1))


def test_a_released_or_lapsed_claim_is_free_again(stores: Stores) -> None:
    stores.ledger.claim(record(), OPENED)
    stores.ledger.release(record())
    assert stores.ledger.claim(record(), OPENED)
    assert not stores.ledger.claim(record(), OPENED + timedelta(seconds=80))
    assert stores.ledger.claim(record(), OPENED + timedelta(seconds=100))


def test_everybody_who_knows_of_an_incident_is_found_and_of_a_mere_claim_that_it_may(stores: Stores) -> None:
    for name in ("a", "b"):
        stores.ledger.keep(record(name).and_of(opened(), None), OPENED)
    stores.ledger.claim(record("c"), OPENED)
    found = {one.channel_id: (one.is_told, one.is_doubtful) for one in stores.ledger.records("inc-1")}
    assert found == {"a": (True, False), "b": (True, False), "c": (False, True)}
    stores.ledger.release(record("c"))
    assert stores.ledger.record("inc-1", "c").is_doubtful
    assert stores.ledger.claim(stores.ledger.record("inc-1", "c"), OPENED)
    assert stores.ledger.records("inc-2") == []


def opened_of(stores: Stores) -> list[Incident]:
    found = [stores.board.open(name) for name in stores.board.listed()]
    assert stores.board.open("unknown") is None
    return [one for one in found if one]


def test_the_board_keeps_the_newest_state_and_lists_what_is_open(stores: Stores) -> None:
    later = incident(changed_at=at(5), severity="critical")
    assert stores.board.note(later, at(5)) == later
    assert stores.board.note(incident(), at(6)) == later
    assert opened_of(stores) == [later]
    over = incident(changed_at=at(9), status="resolved")
    stores.board.note(over, at(9))
    assert opened_of(stores) == []
    assert stores.board.note(later, at(10)) == over
    assert opened_of(stores) == []


@pytest.fixture
def damaged(aws: Account) -> tuple[DynamoNotices, DynamoBoard, Any]:
    """A ledger and a board whose records of one incident cannot be read, and the client."""
    client, table = aws.client("dynamodb"), aws.environment["NOTIFICATION_TABLE"]
    ledger, board = DynamoNotices(client, table, KEPT), DynamoBoard(client, table, KEPT)
    ledger.keep(record().and_of(opened(), None), OPENED)
    board.note(incident(), OPENED)
    for pk, sk in (("told#inc-1", "c"), ("incident#inc-1", "state")):
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #r = :cut",
            ExpressionAttributeNames={"#r": "record"},
            ExpressionAttributeValues={":cut": {"S": "{"}},
        )
    return ledger, board, client


def aside(client: Any) -> dict[str, Any]:
    items = client.scan(TableName="NotificationTable")["Items"]
    return {one["pk"]["S"]: one for one in items if one["pk"]["S"].startswith("damaged#")}


def test_what_was_told_and_cannot_be_read_is_kept_elsewhere_and_in_doubt_then(
    damaged: tuple[DynamoNotices, DynamoBoard, Any],
) -> None:
    ledger, _, client = damaged
    with pytest.raises(Damaged, match="cannot be read"):
        ledger.record("inc-1", "c")
    assert [one.is_doubtful for one in ledger.records("inc-1")] == [True]
    for _ in range(2):
        ledger.set_aside("inc-1", "c")
    assert ledger.record("inc-1", "c") == record().model_copy(update={"is_doubtful": True})
    assert ledger.claim(record(), at(1))
    copy = aside(client)["damaged#told#inc-1"]
    assert (copy["record"], "expires_at" in copy) == ({"S": "{"}, False)


def test_a_state_that_cannot_be_read_is_kept_elsewhere_and_unknown_then(
    damaged: tuple[DynamoNotices, DynamoBoard, Any],
) -> None:
    _, board, client = damaged
    with pytest.raises(Damaged, match="cannot be read"):
        board.open("inc-1")
    with pytest.raises(Damaged, match="cannot be read"):
        board.note(incident(), at(1))
    for _ in range(2):
        board.set_aside("inc-1")
    assert board.note(incident(), at(1)) == incident()
    assert board.open("inc-1") == incident()
    assert aside(client)["damaged#incident#inc-1"]["record"] == {"S": "{"}


def test_what_somebody_else_has_made_readable_meanwhile_is_not_set_aside(
    damaged: tuple[DynamoNotices, DynamoBoard, Any],
) -> None:
    ledger, board, client = damaged
    told, acknowledged = record().and_of(opened(), "17.42"), incident(changed_at=at(9), status="acknowledged")
    ledger.set_aside("inc-1", "c")
    ledger.keep(told, at(1))
    board.set_aside("inc-1")
    board.note(acknowledged, at(9))
    ledger.set_aside("inc-1", "c")
    board.set_aside("inc-1")
    assert ledger.record("inc-1", "c") == told
    assert board.open("inc-1") == acknowledged
    assert len(aside(client)) == 2


def test_a_gauge_counts_each_channel_over_windows_of_five_minutes(stores: Stores) -> None:
    counts = [stores.storms.count(name, at(minute)) for name, minute in (("a", 0), ("a", 1), ("b", 1), ("a", 5))]
    assert counts == [1, 2, 1, 1]


def test_what_is_put_by_twice_is_one_line_and_forgotten_once_told(stores: Stores) -> None:
    for name in ("n1", "n2", "n1"):
        stores.storms.put_by("a", name, f"line of {name}")
    assert stores.storms.gathered("a") == {"n1": "line of n1", "n2": "line of n2"}
    stores.storms.forget("a", ["n1"])
    assert stores.storms.gathered("a") == {"n2": "line of n2"}
    assert stores.storms.gathered("b") == {}


def test_secrets_are_kept_replaced_and_forgotten(stores: Stores) -> None:
    assert stores.secrets.read("c") == {}
    stores.secrets.write("c", {"webhook_url": "https://a"})
    stores.secrets.write("c", {"bot_token": "t"})
    assert stores.secrets.read("c") == {"bot_token": "t"}
    stores.secrets.delete("c")
    stores.secrets.delete("c")
    assert stores.secrets.read("c") == {}


def test_a_secret_is_a_secure_string() -> None:
    with mock_aws():
        client = boto3.client("ssm", **KEYS)
        SsmSecrets(client, "/stack/notification").write("c", {"bot_token": "xoxb"})
        found = client.get_parameter(Name="/stack/notification/c")["Parameter"]
    assert found["Type"] == "SecureString"


def test_a_table_that_is_gone_is_unavailable() -> None:
    with mock_aws(), pytest.raises(Unavailable, match="notification table"):
        DynamoNotices(boto3.client("dynamodb", **KEYS), "none", KEPT).record("i", "c")
