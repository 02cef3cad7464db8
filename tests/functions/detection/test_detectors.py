"""Detectors and feedback change what the scorer announces, and what stops arriving is noticed."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from inframind.detection.commands import Heed, Look, text
from inframind.detection.detectors.detector import Detector
from inframind.errors import Unavailable
from inframind.frames import Frame
from inframind.records import Anomaly, Feedback, from_ms
from inframind.settings import settings
from tests.contracts.anomalies import NOON as NOON_AT
from tests.detection.frames import LONG, MINUTE, NOON, flat, recent, steady
from tests.functions.detection.world import ALL_WELL, Event, World, body, event, scorer
from tests.functions.fuse import Fuse, Killed

STALE = np.array([0x7FF0000000000002], np.uint64).view(np.float64)[0]


def send(*frames: Frame, process: ModuleType | None = None) -> None:
    for frame in frames:
        assert (process or scorer()).handler(event((body(frame), 0)), None) == ALL_WELL


def order(command: Heed | Look) -> Event:
    return event((text(command), 0))


def look(minute: int) -> Event:
    """A look for silent series, some minutes after noon."""
    return order(Look(at_ms=NOON + minute * MINUTE))


def said(anomaly: Anomaly, verdict: Any = "normal", minute: int = LONG + 5) -> Event:
    given = Feedback(verdict=verdict, by="me", at=from_ms(NOON + minute * MINUTE))
    return order(Heed(anomaly=anomaly, feedback=given))


def ask(world: World, name: str = "a", **asked: Any) -> None:
    world.detectors.create(Detector(id=name, created_at=NOON_AT, updated_at=NOON_AT, **asked))


def spike(value: float = 95.0, start: int = LONG, resource: str = "web-1") -> tuple[Frame, Frame]:
    """Three minutes at a value, and a calm hour after it."""
    return flat(value, resource, 3, start), steady(resource, 97, start + 3)


def test_without_detectors_the_spike_is_found(world: World) -> None:
    send(recent(), *spike())
    assert [(one.resource_id, one.kind == "normal") for one in world.table()] == [("web-1", False)]


@pytest.mark.parametrize(
    "asked",
    [
        {"enabled": False},
        {"direction": "down"},
        {"min_change": 100.0},
        {"min_change_percent": 150.0},
        {"trigger_samples": 20},
        {"excluded_once": [{"start": "2026-01-11T16:30:00Z", "end": "2026-01-11T17:30:00Z"}]},
        {"excluded_weekly": [{"days": ["sun"], "start": "21:50", "end": "22:30"}], "time_zone": "Asia/Karachi"},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_a_detector_silences_the_series_it_matches_and_no_other(world: World, asked: dict[str, Any]) -> None:
    ask(world, resource="web-1", **asked)
    send(recent(), recent("web-2"), *spike(), *spike(resource="web-2"))
    assert [one.resource_id for one in world.table()] == ["web-2"]


def test_less_sensitive_series_take_a_larger_departure(world: World) -> None:
    ask(world, resource="web-1", sensitivity=0.05)
    send(recent(), recent("web-2"), *spike(60.0), *spike(60.0, resource="web-2"))
    assert [one.resource_id for one in world.table()] == ["web-2"]


def test_a_detector_that_is_deleted_asks_nothing_any_more(world: World) -> None:
    ask(world, direction="down")
    send(recent())
    world.detectors.delete("a")
    send(*spike())
    assert len(world.table()) == 1


def test_disabling_clears_what_was_open(world: World) -> None:
    send(recent(), flat(95.0))
    ask(world, enabled=False)
    send(flat(95.0, start=LONG + 1))
    assert [one.phase for one in world.table()] == ["cleared"]


def test_a_warm_process_follows_older_detectors_while_their_table_is_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(world, enabled=False)
    process = scorer()
    process.RULES_KEPT_S = 0.0  # type: ignore[attr-defined]
    send(recent(), process=process)

    def down() -> None:
        raise Unavailable("for now")

    monkeypatch.setattr(world.detectors, "all", down)
    send(*spike(), process=process)
    assert world.table() == []
    assert scorer().handler(event((body(flat(95.0, start=900)), 0)), None) == {
        "batchItemFailures": [{"itemIdentifier": "m0"}]
    }


def test_what_was_called_normal_is_not_announced_again_and_a_larger_departure_is(world: World) -> None:
    send(recent(), *spike())
    (first,) = world.table()
    assert scorer().handler(said(first), None) == ALL_WELL
    send(*spike(start=LONG + 100))
    (again,) = world.table()
    assert (again.id, again.phase) == (first.id, "cleared")
    send(*spike(400.0, LONG + 200))
    second, _ = world.table()
    assert second.direction == "up"
    assert second.detected_at == from_ms(NOON + (LONG + 200) * MINUTE)


def test_the_other_direction_is_still_announced(world: World) -> None:
    send(recent(), *spike())
    scorer().handler(said(world.table()[0]), None)
    send(*spike(10.0, LONG + 100))
    assert [one.direction for one in world.table()] == ["down", "up"]
    assert world.table()[0].detected_at == from_ms(NOON + (LONG + 100) * MINUTE)


def test_feedback_that_is_taken_back_lets_the_same_departure_be_announced_again(world: World) -> None:
    send(recent(), *spike())
    (first,) = world.table()
    scorer().handler(said(first), None)
    scorer().handler(said(first, "anomaly"), None)
    send(*spike(start=LONG + 100))
    assert len(world.table()) == 2


def test_feedback_clears_what_is_open(world: World) -> None:
    send(recent(), flat(95.0))
    (begun,) = world.table()
    assert begun.phase == "open"
    scorer().handler(said(begun), None)
    (ended,) = world.table()
    assert (ended.phase, ended.cleared_at) == ("cleared", from_ms(NOON + (LONG + 5) * MINUTE))


def test_a_series_that_stops_is_announced_once_and_clears_when_it_is_back(world: World) -> None:
    both = (recent(), recent("web-2"))
    send(*both)
    process = scorer()
    assert process.handler(look(LONG + 1), None) == ALL_WELL
    assert world.table() == []
    send(steady("web-2", 30, LONG))
    for minute in (LONG + 10, LONG + 15, LONG + 20):
        assert scorer().handler(look(minute), None) == ALL_WELL
    (gone,) = world.table()
    assert (gone.resource_id, gone.kind, gone.phase) == ("web-1", "absent", "open")
    assert gone.current_value == 11 * 60
    assert gone.explanation == (
        "cpu_usage of web-1 has stopped arriving: nothing for 11 min, where a sample each 60 s was usual."
    )
    assert len(world.told()) == 1
    send(steady(rows=3, start=LONG + 32))
    (back,) = world.table()
    assert (back.id, back.phase, back.peak_value) == (gone.id, "cleared", 35 * 60)


def test_a_series_that_ended_on_purpose_is_not_missed(world: World) -> None:
    send(recent(), Frame("web-1", (b"cpu_usage",), np.array([NOON + LONG * MINUTE]), np.array([[STALE]])))
    scorer().handler(look(LONG + 60), None)
    assert world.table() == []


@pytest.mark.parametrize(
    "asked",
    [
        {"absent_after": None},
        {"absent_after": 100},
        {"enabled": False},
        {"excluded_once": [{"start": "2026-01-11T17:00:00Z", "end": "2026-01-11T18:00:00Z"}]},
    ],
    ids=["off", "patient", "disabled", "excluded"],
)
def test_a_detector_says_what_silence_is(world: World, asked: dict[str, Any]) -> None:
    ask(world, resource="web-1", **asked)
    send(recent(), recent("web-2"))
    scorer().handler(look(LONG + 58), None)
    assert [one.resource_id for one in world.table()] == ["web-2"]


def test_nobody_is_missed_inside_a_window_and_its_time_does_not_count(world: World) -> None:
    ask(world, excluded_once=[{"start": "2026-01-11T17:08:00Z", "end": "2026-01-11T18:00:00Z"}])
    send(recent())
    scorer().handler(look(LONG + 20), None)
    assert world.table() == []
    ask(
        world, "b", metric="cpu_usage", excluded_once=[{"start": "2026-01-11T17:02:00Z", "end": "2026-01-11T18:00:00Z"}]
    )
    scorer().handler(look(LONG + 61), None)
    assert world.table() == []
    scorer().handler(look(LONG + 64), None)
    assert [one.kind for one in world.table()] == ["absent"]


def test_a_host_that_falls_silent_is_one_anomaly_and_so_is_everything_at_once(world: World) -> None:
    minutes = NOON + np.arange(LONG) * MINUTE
    host = Frame("db-1", (b"cpu", b"disk", b"mem"), minutes, np.tile(np.arange(LONG)[:, None] % 7.0, 3))
    send(host, steady(rows=LONG + 60))
    scorer().handler(look(LONG + 10), None)
    (one,) = world.table()
    assert (one.resource_id, one.severity) == ("db-1", "high")
    assert one.explanation.startswith("db-1 has stopped arriving, with all 3 series: nothing for 11 min")
    send(*[steady(f"app-{i}", LONG + 60) for i in range(5)])
    scorer().handler(look(LONG + 90), None)
    everything, _ = world.table()
    assert everything.explanation.startswith("Nothing arrives any more of app-0 and 5 other resources")


def test_old_data_is_not_missed(world: World) -> None:
    send(recent())
    scorer().handler(look(LONG + 3 * 1440), None)
    assert world.table() == []


def test_an_absence_is_given_up_after_a_day(world: World) -> None:
    send(recent())
    scorer().handler(look(LONG + 10), None)
    scorer().handler(look(LONG + 10 + 1440), None)
    assert [one.phase for one in world.table()] == ["cleared"]
    assert len(world.told()) == 1


def test_a_silence_that_was_called_normal_is_not_announced_again(world: World) -> None:
    send(recent())
    scorer().handler(look(LONG + 10), None)
    scorer().handler(said(world.table()[0], minute=LONG + 11), None)
    assert [one.phase for one in world.table()] == ["cleared"]
    send(steady(rows=60, start=LONG + 20))
    scorer().handler(look(LONG + 80 + 10), None)
    assert len(world.table()) == 1
    scorer().handler(look(LONG + 80 + 60), None)
    assert len(world.table()) == 2


def test_looking_at_a_quiet_shard_saves_nothing(world: World) -> None:
    send(recent())
    before = world.banks.load(0).version
    scorer().handler(look(LONG + 1), None)
    assert world.banks.load(0).version == before


def test_a_look_by_a_fresh_process_repeats_no_news_for_ever(world: World) -> None:
    send(recent(), flat(95.0))
    for minute in (1, 2, 3):
        scorer().handler(look(LONG + minute), None)
    assert len(world.facts.announced) == 2  # once more by the first look, which could not know


def test_a_command_that_cannot_be_read_is_set_aside(world: World) -> None:
    assert scorer().handler(event(('{"order":"dance"}', 0)), None) == ALL_WELL
    assert [data for data, _ in world.aside.kept.values()] == [b'{"order":"dance"}']


STORY = [
    event((body(recent()), 0)),
    event((body(flat(95.0)), 0)),
    look(LONG + 20),
    event((body(steady(rows=10, start=LONG + 30)), 0)),
    look(LONG + 50),
]


def told(world: World, process: ModuleType, part: Event) -> ModuleType:
    """Delivers an event until it succeeds, in a new process after each kill; then the feedback on what it opened."""
    for _ in range(4):
        try:
            if process.handler(part, None) == ALL_WELL:
                return process
        except Killed:
            process = scorer()
    raise AssertionError("it never succeeds")


def story(world: World) -> None:
    process = scorer()
    for part in STORY[:2]:
        process = told(world, process, part)
    spiked = min(world.table(), key=lambda one: one.detected_at).model_copy(
        update={"phase": "open", "cleared_at": None}
    )
    process = told(world, process, said(spiked, minute=LONG + 1))
    for part in STORY[2:]:
        process = told(world, process, part)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("failure", [Killed(), Unavailable("for now")], ids=["kill", "503"])
@pytest.mark.parametrize("at", range(20))
def test_wherever_it_stops_commands_are_obeyed_once(
    monkeypatch: pytest.MonkeyPatch, at: int, failure: BaseException, after: bool
) -> None:
    settings.cache_clear()
    smooth, rough, fuse = World(), World(), Fuse(at, failure, after=after)
    smooth.install(monkeypatch)
    story(smooth)
    rough.install(monkeypatch, fuse)
    story(rough)
    assert [one.kind == "absent" for one in smooth.table()] == [True, True, False]
    assert rough.table() == smooth.table()
    assert rough.told() == smooth.told()
    assert rough.banks.load(0).data == smooth.banks.load(0).data


def test_every_command_delivered_twice_changes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    once, twice = World(), World()
    once.install(monkeypatch)
    story(once)
    twice.install(monkeypatch)
    original = told
    monkeypatch.setitem(
        globals(), "told", lambda world, process, part: original(world, original(world, process, part), part)
    )
    story(twice)
    assert twice.table() == once.table()
    assert twice.banks.load(0).data == once.banks.load(0).data


def test_feedback_fades(world: World) -> None:
    send(recent(), *spike())
    (first,) = world.table()
    scorer().handler(said(first), None)
    state = scorer().Shard.from_bytes(world.banks.load(0).data)
    ((suppression,),) = state.suppressions.by_series.values()
    reach = [suppression.allowance(NOON + int(timedelta(days=days).total_seconds() * 1000)) for days in (0, 30, 60)]
    assert reach[0] > suppression.reach > reach[2]
