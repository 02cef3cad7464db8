"""A detector that cannot be read stops nobody: it is said, the others are followed, and it is kept as it is."""

from typing import Any

import pytest

from inframind import wiring
from inframind.detection.detectors.detector import Detector
from inframind.ports.detection import AnomalyQuery
from tests.conftest import Account, load_handler
from tests.contracts.anomalies import NOON as NOON_AT
from tests.detection.frames import flat, recent
from tests.functions.detection.world import ALL_WELL, body, event

CUT = '{"id": "half of i'


def ask(name: str, **asked: Any) -> None:
    wiring.detectors().create(Detector(id=name, created_at=NOON_AT, updated_at=NOON_AT, **asked))


def test_a_scorer_follows_the_detectors_that_can_be_read_and_counts_the_other(
    aws: Account, caplog: pytest.LogCaptureFixture
) -> None:
    ask("muted", resource="web-1", enabled=False)
    ask("broken", resource="web-2", enabled=False)
    table, client = aws.environment["DETECTORS_TABLE"], aws.client("dynamodb")
    (key,) = (one for one in client.scan(TableName=table)["Items"] if one["sk"]["S"] == "broken")
    damaged = {"pk": key["pk"], "sk": key["sk"], "record": {"S": CUT}}
    client.put_item(TableName=table, Item=damaged)
    scorer = load_handler("detection", "scorer")
    for frame in (recent(), recent("web-2"), flat(95.0), flat(95.0, "web-2")):
        assert scorer.handler(event((body(frame), 0)), None) == ALL_WELL
    assert [one.resource_id for one in wiring.anomalies().list(AnomalyQuery(), 10).items] == ["web-2"]
    assert wiring.counters().read()[("records_damaged_total", (("kind", "detector"),))] >= 1
    assert "record damaged" in [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert client.get_item(TableName=table, Key={"pk": key["pk"], "sk": key["sk"]})["Item"] == damaged
