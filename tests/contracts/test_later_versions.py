"""What a later version has kept or sent is read by this one: versions run side by side while one is deployed."""

import json
import zlib
from typing import Any

from inframind import wiring
from inframind.detection.detectors.detector import Detector
from inframind.facts import AnomalyFound, IncidentChanged
from inframind.incidents import signal_messages
from inframind.incidents.board import Board, OpenIncident
from inframind.incidents.correlation.cold_storage import ColdIncident, ColdShard
from inframind.notification.envelope import incident_of
from inframind.notification.notices import DeliveryRecord
from inframind.notification.silences import Silence
from inframind.ports.incidents import IncidentQuery, Round
from inframind.records import AuditRecord, KeyChange
from tests.conftest import Account
from tests.contracts.anomalies import NOON, anomaly
from tests.contracts.builds import log, started
from tests.contracts.incidents import TEN_MS, incident
from tests.contracts.signals import TEN, signal

TABLES = ("ANOMALIES_TABLE", "DETECTORS_TABLE", "INCIDENTS_TABLE", "BUILDS_TABLE", "NOTIFICATION_TABLE", "ACCESS_TABLE")
KEPT = {"id": "a", "created_at": NOON, "updated_at": NOON}
OPEN = Board(open={"i": OpenIncident(id="i", opened_ms=TEN_MS)})


def later(text: str) -> str:
    """The same JSON as a later version might write it: with a field more in every object that holds an id."""
    return json.dumps(json.loads(text, object_hook=_with_more))


def _with_more(found: dict[str, Any]) -> dict[str, Any]:
    return found | ({"field_of_tomorrow": 1} if {"id", "at", "incident_id"} & found.keys() else {})


def rewrite(aws: Account) -> int:
    """Lets every record in the tables be one of a later version; returns how many there are."""
    client, count = aws.client("dynamodb"), 0
    for table in (aws.environment[name] for name in TABLES):
        for item in client.scan(TableName=table)["Items"]:
            records = {name: _later(value) for name, value in item.items() if name in ("record", "summary", "board")}
            client.put_item(TableName=table, Item=item | records)
            count += sum(value != item[name] for name, value in records.items())
    return count


def _later(value: dict[str, Any]) -> dict[str, Any]:
    if "S" in value:
        return {"S": later(value["S"])}
    return {"B": zlib.compress(later(zlib.decompress(value["B"]).decode()).encode())}


def test_records_of_a_later_version_are_read(aws: Account) -> None:
    detector, silence = Detector(**KEPT), Silence(**KEPT, comment="works", ends_at=TEN, created_by="k")
    wiring.detectors().create(detector)
    wiring.silences().create(silence)
    wiring.anomalies().put([anomaly()])
    wiring.builds().save(log(started()), 0)
    wiring.board().note(incident("i"), TEN)
    deployment = signal("v2", kind="deployment")
    wiring.incidents().commit(Round(OPEN.to_bytes(), 0, (incident("i"),), (deployment,)))
    said = AuditRecord(at=NOON, actor="k", action="silence.created", subject="a", detail="")
    wiring.key_store().change(KeyChange(record=said))
    wiring.notices().keep(delivered := DeliveryRecord(incident_id="i", channel_id="c", reasons=("opened",)), TEN)
    assert rewrite(aws) >= 10
    assert wiring.notices().record("i", "c") == delivered
    assert wiring.notices().claim(delivered, TEN)
    assert (wiring.detectors().all().items, wiring.silences().get("a")) == ((detector,), silence)
    assert wiring.anomalies().get(anomaly().id) == anomaly()
    assert wiring.builds().get("run-1") is not None
    assert wiring.board().open("i") == incident("i")
    assert wiring.incidents().get("i") == incident("i")
    assert [one.id for one in wiring.incidents().list(IncidentQuery(), 10).items] == ["i"]
    assert wiring.incidents().deployments(None, 10).items == (deployment,)
    assert wiring.key_store().audit(10).items == (said,)
    data = wiring.incidents().board().data
    assert data is not None
    assert Board.from_bytes(data) == OPEN


def test_a_cold_shard_of_a_later_version_is_read() -> None:
    shard = ColdShard(incidents={"i": ColdIncident(entry=OPEN.open["i"], conditions={})})
    data = zlib.compress(later(zlib.decompress(shard.to_bytes()).decode()).encode())
    assert ColdShard.from_bytes(data) == shard


def test_messages_of_a_later_version_are_read() -> None:
    changed = IncidentChanged(id="f", occurred_at=TEN, incident=incident("i"), reason="grew")
    assert incident_of(_event(changed)) == incident("i")
    sign = signal("latency")
    assert signal_messages.signals(later(json.dumps({"signals": [sign.model_dump(mode="json")]}))) == [sign]
    (found,) = signal_messages.signals(_event(AnomalyFound(id="f", occurred_at=NOON, anomaly=anomaly())))
    assert found == signal_messages.of_anomaly(anomaly())


def _event(fact: IncidentChanged | AnomalyFound) -> str:
    return later(json.dumps({"detail-type": type(fact).__name__, "detail": fact.model_dump(mode="json")}))
