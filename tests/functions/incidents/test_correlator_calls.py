"""What the correlator makes of calls between services: groups, and causes that stored metrics tell."""

import dataclasses
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from inframind import wiring
from inframind.errors import Unavailable
from inframind.frames import Frame
from inframind.incidents.cause.signal_ranking import suspects
from inframind.records import to_ms
from inframind.settings import settings
from inframind.signals import Incident
from inframind.topology.call_graph import CallGraph
from inframind.usecases.incidents import rounds
from tests.contracts.signals import signal
from tests.functions.fuse import Fuse
from tests.functions.incidents.world import World, body, correlator, event
from tests.incidents.cause.live import ONSET_MS, STEP_MS, Case, simulated


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    settings.cache_clear()
    yield World(monkeypatch)
    settings.cache_clear()


APART = (signal("latency", service="web"), signal("errors", service="web"))
BEYOND = (signal("queries", service="db", minute=1), signal("locks", service="db", minute=2))
REGROUP = json.dumps({"regroup": True})


def learn(world: World, *edges: tuple[str, str]) -> None:
    stored = world.calls.load()
    graph = CallGraph.from_bytes(stored.data) if stored.data else CallGraph()
    world.calls.save(graph.with_seen(edges, to_ms(datetime.now(UTC))).to_bytes(), stored.version)


def test_a_call_that_is_learnt_later_makes_two_incidents_one(world: World) -> None:
    world.send(*APART)
    world.send(*BEYOND)
    learn(world, ("web", "db"))
    for _ in range(2):
        assert world.deliver(REGROUP) == {"batchItemFailures": []}
    assert world.stories() == ["IncidentOpened", "IncidentOpened", "merged", "merged"]
    (standing,) = [one for one in world.kept() if one.status != "merged"]
    assert standing.services == ("db", "web")


def say(world: World, said: dict[tuple[str, str], bool]) -> None:
    """Somebody declares these calls, or denies them (true)."""
    stored = world.calls.load()
    graph = CallGraph.from_bytes(stored.data) if stored.data else CallGraph()
    world.calls.save(graph.with_said(said, "0123456789ab", 0).to_bytes(), stored.version)
    world.deliver(REGROUP)


def test_a_call_that_somebody_declares_makes_two_incidents_one(world: World) -> None:
    world.send(*APART)
    world.send(*BEYOND)
    say(world, {("web", "db"): False})
    world.deliver(REGROUP)
    assert world.stories() == ["IncidentOpened", "IncidentOpened", "merged", "merged"]


@pytest.mark.parametrize("known", ["learnt", "configured"])
def test_a_call_that_somebody_denies_joins_nothing(world: World, known: str) -> None:
    if known == "learnt":
        learn(world, ("web", "db"))
    else:
        world.patch.setenv("SERVICE_CALLS", "web>db")
        settings.cache_clear()
    say(world, {("web", "db"): True})
    world.send(*APART)
    world.send(*BEYOND)
    assert sorted(one.services for one in world.kept()) == [("db",), ("web",)]


def test_a_denial_parts_nothing_that_is_one_incident_already_and_both_ends_still_grow_it(world: World) -> None:
    learn(world, ("web", "db"))
    world.send(*APART, *BEYOND)
    say(world, {("web", "db"): True})
    for service in ("web", "db"):
        world.send(signal("another", service=service, minute=3))
    (incident,) = world.kept()
    assert (incident.services, incident.signal_count, incident.status) == (("db", "web"), 6, "open")


def test_a_call_that_is_learnt_later_makes_an_incident_of_what_was_none(world: World) -> None:
    world.send(APART[0])
    world.send(BEYOND[0])
    assert world.kept() == []
    learn(world, ("web", "db"))
    world.deliver(REGROUP)
    assert [one.services for one in world.kept()] == [("db", "web")]


def test_word_of_a_call_that_is_lost_is_made_up_for_at_the_next_look(world: World) -> None:
    world.send(*APART)
    world.send(*BEYOND)
    learn(world, ("web", "db"))
    world.pass_minutes(1)
    assert world.stories()[2:] == ["merged", "merged"]


