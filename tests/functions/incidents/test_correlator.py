"""The correlator opens one incident, loses no fact, and ends what is over."""

import contextlib
import json
from datetime import timedelta
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.incidents import dynamo_incidents
from inframind.errors import Conflict, Unavailable
from inframind.facts import AnomalyFound
from inframind.incidents.board import Board
from inframind.ports.incidents import IncidentQuery, Round
from inframind.records import Anomaly, Severity
from inframind.settings import settings
from inframind.usecases import clock
from tests.conftest import Account
from tests.contracts.signals import TEN, signal
from tests.functions.fuse import Fuse, Killed
from tests.functions.incidents.world import World, body, correlator, event

PAIR = (signal("latency", severity="critical"), signal("errors", minute=1))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    return World(monkeypatch)


def anomaly(**changes: Any) -> Anomaly:
    return Anomaly.model_validate(
        {
            "id": "f01b2832f156891d58aa769373a93cb2",
            "resource_id": "auth-api",
            "metric_name": "api_latency_ms",
            "labels": {"environment": "production"},
            "detected_at": TEN,
            "current_value": 1500.0,
            "baseline_mean": 108.0,
            "baseline_std_dev": 5.74,
            "band_low": 90.0,
            "band_high": 126.0,
            "z_score": 242.29,
            "deviation_percent": 1284.0,
            "score": 60.0,
            "severity": Severity.CRITICAL,
            "direction": "up",
            "kind": "spike",
            "explanation": "api_latency_ms of auth-api jumped up",
            "algorithm": "bank_v1",
        }
        | changes
    )


def on_the_bus(found: Anomaly) -> str:
    """The fact as EventBridge puts it into the queue."""
    fact = AnomalyFound(id=found.id, occurred_at=found.detected_at, anomaly=found)
    return json.dumps({"detail-type": "AnomalyFound", "detail": fact.model_dump(mode="json")})


def test_signals_become_an_incident_that_is_announced_once_however_often_they_are_delivered(world: World) -> None:
    for _ in range(3):
        assert world.send(*PAIR) == {"batchItemFailures": []}
    assert world.stories() == ["IncidentOpened"]
    (incident,) = world.kept()
    assert (incident.severity, incident.signal_count, incident.status) == ("critical", 2, "open")
    assert world.counters.read()[("signals_correlated_total", ())] == 2


def test_incidents_are_counted_once_by_what_became_of_them(world: World) -> None:
    world.send(*PAIR, signal("cpu", service="db", minute=40), signal("disk", service="db", minute=40))
    world.send(signal("a", minute=20), signal("b", minute=20))
    for _ in range(2):
        world.send(signal("between", minute=10))
        world.send(*(signal(name, service="db", minute=41, status="resolved") for name in ("cpu", "disk")))
    world.pass_minutes(7)
    counts = world.counters.read()
    assert counts[("incidents_opened_total", (("severity", "critical"),))] == 1
    assert counts[("incidents_opened_total", (("severity", "medium"),))] == 2
    assert counts[("incidents_merged_total", ())] == 1
    assert counts[("incidents_resolved_total", ())] == 1


def test_the_same_event_twice_leaves_the_same_world(world: World) -> None:
    bodies = (on_the_bus(anomaly()), body([PAIR[1]]))
    world.deliver(*bodies)
    once = (world.incidents.board(), world.kept(), world.told())
    world.deliver(*bodies)
    assert (world.incidents.board(), world.kept(), world.told()) == once


def test_a_fact_of_the_bus_is_a_signal_of_the_service_that_its_labels_name(world: World) -> None:
    other = anomaly(id="b" * 32, resource_id="pod-1", labels={"service": "auth-api"})
    world.deliver(on_the_bus(anomaly()), on_the_bus(other))
    (incident,) = world.kept()
    assert incident.services == ("auth-api",)


def test_what_is_no_signal_is_counted_and_holds_nothing_up(world: World) -> None:
    bodies = ("no json", "[]", "{}", '{"signals": [{}]}', '{"detail-type": "AnomalyFound", "detail": 7}')
    assert world.deliver(*bodies, body(PAIR)) == {"batchItemFailures": []}
    assert world.counters.read()[("signals_refused_total", ())] == len(bodies)
    assert world.stories() == ["IncidentOpened"]


