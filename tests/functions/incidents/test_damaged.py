"""What is kept and cannot be read stops nobody: it is set aside, said, and kept for a person to look at."""

import json
from typing import Any

import pytest

from inframind import wiring
from inframind.incidents.board import Board
from inframind.incidents.knowledge.entries import Knowledge
from inframind.ports.incidents import IncidentQuery
from inframind.records import Role
from tests.conftest import Account, load_handler
from tests.contracts.signals import TEN, signal
from tests.functions.incidents.test_api import Ask, ask_api, send
from tests.functions.incidents.world import event

__all__ = ["ask_api"]

CUT = "{"
WEB = (signal("latency", service="web"), signal("errors", service="web", minute=1))
DB = (signal("locks", service="db"), signal("waits", service="db", minute=1))


def damage(account: Account, key: str, attribute: str) -> Any:
    """Cuts what is kept under the key off; what it is then."""
    cut = {"S": CUT} if attribute == "summary" else {"B": b"cut"}
    account.client("dynamodb").update_item(
        TableName=account.environment["INCIDENTS_TABLE"],
        Key={"pk": {"S": key}},
        UpdateExpression="SET #a = :cut",
        ExpressionAttributeNames={"#a": attribute},
        ExpressionAttributeValues={":cut": cut},
    )
    return cut


def aside(account: Account) -> dict[str, Any]:
    """What was set aside, by what it was."""
    items = account.client("dynamodb").scan(TableName=account.environment["INCIDENTS_TABLE"])["Items"]
    return {one["pk"]["S"].split("#", 1)[1]: one for one in items if one["pk"]["S"].startswith("damaged#")}


def counted(kind: str) -> int:
    return int(wiring.counters().read().get(("records_damaged_total", (("kind", kind),)), 0))


def ids() -> dict[str, str]:
    """Incidents by service."""
    return {one.services[0]: one.id for one in wiring.incidents().list(IncidentQuery(), 50).items}


def test_an_incident_that_cannot_be_read_holds_no_other_up_and_is_kept_before_its_place_is_taken(
    aws: Account, ask_api: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    send(*WEB)
    send(*DB)
    web = ids()["web"]
    cut = damage(aws, f"incident#{web}", "record")
    assert ask_api("GET", f"/incidents/{web}").status == 409
    send(signal("cpu", service="web", minute=2), signal("disk", service="db", minute=2))
    assert [one["title"] for one in ask_api("GET", f"/incidents/{ids()['db']}").json["signals"]][2:] == ["disk of db"]
    (name,) = aside(aws)
    assert name.startswith(f"incident#{web}#")
    assert (aside(aws)[name]["record"], "expires_at" in aside(aws)[name]) == (cut, False)
    assert ask_api("GET", f"/incidents/{web}").json["services"] == ["web"]
    assert counted("incident") == 2
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == ["record damaged"] * 2


def test_lists_go_on_without_what_cannot_be_read(aws: Account, ask_api: Ask) -> None:
    send(*WEB, signal("v1", service="web", kind="deployment"))
    send(*DB, signal("v2", service="db", kind="deployment"))
    damage(aws, f"incident#{ids()['web']}", "summary")
    deployments = wiring.incidents().deployments("web", 10).items
    damage(aws, f"deployment#{deployments[0].fingerprint}", "summary")
    assert [one["services"] for one in ask_api("GET", "/incidents").json["items"]] == [["db"]]
    assert [one["service"] for one in ask_api("GET", "/deployments").json["items"]] == ["db"]
    assert (counted("incident"), counted("deployment")) == (1, 1)


def test_knowledge_that_cannot_be_read_is_passed_over_and_never_replaced(aws: Account, ask_api: Ask) -> None:
    for name in ("one", "two"):
        wiring.knowledge().put(Knowledge(id=name, source="person", title=f"the pool {name}", at=TEN))
    cut = damage(aws, "knowledge#one", "summary")
    for path in ("/rca/knowledge", "/rca/knowledge?q=pool"):
        assert [one["id"] for one in ask_api("GET", path).json["items"]] == ["two"]
    assert ask_api("GET", "/rca/knowledge/one").status == 409
    assert counted("knowledge") == 3
    table = aws.environment["INCIDENTS_TABLE"]
    item = aws.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "knowledge#one"}})["Item"]
    assert item["summary"] == cut


def test_what_is_learnt_does_not_take_the_place_of_an_entry_that_cannot_be_read(aws: Account, ask_api: Ask) -> None:
    send(*WEB)
    web = ids()["web"]
    analyst = load_handler("incidents", "analyst")
    look = event(json.dumps({"look_at": web}))
    for path, body in (("feedback", {"feedback": "the pool"}), ("resolve", None)):
        assert ask_api("POST", f"/incidents/{web}/{path}", body).status == 200
    assert analyst.handler(look, None) == {"batchItemFailures": []}
    cut = damage(aws, f"knowledge#{web}", "summary")
    assert analyst.handler(look, None) == {"batchItemFailures": []}
    table = aws.environment["INCIDENTS_TABLE"]
    item = aws.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": f"knowledge#{web}"}})["Item"]
    assert (item["summary"], counted("knowledge")) == (cut, 1)


def test_a_board_that_cannot_be_read_is_set_aside_and_begun_anew(aws: Account, ask_api: Ask) -> None:
    send(*WEB)
    cut = damage(aws, "board", "board")
    for _ in range(2):
        send(*DB)
    assert set(ids()) == {"web", "db"}
    assert [one["board"] for one in aside(aws).values()] == [cut]
    assert counted("board") == 1
    assert ask_api("POST", f"/incidents/{ids()['web']}/resolve", role=Role.OPERATOR).status == 200


def test_a_cold_shard_that_cannot_be_read_is_set_aside_and_the_others_go_on(aws: Account, ask_api: Ask) -> None:
    send(*WEB)
    many = [signal(f"{place}-{n}", service=f"s{place}", minute=30) for place in range(21) for n in range(40)]
    send(*many)
    data = wiring.incidents().board().data
    assert data is not None
    places = Board.from_bytes(data).cold
    assert places
    for place in places:
        damage(aws, f"drawer#{place}", "drawer")
    send(*DB)
    send(signal("cpu", service="web", minute=2), signal("disk", service="web", minute=2))
    assert {"web", "db"} <= set(ids())
    assert any(name.startswith("drawer#") for name in aside(aws))
    assert counted("cold_shard") >= 1


@pytest.mark.parametrize(("key", "attribute"), [("board", "board"), ("drawer", "drawer")])
def test_an_item_without_its_bytes_is_set_aside_as_well(aws: Account, ask_api: Ask, key: str, attribute: str) -> None:
    send(*WEB)
    send(*(signal(f"{place}-{n}", service=f"s{place}", minute=30) for place in range(21) for n in range(40)))
    data = wiring.incidents().board().data
    assert data is not None
    keys = [f"drawer#{place}" for place in Board.from_bytes(data).cold] if key == "drawer" else [key]
    for one in keys:
        aws.client("dynamodb").update_item(
            TableName=aws.environment["INCIDENTS_TABLE"],
            Key={"pk": {"S": one}},
            UpdateExpression="REMOVE #a",
            ExpressionAttributeNames={"#a": attribute},
        )
    send(*DB)
    send(signal("cpu", service="web", minute=2), signal("disk", service="web", minute=2))
    assert {"web", "db"} <= set(ids())
    assert any(name.startswith(key) for name in aside(aws))
