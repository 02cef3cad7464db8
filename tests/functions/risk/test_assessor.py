"""The assessor announces each rise once, loses none, and passes nobody over."""

import contextlib
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from inframind import wiring
from inframind.adapters.detection.memory_anomalies import MemoryAnomalies
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.adapters.platform.memory_facts import MemoryFacts
from inframind.adapters.risk.memory_risk import MemoryRisk
from inframind.adapters.series.memory_series import MemorySeries
from inframind.errors import Unavailable
from inframind.facts import RiskRaised
from inframind.frames import Frame
from inframind.ports.risk import KeptRisk
from inframind.records import RiskLevel, to_ms
from inframind.settings import settings
from tests.conftest import Account, load_handler
from tests.functions.fuse import Fuse, Killed

TICK: dict[str, Any] = {"schedule": "risk"}
HOT, WARM, COOL = 99.0, 86.0, 20.0


class World:
    """Every port the assessor uses, in memory; the bus may fail, before or after it has had its effect."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.series, self.risks, self.facts = MemorySeries(), MemoryRisk(), MemoryFacts()
        self.counters = MemoryCounters()
        anomalies = MemoryAnomalies()
        patch.setattr(wiring, "series_store", lambda: self.series)
        patch.setattr(wiring, "anomalies", lambda: anomalies)
        patch.setattr(wiring, "counters", lambda: self.counters)
        self.through(Fuse())

    def through(self, fuse: Fuse) -> None:
        """From now on calls to the risk store and the bus go through this fuse."""
        risks, facts = fuse.around(self.risks), fuse.around(self.facts)
        self.patch.setattr(wiring, "risks", lambda: risks)
        self.patch.setattr(wiring, "facts", lambda: facts)

    def send(self, value: float, *resources: str) -> None:
        """Two values of cpu_usage that fill the lookback, so that a constant is no anomaly."""
        now = datetime.now(UTC)
        times = np.array([to_ms(now) - 2000, to_ms(now) - 1000])
        frames = [Frame(resource, (b"cpu_usage",), times, np.full((2, 1), value)) for resource in resources]
        self.series.write(frames, now)

    def pass_a_minute(self) -> None:
        """What is kept becomes a minute older."""
        for resource in ("web-1", "web-2"):
            kept = self.risks.get(resource)
            if kept:
                older = KeptRisk(kept.level, kept.at - timedelta(minutes=1), kept.owed)
                assert self.risks.move(resource, kept, older)

    def raised(self) -> list[tuple[str, str]]:
        """What was announced: resource and level."""
        assert all(isinstance(fact, RiskRaised) for fact in self.facts.announced)
        return [(fact.resource_id, fact.level) for fact in self.facts.announced if isinstance(fact, RiskRaised)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    settings.cache_clear()
    return World(monkeypatch)


def assessor() -> ModuleType:
    """A fresh process."""
    return load_handler("risk", "assessor")


def test_a_rise_is_announced_once_however_often_it_is_assessed(world: World) -> None:
    world.send(HOT, "web-1")
    for _ in range(3):
        assessor().handler(TICK, None)
        world.pass_a_minute()
    assert world.raised() == [("web-1", "MEDIUM")]
    kept = world.risks.get("web-1")
    assert kept is not None
    assert (kept.level, kept.owed) == (RiskLevel.MEDIUM, None)


def test_a_calm_resource_is_kept_and_not_announced_and_a_fall_makes_room_for_a_new_rise(world: World) -> None:
    levels = []
    for value in (COOL, HOT, COOL, HOT):
        world.series = MemorySeries()
        world.send(value, "web-1")
        assessor().handler(TICK, None)
        world.pass_a_minute()
        kept = world.risks.get("web-1")
        levels.append(kept and kept.level.value)
    assert levels == ["LOW", "MEDIUM", "LOW", "MEDIUM"]
    assert [level for _, level in world.raised()] == ["MEDIUM", "MEDIUM"]
    assert len({fact.id for fact in world.facts.announced}) == 2


def test_what_it_did_is_counted_and_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.send(HOT, "web-1")
    world.send(COOL, "web-2")
    assert assessor().handler(TICK, None) == {"assessed": 2, "high": 0, "failed": 0, "left": 0}
    assert world.counters.read()[("sla_risk_checks_total", ())] == 2
    (line,) = [vars(record) for record in caplog.records if vars(record).get("event") == "risk raised"]
    assert (line["resource"], line["previous"], line["level"]) == ("web-1", "LOW", "MEDIUM")


def test_a_resource_that_fell_silent_keeps_its_level(world: World) -> None:
    world.send(HOT, "web-1")
    assessor().handler(TICK, None)
    world.pass_a_minute()
    before = world.risks.get("web-1")
    world.series._kept.clear()
    assessor().handler(TICK, None)
    assert world.risks.get("web-1") == before


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "failure", [Killed(), Unavailable("for now"), RuntimeError("a bug")], ids=["kill", "503", "bug"]
)
@pytest.mark.parametrize("at", range(6))
def test_wherever_it_stops_the_rise_is_announced_under_one_id(
    world: World, at: int, failure: BaseException, after: bool
) -> None:
    world.send(HOT, "web-1")
    world.through(Fuse(at, failure, after=after))
    for _ in range(3):
        with contextlib.suppress(Killed, Unavailable, RuntimeError):
            assessor().handler(TICK, None)
        world.pass_a_minute()
    assert set(world.raised()) == {("web-1", "MEDIUM")}
    assert len({fact.id for fact in world.facts.announced}) == 1
    kept = world.risks.get("web-1")
    assert kept is not None
    assert (kept.level, kept.owed) == (RiskLevel.MEDIUM, None)


def test_the_story_has_no_more_steps_than_were_interrupted(world: World) -> None:
    fuse = Fuse()
    world.send(HOT, "web-1")
    world.through(fuse)
    assessor().handler(TICK, None)
    assert fuse.calls <= 6


class Meeting(MemoryFacts):
    """A bus on which another assessor does its whole round just before the first one's announcement arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.met = False

    def announce(self, facts: Any) -> None:
        """Lets the other go first, once."""
        if not self.met:
            self.met = True
            assessor().handler(TICK, None)
        super().announce(facts)


