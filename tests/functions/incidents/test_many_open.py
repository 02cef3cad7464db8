"""However much stays open, the correlator hears of what is new, forgets nothing of the rest, and does it once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.incidents.memory_incidents import MemoryIncidents
from inframind.adapters.series.memory_series import MemorySeries
from inframind.incidents.board import Board
from inframind.incidents.correlation import admission
from inframind.incidents.correlation.cold_storage import COLD_SHARDS, FULL, ColdShard, demoted, quiet
from inframind.incidents.correlation.recall import TURN, in_turn
from inframind.ports.incidents import IncidentQuery, Round
from inframind.records import to_ms
from inframind.settings import settings
from inframind.topology.call_graph import CallGraph
from tests.contracts.signals import signal
from tests.functions.fuse import Fuse
from tests.functions.incidents.test_api import MANY, PAIR
from tests.functions.incidents.world import World

OLD = (signal("disk", service="warehouse", kind="alert"), signal("disk 2", service="warehouse", kind="alert"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    series = MemorySeries()
    monkeypatch.setattr(wiring, "series_store", lambda: series)
    return World(monkeypatch)


def warehouse(world: World) -> str:
    (found,) = (one for one in world.kept() if one.services == ("warehouse",))
    return f"{found.status} {found.signal_count}"


def test_an_incident_that_was_put_away_ends_with_its_signals(world: World) -> None:
    world.send(*OLD)
    world.send(*MANY)
    assert (world.board().away, len(world.board().conditions)) == (10, 480)
    told = world.told()
    for _ in range(2):
        world.send(*OLD)
        world.send(OLD[0], *MANY[:3])
    assert (world.told(), warehouse(world)) == (told, "open 2")
    for _ in range(2):
        world.send(*(signal(one.fingerprint, service="warehouse", minute=1, status="resolved") for one in OLD))
        world.pass_minutes(6)
    assert warehouse(world) == "resolved 2"
    assert world.stories()[-1] == "IncidentResolved"
    assert world.counters.read().get(("conditions_lost_total", ()), 0) == 0


def test_what_was_put_away_and_expires_is_found_when_its_drawer_has_its_turn(world: World) -> None:
    world.send(signal("errors", service="logs", kind="log_spike"))
    world.send(*MANY)
    assert world.board().away == 10
    world.pass_minutes(22)
    (found,) = (one for one in world.kept() if one.services == ("logs",))
    assert found.status == "resolved"


def test_many_that_are_over_together_end_in_as_many_looks_as_it_takes_at_once(world: World) -> None:
    many = [signal(f"{n}", service=f"s{n}", kind="alert") for n in range(60)]
    world.send(*many)
    world.send(*(signal(one.fingerprint, service=one.service, minute=1, status="resolved") for one in many))
    world.pass_minutes(6)
    for due, _delay in world.signal_queue.reminders[-2:]:
        world.deliver(json.dumps({"look": due}))
    for due, _delay in world.signal_queue.reminders[-1:]:
        world.deliver(json.dumps({"look": due}))
    assert {one.status for one in world.kept()} == {"resolved"}


def test_an_alert_that_somebody_is_done_with_opens_nothing_while_it_is_repeated(world: World) -> None:
    world.send(*OLD)
    (found,) = world.kept()
    world.resolve(found.id)
    for _ in range(10):
        world.now_ms += 4 * 3_600_000
        world.send(OLD[1], OLD[0])
        world.send(signal("anything", service="elsewhere"))
    assert [one.status for one in world.kept()] == ["resolved"]
    world.send(signal("disk", service="warehouse", kind="alert", minute=40 * 60))
    assert [one.status for one in world.kept()] == ["open", "resolved"]


def test_what_is_told_again_after_it_was_forgotten_opens_another_incident_and_leaves_the_old_one(world: World) -> None:
    world.send(*OLD)
    (found,) = world.kept()
    world.resolve(found.id)
    world.now_ms += 4 * 86_400_000
    world.send(signal("anything", service="elsewhere"))
    for _ in range(2):
        world.send(*reversed(OLD))
    assert sorted(one.status for one in world.kept()) == ["open", "resolved"]
    assert world.stories() == ["IncidentOpened", "IncidentResolved", "IncidentOpened"]


def test_an_incident_that_is_open_longer_than_it_is_kept_holds_nothing_up(world: World) -> None:
    world.send(*OLD, *PAIR)
    data = world.incidents.board().data
    assert data is not None
    world.incidents = MemoryIncidents()  # as after its retention: the board is left
    world.incidents.commit(Round(data, 0))
    world.through(Fuse())
    world.send(signal("more", service="warehouse", minute=2))
    (again,) = world.kept()
    assert (again.services, again.signal_count) == (("warehouse",), 3)
    world.send(*(signal(one.fingerprint, minute=3, status="resolved") for one in PAIR))
    world.pass_minutes(7)
    assert len(world.board().open) == 1


def test_a_board_as_an_older_version_left_it_with_too_much_on_it_is_cleared(world: World) -> None:
    world.send(*OLD)
    old = world.board()
    crowd = {
        f"{n}": one.model_copy(update={"fingerprint": f"{n}"})
        for n in range(2_000)
        for one in list(old.conditions.values())[:1]
    }
    crowded = old.model_copy(update={"conditions": old.conditions | crowd})
    stored = json.loads(crowded.model_dump_json(exclude={"cold", "away", "turn"}))
    world.incidents.commit(Round(Board.model_validate(stored).to_bytes(), world.incidents.board().version))
    world.send(signal("down", service="shop", kind="alert", severity="critical"))
    assert [one.services for one in world.kept() if one.services == ("shop",)]
    assert len(world.board().conditions) <= FULL


def put_everything_away(world: World) -> None:
    """As if more had come of late than the board has room for."""
    stored = world.incidents.board()
    assert stored.data is not None
    board, shards = Board.from_bytes(stored.data), {place: ColdShard() for place in range(COLD_SHARDS)}
    while gone := quiet(board, 0, 0):
        board, changed = demoted(board, shards, gone)
        shards |= changed
    assert not board.open
    for place, shard in shards.items():
        stored = world.incidents.board()
        world.incidents.commit(Round(board.to_bytes(), stored.version, cold={place: shard.to_bytes()}))


def test_incidents_of_more_cold_shards_than_a_look_may_open_end_all_the_same(world: World) -> None:
    calls = [f"{kind}{n}>{kind}{n}-db,{kind}{n}-db>{kind}{n}-disk" for kind in "ab" for n in range(10)]
    world.patch.setenv("SERVICE_CALLS", " ".join(calls))
    settings.cache_clear()
    tiers = [f"{kind}{n}{tier}" for kind in "ab" for n in range(10) for tier in ("", "-db", "-disk")]
    world.send(*(signal(name, service=name, kind="log_spike") for name in tiers))
    put_everything_away(world)
    assert len(in_turn(world.board())) == TURN
    world.pass_minutes(16)
    for _ in range(20):
        world.pass_minutes(1)
    assert [one.status for one in world.kept()] == ["resolved"] * 20


def test_a_signal_near_more_cold_shards_than_a_round_may_open_is_taken_in_all_the_same(world: World) -> None:
    world.patch.setenv("SERVICE_CALLS", " ".join(f"web>s{n}" for n in range(60)))
    settings.cache_clear()
    world.send(*(signal(f"{n}", service=f"s{n}", kind="alert") for n in range(60)))
    world.send(signal("own", service="web", kind="alert", minute=-600))
    put_everything_away(world)
    (own,) = (one for one in world.kept() if one.services == ("web",))
    answer = world.send(*(signal(name, service="web", kind="alert", minute=1) for name in ("own", "web 2")))
    assert answer == {"batchItemFailures": []}
    (hub,) = (one for one in world.kept() if one.id == own.id)
    assert (hub.status, hub.signal_count) == ("open", 63)


def test_what_is_over_and_of_no_use_leaves_the_cold_shards_for_good(world: World) -> None:
    world.send(*OLD)
    (found,) = world.kept()
    world.resolve(found.id)
    world.send(signal("errors", service="elsewhere", kind="alert"))
    put_everything_away(world)
    world.now_ms += 4 * 86_400_000
    world.send(signal("more", service="yet another", kind="alert"))
    world.pass_minutes(2)
    board = world.board()
    assert not set(board.conditions) & {one.fingerprint for one in OLD}
    cold = [ColdShard.from_bytes(one).incidents for one in world.incidents.cold_shards(board.cold).values()]
    assert not [name for incidents in cold for name in incidents if name == found.id]


@pytest.mark.parametrize("how", ["an alert", "a deployment", "a call that is learnt"])
def test_one_thing_that_concerns_more_incidents_than_a_write_holds_concerns_them_all(world: World, how: str) -> None:
    calls = " ".join(f"s{n}>db" for n in range(130))
    if how != "a call that is learnt":
        world.patch.setenv("SERVICE_CALLS", calls)
        settings.cache_clear()
    world.send(*(signal(f"{n}", service=f"s{n}", kind="alert", minute=1) for n in range(130)))
    if how == "a deployment":
        assert world.send(signal("v2", service="db", kind="deployment")) == {"batchItemFailures": []}
        known = world.incidents.known([one.id for one in world.incidents.list(IncidentQuery(), 200).items])
        assert {one.suspects[0].kind for one in known.items} == {"deployment"}
        return
    world.send(signal("locks", service="db", kind="alert", minute=1))
    if how == "a call that is learnt":
        edges = [(f"s{n}", "db") for n in range(130)]
        world.calls.save(CallGraph().with_seen(edges, to_ms(datetime.now(UTC))).to_bytes(), world.calls.load().version)
        assert world.deliver(json.dumps({"regroup": True})) == {"batchItemFailures": []}
    (standing,) = (one for one in world.incidents.list(IncidentQuery(status="open"), 200).items)
    assert standing.signal_count == 131


def test_a_sender_that_makes_services_up_fills_one_incident_and_costs_nobody_else_a_place(world: World) -> None:
    world.patch.setattr(admission, "MOST_OPENED", 30)
    sent: dict[str, Any] = {"kind": "alert", "evidence": {"sender": "k1"}}
    made_up = [signal(f"{n}", service=f"s{n}", **sent) for n in range(100)]
    for start in range(0, 100, 10):
        assert world.send(*made_up[start : start + 10]) == {"batchItemFailures": []}
    world.send(signal("disk", service="db", kind="alert", evidence={"sender": "k2"}))
    services = [name for one in world.kept() for name in one.services]
    assert len(services) == 32
    assert {"further services of k1", "db", "s0", "s29"} <= set(services)
    (further,) = (one for one in world.kept() if one.services == ("further services of k1",))
    assert further.signal_count == 70
    assert world.counters.read()[("signals_moved_total", ())] == 70
    world.send(*(signal(f"{n}", service=f"s{n}", minute=1, status="resolved", **sent) for n in range(100)))
    world.pass_minutes(7)
    assert [one.services for one in world.kept() if one.status == "open"] == [("db",)]
