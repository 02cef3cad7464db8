"""The scorer loses nothing, tells everything, and changes nothing when it is told again."""

from collections.abc import Callable
from functools import cache
from types import ModuleType

import pytest

from inframind.adapters.detection.memory_banks import MemoryBanks
from inframind.errors import Conflict, Unavailable
from inframind.frames import bundle, encode, to_text
from tests.conftest import Account
from tests.detection.frames import ENOUGH, LONG, MINUTE, NOON, flat, recent, steady
from tests.functions.detection.world import ALL_WELL, Event, World, body, event, scorer
from tests.functions.fuse import Fuse, Killed

HISTORY = event((body(recent()), 0))
SPIKE = event((body(flat(95.0, rows=3)), 0))
CALM = event((body(steady(start=LONG + 3)), 0))
STORY = (HISTORY, SPIKE, CALM)


def told_story(world: World) -> World:
    handler = scorer().handler
    for part in STORY:
        assert handler(part, None) == ALL_WELL
    return world


@cache
def smooth() -> World:
    """The story told without a failure."""
    with pytest.MonkeyPatch.context() as patch:
        world = World()
        world.install(patch)
        return told_story(world)


def test_a_spike_is_found_told_and_cleared(world: World) -> None:
    told_story(world)
    (one,) = world.table()
    assert (one.resource_id, one.metric_name, one.phase) == ("web-1", "cpu_usage", "cleared")
    assert [type(fact).__name__ for fact in world.facts.announced] == ["AnomalyFound"]


@pytest.mark.parametrize("warm", [True, False])
def test_every_event_delivered_twice_leaves_the_world_as_delivered_once(
    monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    once, twice = World(), World()
    once.install(monkeypatch)
    told_story(once)
    twice.install(monkeypatch)
    process = scorer()
    for part in STORY:
        for _ in range(2):
            process = process if warm else scorer()
            assert process.handler(part, None) == ALL_WELL
    assert twice.table() == once.table()
    assert twice.told() == once.told()
    assert twice.banks.load(0).data == once.banks.load(0).data
    assert len(twice.facts.announced) == 1 if warm else len(twice.facts.announced) >= 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "failure",
    [Killed(), Unavailable("for now"), Conflict("moved on"), RuntimeError("a bug")],
    ids=["kill", "503", "conflict", "bug"],
)
@pytest.mark.parametrize("at", range(12))
def test_wherever_it_stops_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, at: int, failure: BaseException, after: bool
) -> None:
    rough, fuse = World(), Fuse(at, failure, after=after)
    rough.install(monkeypatch, fuse)
    process = scorer()
    for part in STORY:
        process = _until_done(process, part)
    assert rough.table() == smooth().table()
    assert rough.told() == smooth().told()
    assert rough.banks.load(0).data == smooth().banks.load(0).data


def _until_done(process: ModuleType, part: Event, start: Callable[[], ModuleType] = scorer) -> ModuleType:
    """Delivers an event until it succeeds, in a new process after each kill."""
    for _ in range(4):
        try:
            if process.handler(part, None) == ALL_WELL:
                return process
        except Killed:
            process = start()
    raise AssertionError("it never succeeds")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(24))
def test_a_storm_is_told_in_portions_and_a_kill_loses_none_of_it(
    monkeypatch: pytest.MonkeyPatch, at: int, after: bool
) -> None:
    fleet = [f"web-{i}" for i in range(5)]
    storm = [
        event(*((body(recent(resource)), 0) for resource in fleet)),
        event(*((body(flat(95.0, resource)), 0) for resource in fleet)),
    ]
    world, fuse = World(), Fuse(at, Killed(), after=after)
    world.install(monkeypatch, fuse)
    process = _portioned()
    for part in storm:
        process = _until_done(process, part, _portioned)
    assert sorted(one.resource_id for one in world.table()) == fleet
    assert len(world.told()) == 5
    assert len(world.facts.announced) <= 7


def _portioned() -> ModuleType:
    """A fresh process that tells two anomalies at once."""
    process = scorer()
    process.TOLD_AT_ONCE = 2  # type: ignore[attr-defined]
    return process


def test_the_story_has_as_many_steps_as_were_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    world, fuse = World(), Fuse()
    world.install(monkeypatch, fuse)
    told_story(world)
    assert fuse.calls <= 12


