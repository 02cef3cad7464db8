"""The miner loses no line, counts none twice, and tells everything, whatever stops it."""

import json
from types import ModuleType

import pytest

from inframind.errors import Conflict, Unavailable
from inframind.frames import to_text
from inframind.ingestion.logs.packing import packed
from inframind.settings import settings
from tests.functions.fuse import Fuse, Killed
from tests.functions.ingestion.mining import ALL_WELL, Event, World, bodies, event, miner, until_done
from tests.ingestion.logs.lines import NOON_MS, errors, line

CALM = event(*bodies([line(f"request {number} done", at=number) for number in range(20)]))
BROKEN = event(*bodies(errors(9, at=25)))
LOOK = event(json.dumps({"look": 0, "due": NOON_MS + 80_000}))
STORY: tuple[tuple[Event, int], ...] = ((CALM, 21_000), (BROKEN, 27_000), (LOOK, 85_000))
STEPS = 10


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    made = World()
    made.install(monkeypatch)
    return made


def at(process: ModuleType, milliseconds: int) -> ModuleType:
    process.time_ns = lambda: (NOON_MS + milliseconds) * 1_000_000  # type: ignore[attr-defined]
    return process


def told_story(world: World, times: int = 1, *, warm: bool = True) -> World:
    process = miner(NOON_MS)
    for part, when in STORY:
        for _ in range(times):
            process = at(process if warm else miner(NOON_MS), when)
            assert process.handler(part, None) == ALL_WELL
    return world


def test_lines_are_grouped_kept_counted_and_told_of(world: World) -> None:
    told_story(world)
    assert world.templates() == [("web", "Database timeout after <*>", 9), ("web", "request <*> done", 20)]
    assert len(world.lines()) == 29
    assert {signal.kind for signal in world.signals.sent} == {"new_error_template"}
    values = {
        key.split(b"\0")[2]: value for (_, key, _), value in world.counts().items() if key.startswith(b"log_lines")
    }
    assert values == {b"INFO": "20.0", b"ERROR": "9.0"}
    assert world.queue.reminders[0] == (0, NOON_MS + 80_000, 60)
    counts = world.counters.read()
    assert counts["log_lines_mined_total", ()] == 29
    assert counts["log_signals_total", (("kind", "new_error_template"),)] == 1


@pytest.mark.parametrize("warm", [True, False])
def test_every_event_delivered_twice_leaves_the_world_as_delivered_once(
    monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    once, twice = World(), World()
    once.install(monkeypatch)
    told_story(once)
    twice.install(monkeypatch)
    told_story(twice, 2, warm=warm)
    assert (twice.templates(), twice.lines()) == (once.templates(), once.lines())
    assert (twice.counts(), twice.told()) == (once.counts(), once.told())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "failure",
    [Killed(), Unavailable("for now"), Conflict("moved on"), RuntimeError("a bug")],
    ids=["kill", "503", "conflict", "bug"],
)
@pytest.mark.parametrize("step", range(STEPS))
def test_wherever_it_stops_nothing_is_lost_and_nothing_counted_twice(
    monkeypatch: pytest.MonkeyPatch, step: int, failure: BaseException, after: bool
) -> None:
    smooth, rough, fuse = World(), World(), Fuse(step, failure, after=after)
    smooth.install(monkeypatch)
    told_story(smooth)
    rough.install(monkeypatch, fuse)
    process = miner(NOON_MS)
    for part, when in STORY:
        process = at(until_done(at(process, when), part, NOON_MS + when), when)
    assert (rough.templates(), rough.lines()) == (smooth.templates(), smooth.lines())
    assert (rough.counts(), rough.told()) == (smooth.counts(), smooth.told())


def test_the_story_has_as_many_steps_as_were_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    world, fuse = World(), Fuse()
    world.install(monkeypatch, fuse)
    told_story(world)
    assert fuse.calls == STEPS


def test_two_miners_that_meet_learn_everything_once(world: World) -> None:
    first, second = miner(NOON_MS), miner(NOON_MS)
    first.handler(CALM, None)
    second.handler(CALM, None)
    first.handler(BROKEN, None)
    second.handler(event(*bodies([line("another thing happened here")])), None)  # from a state that has moved on
    assert [count for _, _, count in world.templates()] == [9, 1, 20]


def test_a_poisoned_message_is_set_aside_and_the_others_pass(world: World) -> None:
    good = bodies([line()])[0]
    damaged = to_text(packed([line("x")], 1)[0][:-2])
    poison = ["no base64!", damaged, "{", '{"look": "x"}', '{"look": {}}', '{"look": 1e400}', "[" * 10_000]
    assert miner(NOON_MS).handler(event(*poison, good), None) == ALL_WELL
    assert len(world.aside.kept) == len(poison)
    assert len(world.lines()) == 1
    assert world.counters.read()["log_packages_set_aside_total", ()] == len(poison)


def test_a_shard_that_fails_fails_its_own_messages_alone(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    lines = [line(service=name) for name in ("web", "auth", "db", "cart", "mail")]
    texts = bodies(lines, shards=4)
    assert len(texts) > 1
    world.install(monkeypatch, Fuse(1, Unavailable("for now")))
    answer = miner(NOON_MS).handler(event(*texts), None)
    assert len(answer["batchItemFailures"]) == 1


def test_lines_for_which_there_is_no_time_come_again(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    process = miner(NOON_MS)
    process.BUDGET_S = -1.0  # type: ignore[attr-defined]
    assert len(process.handler(CALM, None)["batchItemFailures"]) == 1
    assert world.lines() == []


def test_a_large_delivery_is_taken_in_portions(world: World) -> None:
    process = miner(NOON_MS)
    process.PORTION_LINES = 5  # type: ignore[attr-defined]
    texts = [bodies([line(f"request {number} done", at=number)])[0] for number in range(12)]
    assert process.handler(event(*texts), None) == ALL_WELL
    assert world.templates() == [("web", "request <*> done", 12)]
    assert len(world.kept.kept) == 3


def test_long_lines_make_small_portions(world: World) -> None:
    process = miner(NOON_MS)
    process.PORTION_CHARS = 2_500  # type: ignore[attr-defined]
    texts = [bodies([line("long " * 200, at=number)])[0] for number in range(6)]
    assert process.handler(event(*texts), None) == ALL_WELL
    assert [count for _, _, count in world.templates()] == [6]
    assert len(world.kept.kept) == 3


def test_a_state_that_cannot_be_read_is_set_aside_and_a_fresh_one_begins(world: World) -> None:
    version = world.states.save(0, b"junk", None)
    assert version
    assert miner(NOON_MS).handler(CALM, None) == ALL_WELL
    assert list(world.states.aside.values()) == [b"junk"]
    assert world.templates() == [("web", "request <*> done", 20)]


def test_a_reminder_that_comes_too_early_or_again_changes_nothing(world: World) -> None:
    process = at(miner(NOON_MS), 21_000)
    process.handler(CALM, None)
    before, reminders = world.states.load(0), list(world.queue.reminders)
    for _ in range(2):
        assert process.handler(LOOK, None) == ALL_WELL
    assert (world.states.load(0), world.queue.reminders) == (before, reminders)


def test_a_reminder_that_was_lost_is_made_up_for_by_the_next_lines(world: World) -> None:
    process = at(miner(NOON_MS), 21_000)
    process.handler(CALM, None)
    at(process, 200_000).handler(event(*bodies([line("request 7 done", at=199)])), None)
    assert world.counts()
    assert len(world.queue.reminders) == 2
