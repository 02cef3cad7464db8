"""A call that is known late joins what lies in shards as it joins what is on the board, and does it once."""

import json

import pytest

from inframind import wiring
from inframind.adapters.series.memory_series import MemorySeries
from inframind.errors import Unavailable
from inframind.incidents.correlation.cold_storage import PROMOTED, ColdShard
from inframind.settings import settings
from inframind.usecases.incidents import regrouping
from tests.contracts.signals import signal
from tests.functions.fuse import Fuse
from tests.functions.incidents.test_correlator_calls import REGROUP, learn
from tests.functions.incidents.test_many_open import put_everything_away
from tests.functions.incidents.world import World

STARS = tuple(("hub", f"s{number}") for number in range(60))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    series = MemorySeries()
    monkeypatch.setattr(wiring, "series_store", lambda: series)
    return World(monkeypatch)


def alerts(world: World, *services: str, minute: float = 0) -> None:
    """An alert of each service, which is an incident of its own."""
    world.send(*(signal(name, service=name, kind="alert", minute=minute) for name in services))


def standing(world: World) -> list[tuple[str, ...]]:
    return sorted(one.services for one in world.kept() if one.status != "merged")


def test_a_call_learnt_late_joins_two_incidents_that_lie_in_cold_shards(world: World) -> None:
    alerts(world, "web", "db", "elsewhere")
    put_everything_away(world)
    learn(world, ("web", "db"))
    for _ in range(2):
        assert world.deliver(REGROUP) == {"batchItemFailures": []}
    assert standing(world) == [("db", "web"), ("elsewhere",)]
    assert world.stories()[3:] == ["merged", "merged"]
    assert world.board().calls == 1
    assert world.board().away == 1


def test_one_that_lies_in_a_drawer_joins_one_that_is_on_the_board(world: World) -> None:
    alerts(world, "db")
    put_everything_away(world)
    alerts(world, "web")
    learn(world, ("web", "db"))
    world.deliver(REGROUP)
    assert standing(world) == [("db", "web")]


def test_a_sign_that_waits_on_the_board_joins_the_incident_in_a_cold_shard(world: World) -> None:
    alerts(world, "db")
    put_everything_away(world)
    world.send(signal("slow", service="web"))
    learn(world, ("web", "db"))
    world.deliver(REGROUP)
    (joined,) = world.kept()
    assert (joined.services, joined.signal_count) == (("db", "web"), 2)


def test_what_is_further_apart_than_the_window_stays_apart_and_in_its_cold_shard(world: World) -> None:
    alerts(world, "web")
    alerts(world, "db", minute=16)
    put_everything_away(world)
    learn(world, ("web", "db"))
    world.deliver(REGROUP)
    assert standing(world) == [("db",), ("web",)]
    assert (world.board().calls, world.board().away) == (1, 2)


def test_what_is_over_is_joined_to_nothing(world: World) -> None:
    alerts(world, "web", "db")
    for one in world.kept():
        if one.services == ("db",):
            world.resolve(one.id)
    put_everything_away(world)
    learn(world, ("web", "db"))
    world.deliver(REGROUP)
    assert standing(world) == [("db",), ("web",)]


def test_what_a_call_joins_in_more_cold_shards_than_a_round_opens_is_joined_round_by_round(world: World) -> None:
    alerts(world, "hub", *(name for _, name in STARS))
    put_everything_away(world)
    assert len(world.board().cold) > 2 * PROMOTED
    learn(world, *STARS)
    world.deliver(REGROUP)
    assert len(standing(world)) == 1
    assert world.board().calls == 1


def test_what_one_delivery_has_no_time_for_is_joined_at_the_next_looks(world: World) -> None:
    world.patch.setattr(regrouping, "ROUNDS", 2)
    alerts(world, "hub", *(name for _, name in STARS))
    put_everything_away(world)
    learn(world, *STARS)
    world.deliver(REGROUP)
    assert len(standing(world)) > 1
    assert world.board().calls == 0
    world.pass_minutes(5)
    assert len(standing(world)) == 1
    assert world.board().calls == 1


@pytest.mark.parametrize("blows_at", range(1, 24))
def test_wherever_it_dies_the_next_delivery_joins_the_rest_and_tells_nothing_twice(world: World, blows_at: int) -> None:
    alerts(world, "web", "db", "cart", "bank")
    put_everything_away(world)
    learn(world, ("web", "db"), ("cart", "bank"))
    world.through(Fuse(blows_at, Unavailable("for now")))
    world.deliver(REGROUP)
    world.through(Fuse())
    world.deliver(REGROUP)
    world.deliver(json.dumps({"regroup": True}))
    assert standing(world) == [("bank", "cart"), ("db", "web")]
    ids = {name for _, name in world.told()}
    assert len(ids) == 8
    cold = [ColdShard.from_bytes(one).incidents for one in world.incidents.cold_shards(range(256)).values()]
    places = {name for incidents in cold for name in incidents}
    assert not places & world.board().open.keys()
