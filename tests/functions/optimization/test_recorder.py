"""The recorder keeps what is told of builds: twice, late, together, and through every kill."""

import contextlib
from random import Random
from typing import Any

import pytest

from inframind.errors import Conflict, Unavailable
from inframind.optimization.log import BuildLog
from inframind.optimization.places import MOST, SILENT, Places
from inframind.records import to_ms
from inframind.settings import settings
from tests.conftest import Account, load_handler
from tests.contracts.builds import at
from tests.contracts.test_build_store import SIZE, SUGGESTION, wide
from tests.functions.fuse import Fuse, Killed
from tests.functions.optimization.world import World, event, stored

RUN = {"run_id": "run-1", "pipeline": "team/shop"}
START: dict[str, Any] = RUN | {"type": "start", "started_at": "2026-01-11T10:00:00Z", "context": {"cpus": 4}}
STEP: dict[str, Any] = RUN | {
    "type": "step",
    "step": "compile",
    "outcome": "success",
    "started_at": "2026-01-11T10:01:00Z",
    "duration_s": 60,
    "max_rss_gb": 2.5,
    "cache_hits": 30,
    "cache_misses": 10,
}
COMPLETE: dict[str, Any] = RUN | {"type": "complete", "outcome": "success", "finished_at": "2026-01-11T10:03:00Z"}
END = to_ms(at(3))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    return World(monkeypatch)


def test_a_build_is_kept_with_its_steps_and_its_figures_are_sent(world: World) -> None:
    assert world.deliver(START, STEP, COMPLETE) == {"batchItemFailures": []}
    build = world.builds.get("run-1")
    assert build is not None
    assert (build.outcome, build.duration_s, build.steps[0].max_rss_gb) == ("success", 180.0, 2.5)
    sent = world.samples()
    assert sent["team/shop", b"build_duration_seconds", END] == 180.0
    assert sent["team/shop", b"build_cache_hit_ratio", END] == 0.75
    assert sent["team/shop", b"build_step_duration_seconds\0step\0compile", to_ms(at(2))] == 60.0
    assert world.counted("builds_total", outcome="success") == 1
    assert world.counted("build_cache_hits_total") == 30


def test_an_event_there_is_no_room_for_takes_no_other_with_it(world: World) -> None:
    random = Random(1)
    tellings = [START | {"context": {wide(random, 200): wide(random, 500) for _ in range(50)}} for _ in range(8)]
    assert world.deliver(*tellings, STEP, COMPLETE) == {"batchItemFailures": []}
    build = world.builds.get("run-1")
    assert build is not None
    assert (build.outcome, len(build.steps), len(build.context)) == ("success", 1, 200)
    assert world.counted("build_events_refused_total") == 4


def test_a_delivery_told_again_changes_nothing(world: World) -> None:
    world.deliver(START, STEP, COMPLETE)
    build, samples, counts = world.builds.load("run-1"), world.samples(), dict(world.counters.read())
    assert world.deliver(START, STEP, COMPLETE) == {"batchItemFailures": []}
    assert world.deliver(START, STEP, COMPLETE, minute=35) == {"batchItemFailures": []}
    assert (world.builds.load("run-1"), world.samples(), dict(world.counters.read())) == (build, samples, counts)


@pytest.mark.parametrize(
    "order", [(START, STEP, COMPLETE), (COMPLETE, STEP, START), (STEP, COMPLETE, START), (COMPLETE, START, STEP)]
)
def test_events_one_by_one_in_any_order_make_the_same_build_and_series(
    world: World, monkeypatch: pytest.MonkeyPatch, order: tuple[dict[str, Any], ...]
) -> None:
    together = World(monkeypatch)
    together.deliver(START, STEP, COMPLETE)
    one_by_one = World(monkeypatch)
    for one in order:
        one_by_one.deliver(one)
    assert one_by_one.builds.get("run-1") == together.builds.get("run-1")
    assert one_by_one.samples() == together.samples()
    assert one_by_one.counted("builds_total", outcome="success") == 1


def test_a_message_that_tells_nothing_is_passed_over_and_counted_and_the_others_are_kept(world: World) -> None:
    answer = world.deliver({"type": "start"}, START, {**STEP, "started_at": "2026-01-12T10:00:00Z"})
    assert answer == {"batchItemFailures": []}
    assert world.builds.get("run-1") is not None
    assert world.counted("build_events_refused_total") == 2


def test_a_build_that_follows_a_suggestion_runs_with_its_configuration_and_is_counted_once(world: World) -> None:
    world.builds.suggest(SUGGESTION)
    told = START | {"suggestion_id": SUGGESTION.id}
    world.deliver(told, COMPLETE)
    world.deliver(told, COMPLETE)
    build = world.builds.get("run-1")
    assert build is not None
    assert build.configuration == SIZE
    assert world.counted("suggestions_applied_total") == 1


def test_a_build_that_runs_with_something_else_did_not_follow_its_suggestion(world: World) -> None:
    world.builds.suggest(SUGGESTION)
    other = SIZE.model_copy(update={"concurrency": 1}).model_dump()
    world.deliver(START | {"suggestion_id": SUGGESTION.id, "configuration": other}, COMPLETE)
    assert world.counted("suggestions_applied_total") == 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(5))
