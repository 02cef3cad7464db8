"""However much stays open, the correlator hears of what is new, forgets nothing of the rest, and does it once."""

import json

import pytest

from inframind.adapters.memory_incidents import MemoryIncidents
from inframind.incidents.board import Board
from inframind.incidents.drawers import FULL
from inframind.ports.incidents import Round
from inframind.settings import settings
from tests.contracts.signals import signal
from tests.functions.fuse import Fuse
from tests.functions.incidents.test_api import MANY, PAIR
from tests.functions.incidents.world import World

OLD = (signal("disk", service="warehouse", kind="alert"), signal("disk 2", service="warehouse", kind="alert"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
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
    stored = json.loads(crowded.model_dump_json(exclude={"drawers", "away", "turn"}))
    world.incidents.commit(Round(Board.model_validate(stored).to_bytes(), world.incidents.board().version))
    world.send(signal("down", service="shop", kind="alert", severity="critical"))
    assert [one.services for one in world.kept() if one.services == ("shop",)]
    assert len(world.board().conditions) <= FULL