def test_an_incident_ends_when_all_its_signals_have_cleared_and_stayed_so(world: World) -> None:
    world.send(*PAIR)
    world.send(*(signal(one.fingerprint, minute=2, status="resolved") for one in PAIR))
    world.pass_minutes(4)
    assert world.stories() == ["IncidentOpened"]
    world.pass_minutes(2)
    assert world.stories() == ["IncidentOpened", "IncidentResolved"]
    (incident,) = world.kept()
    assert incident.status == "resolved"
    assert world.board().open == {}


def test_a_signal_that_flaps_holds_its_incident_open(world: World) -> None:
    world.send(*PAIR)
    for minute in range(2, 12, 2):
        world.send(*(signal(one.fingerprint, minute=minute, status="resolved") for one in PAIR))
        world.pass_minutes(2)
        world.send(signal("latency", minute=minute + 1))
    world.pass_minutes(5)
    assert world.stories() == ["IncidentOpened"]


def test_an_anomaly_ends_when_its_store_says_so(world: World) -> None:
    world.send(signal("v2", minute=-8, kind="deployment", severity="low"))
    world.deliver(on_the_bus(anomaly()))
    world.anomalies.put([anomaly()])
    world.pass_minutes(10)
    assert world.stories() == ["IncidentOpened"]
    world.anomalies.put([anomaly(phase="cleared", cleared_at=TEN + timedelta(minutes=9))])
    world.pass_minutes(7)
    assert world.stories() == ["IncidentOpened", "IncidentResolved"]


def test_what_opened_an_incident_that_is_over_does_not_open_it_again_and_something_new_does(world: World) -> None:
    test_an_incident_ends_when_all_its_signals_have_cleared_and_stayed_so(world)
    world.send(PAIR[1], PAIR[0])
    assert len(world.kept()) == 1
    world.send(signal("latency", minute=10), signal("errors", minute=10))
    assert [one.status for one in world.kept()] == ["open", "resolved"]


def test_a_reminder_that_is_early_is_sent_again_and_one_that_is_out_of_date_is_not(world: World) -> None:
    world.send(*PAIR)
    ((due, delay),) = world.signal_queue.reminders
    assert delay == 60
    world.deliver(json.dumps({"look": due}), json.dumps({"look": due - 1}))
    assert world.signal_queue.reminders == [(due, 60), (due, 60)]


def test_nothing_is_looked_at_while_nothing_is_open(world: World) -> None:
    world.send(PAIR[0])
    world.deliver(json.dumps({"look": 1}))
    assert world.signal_queue.reminders == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "failure", [Killed(), Unavailable("for now"), RuntimeError("a bug")], ids=["kill", "503", "bug"]
)
@pytest.mark.parametrize("at", range(10))
def test_wherever_it_stops_every_fact_is_announced_under_one_id(
    world: World, at: int, failure: BaseException, after: bool
) -> None:
    whole = World(pytest.MonkeyPatch())
    whole.send(*PAIR)
    whole.patch.undo()
    world.through(Fuse(at, failure, after=after))
    for _ in range(3):
        with contextlib.suppress(Killed):
            world.send(*PAIR)
    assert set(world.told()) == set(whole.told())
    assert (world.kept(), world.board()) == (whole.kept(), whole.board())
    assert world.signal_queue.reminders[-1:] == whole.signal_queue.reminders


def test_the_story_has_no_more_steps_than_were_interrupted(world: World) -> None:
    fuse = Fuse()
    world.through(fuse)
    world.send(*PAIR)
    assert fuse.calls <= 10