def test_two_assessors_that_meet_announce_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send(HOT, "web-1")
    world.facts = Meeting()
    world.through(Fuse())
    assessor().handler(TICK, None)
    assert world.raised() == [("web-1", "MEDIUM")]


class LateWriter(MemoryRisk):
    """A store in which another assessor moves the level between our reading and our writing."""

    def move(self, resource: str, previous: KeptRisk | None, kept: KeptRisk) -> bool:
        """Loses the first time."""
        if previous is None and self.get(resource) is None:
            super().move(resource, None, KeptRisk(RiskLevel.MEDIUM, kept.at))
        return super().move(resource, previous, kept)


def test_who_loses_the_write_announces_nothing(world: World) -> None:
    world.send(HOT, "web-1")
    world.risks = LateWriter()
    world.through(Fuse())
    assessor().handler(TICK, None)
    assert world.raised() == []


def test_a_resource_that_fails_does_not_hold_up_the_others(world: World) -> None:
    world.send(HOT, "web-1", "web-2")
    world.through(Fuse(1, Unavailable("for now")))  # the first read after the place to resume
    assert assessor().handler(TICK, None)["failed"] == 1
    assert world.raised() == [("web-2", "MEDIUM")]


def test_a_store_that_fails_for_all_fails_the_round(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send(HOT, "web-1", "web-2")

    def refuse(*_: Any) -> None:
        raise Unavailable("The series table did not accept the call.")

    monkeypatch.setattr(world.series, "read", refuse)
    with pytest.raises(Unavailable, match="None of 2"):
        assessor().handler(TICK, None)


def test_a_round_that_runs_out_of_time_is_continued_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = [f"web-{i}" for i in range(7)]
    world.send(HOT, *fleet)
    seconds = iter(range(10_000))
    left = []
    for _ in range(3):
        process = assessor()
        monkeypatch.setattr(process, "monotonic", lambda: 10.0 * next(seconds))
        left.append(process.handler(TICK, None)["left"])
    assert left == [3, 3, 3]
    assert {resource for resource, _ in world.raised()} == set(fleet)
    assert world.risks.stopped_after() == fleet[4]  # four, then three and the first, then four more
    assessor().handler(TICK, None)
    assert world.risks.stopped_after() is None


def test_on_aws_the_same_tick_twice_leaves_the_same_world(aws: Account) -> None:
    now = datetime.now(UTC)
    frame = Frame("web-1", (b"cpu_usage",), np.array([to_ms(now) - 1000]), np.array([[HOT]]))
    wiring.series_store().write([frame], now)
    table, client = aws.environment["RISK_TABLE"], aws.client("dynamodb")
    assert assessor().handler(TICK, None)["assessed"] == 1
    once = client.scan(TableName=table)["Items"]
    assert assessor().handler(TICK, None)["assessed"] == 1
    assert client.scan(TableName=table)["Items"] == once
    (item,) = once
    assert (item["level"]["S"], "owed" in item) == ("MEDIUM", False)
