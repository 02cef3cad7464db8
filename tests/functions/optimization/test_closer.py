"""Builds that nobody speaks of any more are closed, once, and open again when somebody does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inframind import wiring
from inframind.records import rfc3339
from inframind.settings import settings
from tests.conftest import Account, load_handler
from tests.contracts.builds import TEN
from tests.functions.optimization.test_recorder import COMPLETE, START, STEP
from tests.functions.optimization.world import World, event, stored


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    return World(monkeypatch)


def recent(told: dict[str, Any]) -> dict[str, Any]:
    """Told of a moment ago."""
    return told | {"run_id": "run-2", "started_at": rfc3339(datetime.now(UTC))}


def minutes_since_ten() -> float:
    return (datetime.now(UTC) - TEN) / timedelta(minutes=1)


def outcome(world: World, run_id: str = "run-1") -> str | None:
    build = world.builds.get(run_id)
    return build.outcome if build else None


def test_a_silent_build_is_closed_and_a_fresh_one_is_not(world: World) -> None:
    world.deliver(START, STEP)
    world.deliver(recent(START), minute=minutes_since_ten())
    assert world.close() == {"closed": 1, "left": 0}
    assert (outcome(world), outcome(world, "run-2")) == ("abandoned", "running")
    assert world.counted("builds_total", outcome="abandoned") == 1


def test_closing_again_changes_nothing(world: World) -> None:
    world.deliver(START)
    world.close()
    kept, counts = world.builds.load("run-1"), dict(world.counters.read())
    assert world.close() == {"closed": 0, "left": 0}
    assert (world.builds.load("run-1"), dict(world.counters.read())) == (kept, counts)


def test_a_late_step_opens_it_again_and_its_end_completes_it(world: World) -> None:
    world.deliver(START)
    world.close()
    world.deliver(STEP, minute=90)
    assert outcome(world) == "running"
    assert world.close()["closed"] == 1
    world.deliver(COMPLETE, minute=99)
    assert outcome(world) == "success"
    assert world.close() == {"closed": 0, "left": 0}


def test_what_has_spoken_since_the_list_was_made_is_not_closed(world: World) -> None:
    world.deliver(recent(START), minute=minutes_since_ten())

    store = world.builds

    class Stale:
        def quiet(self, _before: datetime, _limit: int) -> list[str]:
            return ["run-2"]

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

    world.patch.setattr(wiring, "builds", Stale)
    assert world.close() == {"closed": 0, "left": 1}
    assert outcome(world, "run-2") == "running"


def test_what_was_told_before_the_look_is_no_reason_to_open_it_again(world: World) -> None:
    world.deliver(START)
    world.close()
    world.deliver(START)
    assert outcome(world) == "abandoned"


def test_on_aws_it_is_found_by_its_silence(aws: Account) -> None:
    recorder, closer = (load_handler("optimization", name).handler for name in ("recorder", "closer"))
    recorder(event(START), None)
    assert [closer({}, None)["closed"] for _ in range(2)] == [1, 0]
    assert stored(aws)["outcome"] == {"S": "abandoned"}