def test_a_kill_between_any_two_steps_loses_nothing(world: World, call: int, *, after: bool) -> None:
    world.deliver(START)
    world.through(Fuse(call, Killed(), after=after))
    with contextlib.suppress(Killed):
        world.deliver(STEP, COMPLETE)
    world.through(Fuse())
    assert world.deliver(STEP, COMPLETE) == {"batchItemFailures": []}
    build = world.builds.get("run-1")
    assert build is not None
    assert (build.outcome, len(build.steps)) == ("success", 1)
    assert world.samples()["team/shop", b"build_success", END] == 1.0


def test_a_build_whose_table_fails_comes_again_alone(world: World) -> None:
    world.through(Fuse(0, Unavailable("The builds table is away.")))
    answer = world.deliver(START, STEP, START | {"run_id": "run-2"})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "1"}]}
    assert world.builds.get("run-2") is not None


def test_of_two_recorders_at_one_build_neither_loses_what_it_was_told(world: World) -> None:
    """Between reading and writing the log, another recorder writes it."""
    other = World(world.patch)
    world.builds, store = other.builds, other.builds
    met = iter([True])

    class Meeting:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def save(self, log: BuildLog, version: int) -> None:
            if next(met, False):
                other.through(Fuse())
                other.deliver(STEP)
                world.patch.setattr("inframind.wiring.builds", lambda: self)
            store.save(log, version)

    world.patch.setattr("inframind.wiring.builds", Meeting)
    assert world.deliver(START, COMPLETE) == {"batchItemFailures": []}
    build = store.get("run-1")
    assert build is not None
    assert (build.outcome, len(build.steps)) == ("success", 1)


def test_a_build_that_others_keep_writing_comes_again(world: World) -> None:
    class Busy(type(world.builds)):  # type: ignore[misc]
        def save(self, log: BuildLog, version: int) -> None:
            raise Conflict(f"{log.run_id} has moved on from {version}.")

    world.patch.setattr("inframind.wiring.builds", Busy)
    assert world.deliver(START) == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_what_there_is_no_time_for_comes_again(world: World) -> None:
    clock = iter([0.0, 1.0, 99.0])
    recorder = load_handler("optimization", "recorder")
    world.patch.setattr(recorder, "monotonic", lambda: next(clock))
    answer = recorder.handler(event(START, START | {"run_id": "run-2"}), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert world.builds.get("run-1") is not None


def test_each_pipeline_is_counted_by_itself_and_those_beyond_a_number_together(world: World) -> None:
    for number in range(MOST + 3):
        run = {"run_id": f"run-{number}", "pipeline": f"team/{number}"}
        for _ in range(2):
            world.deliver(START | run, COMPLETE | run)
    failed = {"run_id": "again", "pipeline": "team/0"}
    world.deliver(START | failed, COMPLETE | failed | {"outcome": "failed"})
    counted = {name: world.counted("pipeline_builds_total", pipeline=name) for name in ("team/0", "team/49", "team/50")}
    assert counted == {"team/0": 2, "team/49": 1, "team/50": 0}
    assert world.counted("pipeline_builds_succeeded_total", pipeline="team/0") == 1
    assert world.counted("pipeline_builds_total", pipeline="other") == 3
    seconds = world.counted("pipeline_build_seconds_total", pipeline="team/49")
    assert seconds == world.builds.get("run-49").duration_s > 0  # type: ignore[union-attr, operator]


def test_a_pipeline_that_was_silent_for_long_gives_its_counters_to_one_that_asks(world: World) -> None:
    def ended(name: str, minute: float) -> None:
        run = {"run_id": f"{name}-{minute}", "pipeline": name}
        for _ in range(2):
            world.deliver(COMPLETE | run | {"finished_at": at(minute).isoformat()}, minute=minute)

    late = SILENT.total_seconds() / 60
    for number in range(MOST):
        ended(f"team/{number}", 10 + number)
    for name, minute in (("early", late), ("new", 10 + late), ("team/0", 10 + late), ("team/2", 10 + late)):
        ended(name, minute)
    names = ("early", "new", "team/0", "team/1", "team/2", "other")
    counted = {name: world.counted("pipeline_builds_total", pipeline=name) for name in names}
    assert counted == {"early": 0, "new": 1, "team/0": 0, "team/1": 1, "team/2": 2, "other": 2}


def test_a_pipeline_that_is_called_like_all_others_is_counted_with_them(world: World) -> None:
    world.deliver(COMPLETE | {"pipeline": "other"})
    assert world.counted("pipeline_builds_total", pipeline="other") == 1
    assert world.builds.places().places.heard == {}


def test_two_recorders_that_want_the_same_place_do_not_both_get_it(world: World) -> None:
    store = world.builds

    class Meeting:
        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def seat(self, places: Places, version: int) -> None:
            if version == 0:
                store.seat(Places(heard={f"team/{number}": at(0) for number in range(MOST)}), 0)
            store.seat(places, version)

    world.patch.setattr("inframind.wiring.builds", Meeting)
    world.deliver(COMPLETE)
    assert world.counted("pipeline_builds_total", pipeline="other") == 1
    assert world.counted("pipeline_builds_total", pipeline="team/shop") == 0


def test_on_aws_the_table_and_the_queue_hold_it(aws: Account) -> None:
    handler = load_handler("optimization", "recorder").handler
    for _ in range(2):
        assert handler(event(START, STEP, COMPLETE), None) == {"batchItemFailures": []}
    item = stored(aws)
    assert (item["version"]["N"], item["outcome"]["S"], item["pipeline"]["S"]) == ("1", "success", "team/shop")
    url = aws.environment["SAMPLES_QUEUE_URL"]
    bodies = {m["Body"] for m in aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]}
    assert len(bodies) == 1