def test_what_a_dead_process_left_untold_is_told_with_the_next_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer().handler(HISTORY, None)
    world.install(monkeypatch, Fuse(2, Killed()))  # load, save, and then
    with pytest.raises(Killed):
        scorer().handler(SPIKE, None)
    assert (world.table(), world.facts.announced) == ([], [])
    world.install(monkeypatch)
    scorer().handler(event((body(flat(95.0, "web-2")), 0)), None)
    assert len(world.table()) == len(world.facts.announced) == 1


def test_two_scorers_that_meet_learn_everything_once(world: World) -> None:
    first, second = scorer(), scorer()
    first.handler(HISTORY, None)
    second.handler(HISTORY, None)
    first.handler(SPIKE, None)
    second.handler(event((body(recent("web-2")), 0)), None)  # from a state that has moved on
    first.handler(CALM, None)
    (one,) = world.table()
    assert (one.resource_id, one.phase) == ("web-1", "cleared")
    assert len(world.told()) == 1
    state = first.Shard.from_bytes(world.banks.load(0).data)
    assert sorted(state.bank.newest_ms().tolist()) == [NOON + (LONG - 1) * MINUTE, NOON + (2 * LONG + 2) * MINUTE]


class Contested(MemoryBanks):
    """A bank that someone else saves each time between our reading and our saving."""

    def save(self, shard: int, data: bytes, version: str | None) -> str:
        """Loses."""
        MemoryBanks.save(self, shard, self.load(shard).data or scorer().Shard().to_bytes(), self.load(shard).version)
        return MemoryBanks.save(self, shard, data, version)


def test_a_bank_that_is_always_saved_by_others_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(banks=Contested())
    world.install(monkeypatch)
    assert scorer().handler(HISTORY, None) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_an_unreadable_frame_is_set_aside_and_the_good_ones_behind_it_are_scored(world: World) -> None:
    good, torn = encode(recent()), encode(recent("web-2"))[:-1]
    (mixed,) = bundle([torn, good])
    bad = event(("%%% not base64", 0), (to_text(b"\xff\xff"), 0), (to_text(mixed), 0))
    process = scorer()
    assert process.handler(bad, None) == ALL_WELL
    assert [data for data, _ in world.aside.kept.values()] == [b"%%% not base64", to_text(b"\xff\xff").encode(), torn]
    assert process.handler(SPIKE, None) == ALL_WELL
    assert [one.resource_id for one in world.table()] == ["web-1"]
    counted = world.counters.read()
    assert counted[("frames_set_aside_total", ())] == 3
    assert counted[("samples_scored_total", ())] == ENOUGH + 3
    assert counted[("anomalies_found_total", (("severity", "critical"),))] == 1


def test_a_corrupt_bank_is_moved_aside_and_a_fresh_one_begins(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.banks.save(0, b"junk", None)
    assert scorer().handler(HISTORY, None) == ALL_WELL
    assert list(world.banks.aside.values()) == [b"junk"]
    assert scorer().handler(SPIKE, None) == ALL_WELL
    assert len(world.table()) == 1
    (line,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert line["set_aside"] in world.banks.aside


def test_each_shard_has_its_own_bank_and_its_own_failures(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = event((body(recent()), 0), (body(recent("web-2")), 1), (body(steady(start=LONG)), 0))
    world.install(monkeypatch, Fuse(0, Unavailable("for now")))
    process = scorer()
    assert process.handler(mixed, None) == {"batchItemFailures": [{"itemIdentifier": m} for m in ("m0", "m2")]}
    assert (world.banks.load(0).data, world.banks.load(1).data is None) == (None, False)
    assert process.handler(mixed, None) == ALL_WELL
    assert len(process.Shard.from_bytes(world.banks.load(0).data).bank) == 1


def test_each_anomaly_found_is_one_log_line(world: World, caplog: pytest.LogCaptureFixture) -> None:
    told_story(world)
    (line,) = [vars(record) for record in caplog.records if vars(record).get("event") == "anomaly found"]
    assert (line["resource"], line["metric"], line["severity"]) == ("web-1", "cpu_usage", "critical")
    assert "was expected" in line["explanation"]


def test_on_aws_bank_table_and_bus_hold_what_happened(aws: Account) -> None:
    process = scorer()
    for part in STORY:
        assert process.handler(part, None) == ALL_WELL
    keys = aws.client("s3").list_objects_v2(Bucket=aws.environment["BANK_BUCKET"])["Contents"]
    assert [key["Key"] for key in keys] == ["banks/0"]
    items = aws.client("dynamodb").scan(TableName=aws.environment["ANOMALIES_TABLE"])["Items"]
    assert [item["phase"]["S"] for item in items] == ["cleared"]