def test_two_correlators_that_meet_open_one_incident(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = world.incidents.commit
    met: list[bool] = []

    def meeting(done: Round) -> int:
        """Another correlator does its whole round just before the first one's write arrives."""
        if not met:
            met.append(True)
            world.send(signal("errors", minute=1))
        return commit(done)

    monkeypatch.setattr(world.incidents, "commit", meeting)
    world.send(signal("latency"))
    assert world.stories() == ["IncidentOpened"]
    (incident,) = world.kept()
    assert incident.signal_count == 2


@pytest.mark.parametrize("times", [1, 3])
def test_a_debt_that_cannot_be_struck_out_at_once_is_announced_once(world: World, times: int) -> None:
    """Somebody else writes the board between the announcement and the striking out."""
    commit, left = world.incidents.commit, [times]

    def late(done: Round) -> int:
        if not done.incidents and left[0]:
            left[0] -= 1
            raise Conflict("The board of incidents has moved on.")
        return commit(done)

    world.patch.setattr(world.incidents, "commit", late)
    world.send(*PAIR)
    assert left == [0]
    assert world.stories() == ["IncidentOpened"]
    assert len(world.signal_queue.reminders) == 1
    assert world.board().owed == ()


def test_a_board_that_others_always_write_first_fails_the_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = world.incidents.commit

    def late(done: Round) -> int:
        commit(Round(Board().to_bytes(), world.incidents.board().version))
        return commit(done)

    monkeypatch.setattr(world.incidents, "commit", late)
    assert world.send(*PAIR) == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_signals_that_are_only_counted_are_counted_once_when_their_message_comes_again(world: World) -> None:
    storm = [signal(f"alert {n}", kind="alert") for n in range(100)]
    for _ in range(2):
        world.send(*storm)
    (incident,) = world.kept()
    assert incident.signal_count == 100


def test_an_anomaly_told_of_late_does_not_hide_the_one_that_is_going_on(world: World) -> None:
    now = anomaly(id="b" * 32, detected_at=TEN + timedelta(minutes=5))
    world.deliver(on_the_bus(now))
    world.deliver(on_the_bus(anomaly()), body([PAIR[1]]))
    world.anomalies.put([anomaly(phase="cleared", cleared_at=TEN + timedelta(minutes=1)), now])
    (waiting,) = [one.anomaly for one in world.board().conditions.values() if one.kind == "anomaly" and one.anomaly]
    assert waiting == now.id


def test_a_storm_of_incidents_is_written_in_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    commit = world.incidents.commit

    def noting(done: Round) -> int:
        sizes.append(len(done.incidents) + len(done.deployments))
        return commit(done)

    monkeypatch.setattr(world.incidents, "commit", noting)
    world.send(
        *(signal(f"alert {n}", service=f"s{n}", kind="alert") for n in range(150)),
        *(signal(f"v{n}", minute=-9, service=f"s{n}", kind="deployment") for n in range(60)),
    )
    assert max(sizes) <= 50
    assert len(world.incidents.deployments(None, 100).items) == 60
    assert len(world.board().open) == 150


def test_on_aws_a_deployment_and_its_end_in_one_message_are_one(aws: Account) -> None:
    told = [signal("v2", kind="deployment", evidence={"version": "v2", "status": status}) for status in ("up", "done")]
    ids = [one.model_copy(update={"id": str(place)}) for place, one in enumerate(told)]
    assert correlator().handler(event(body(ids)), None) == {"batchItemFailures": []}
    (kept,) = wiring.incidents().deployments(None, 10).items
    assert kept.evidence["status"] == "done"


def test_on_aws_a_round_that_no_transaction_holds_is_taken_in_parts(
    aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamo_incidents, "TRANSACTION_BYTES", 4_500)
    monkeypatch.setattr(clock, "now_ms", lambda: 1_768_127_400_000)
    told = [signal(name, service=name, kind="alert", severity="high") for name in ("auth", "cart", "mail", "shop")]
    for _ in range(2):
        assert correlator().handler(event(body(told)), None) == {"batchItemFailures": []}
    assert len(wiring.incidents().list(IncidentQuery(), 10).items) == 4


def test_on_aws_one_signal_too_large_is_tried_again(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamo_incidents, "TRANSACTION_BYTES", 10)
    told = signal("latency", kind="alert", severity="high")
    assert correlator().handler(event(body([told])), None) == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_on_aws_the_same_signals_twice_leave_the_same_world(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: 1_768_127_400_000)
    batch = event(on_the_bus(anomaly()), body(PAIR))
    table, client = aws.environment["INCIDENTS_TABLE"], aws.client("dynamodb")
    assert correlator().handler(batch, None) == {"batchItemFailures": []}
    once = client.scan(TableName=table)["Items"]
    assert correlator().handler(batch, None) == {"batchItemFailures": []}
    assert client.scan(TableName=table)["Items"] == once
    assert sorted(item["pk"]["S"].partition("#")[0] for item in once) == ["board", "incident"]
    assert wiring.incidents().board().version == 2