def test_a_correlator_follows_a_graph_no_older_than_the_one_that_the_board_was_grouped_by(world: World) -> None:
    old = correlator()
    old.handler(event(body(APART)), None)
    kept = dataclasses.replace(rounds._known)
    learn(world, ("web", "db"))
    world.deliver(REGROUP)
    world.patch.setattr(rounds, "_known", kept)  # what the older process remembers
    old.handler(event(body(BEYOND)), None)
    assert [one.services for one in world.kept()] == [("db", "web")]


def test_many_incidents_that_one_call_joins_are_joined_round_by_round(world: World) -> None:
    for number in range(30):
        world.send(*(signal(f"{end}{n}{number}", service=f"{end}{number}") for end in ("web", "db") for n in "ab"))
    learn(world, *((f"web{number}", f"db{number}") for number in range(30)))
    world.deliver(REGROUP)
    assert len([one for one in world.kept() if one.status != "merged"]) == 30
    assert world.board().calls == 1


def test_a_graph_that_cannot_be_read_holds_no_incident_up(world: World) -> None:
    world.patch.setattr(wiring, "calls", lambda: Fuse(0, Unavailable("for now")).around(world.calls))
    assert world.send(*APART) == {"batchItemFailures": []}
    assert world.stories() == ["IncidentOpened"]


class Late:
    """A series store that answers when it may, or fails."""

    def __init__(
        self, frames: Mapping[str, Sequence[Frame]], failure: Exception | None = None, answers: bool = True
    ) -> None:
        self.frames, self.failure = frames, failure
        self.may_answer = threading.Event()
        if answers:
            self.may_answer.set()

    def hours(self, resource: str, _start: datetime, _end: datetime) -> Iterator[Sequence[Frame]]:
        self.may_answer.wait(120)
        if self.failure:
            raise self.failure
        return iter([self.frames.get(resource, ())])


def planted(world: World, store: Late, case: Case) -> None:
    """The signals of a planted fault told, in a world whose series are in `store`."""
    world.patch.setattr(wiring, "series_store", lambda: store)
    learn(world, *case.edges)
    world.now_ms = ONSET_MS + 10 * STEP_MS
    world.send(*case.incident.signals)


def whole(world: World) -> Incident:
    """The only incident, with its signals."""
    (listed,) = world.kept()
    found = world.incidents.get(listed.id)
    assert found is not None
    return found


UNCLEAR = next(
    case
    for case in simulated(0)
    if len(case.incident.signals) > 1
    and [one.subject for one in suspects(case.incident, case.edges)][:1] not in ([], [case.cause])
)


def test_metrics_name_a_cause_that_signals_do_not_and_it_is_told_of(world: World) -> None:
    planted(world, Late(UNCLEAR.frames), UNCLEAR)
    incident = whole(world)
    assert incident.suspects[0].subject == UNCLEAR.cause
    assert "accounts for" in incident.suspects[0].reason
    assert world.stories() == ["IncidentOpened", "cause"]
    world.send(signal("one more", service=UNCLEAR.incident.services[0]))
    assert whole(world).suspects[0].subject == UNCLEAR.cause


@pytest.mark.parametrize(
    ("failure", "answers"),
    [(Unavailable("for now"), True), (RuntimeError("a bug"), True), (None, False)],
    ids=["503", "bug", "slow"],
)
def test_a_series_store_that_is_slow_or_fails_costs_an_incident_nothing(
    world: World, failure: Exception | None, answers: bool
) -> None:
    world.patch.setattr("inframind.usecases.incidents.metric_evidence.READ_WITHIN_S", 0.2)
    store = Late(UNCLEAR.frames, failure, answers)
    begun = time.monotonic()
    planted(world, store, UNCLEAR)
    assert time.monotonic() - begun < 60
    store.may_answer.set()
    incident = whole(world)
    assert world.stories() == ["IncidentOpened"]
    assert incident.suspects == suspects(incident, UNCLEAR.edges)


def test_rows_that_come_later_are_asked_for_at_the_next_look(world: World) -> None:
    quiet = {node: [one.rows(0, len(one.times_ms) - 5) for one in those] for node, those in UNCLEAR.frames.items()}
    planted(world, Late(quiet), UNCLEAR)
    assert world.stories() == ["IncidentOpened"]
    world.patch.setattr(wiring, "series_store", lambda: Late(UNCLEAR.frames))
    world.pass_minutes(2)
    assert world.stories() == ["IncidentOpened", "cause"]
    incident = whole(world)
    assert [line.kind for line in incident.timeline].count("cause") == 1
