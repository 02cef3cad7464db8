"""Stored metrics name the cause where signals alone do not, and say nothing where there is nothing to say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from inframind.frames import Frame
from inframind.incidents.cause.metric_evidence import SERVICES, inquiry, measurements
from inframind.incidents.cause.signal_ranking import suspects
from inframind.signals import Incident, Measurement
from tests.contracts.signals import signal
from tests.incidents.cause.live import EDGES, ONSET_MS, STEP_MS, Case, case, simulated
from tests.incidents.cause.planted import GRAPH, Shop

NOW_MS = ONSET_MS + 10 * STEP_MS


def asked(case: Case, frames: Mapping[str, Sequence[Frame]] | None = None) -> tuple[Measurement, ...]:
    """What the metrics say of a case."""
    about = inquiry(case.incident, case.edges, NOW_MS)
    assert about is not None
    return measurements(about, case.frames if frames is None else frames)


def first(incident: Incident, found: tuple[Measurement, ...] = ()) -> str:
    named = suspects(incident.model_copy(update={"measurements": found}), EDGES)
    return named[0].subject if named else ""


def test_metrics_find_causes_that_signals_alone_do_not() -> None:
    cases = [case for seed in range(2) for case in simulated(seed)]
    plain = sum(first(case.incident) == case.cause for case in cases)
    better = sum(first(case.incident, asked(case)) == case.cause for case in cases)
    assert better >= 0.95 * len(cases)
    assert better > plain


@pytest.mark.parametrize("node", ["cart", "search", "bank", "index"])
def test_a_service_that_is_gone_is_named_before_the_callers_that_fail_by_it(node: str) -> None:
    shop = Shop().silence(node)
    made = case((shop.before, shop.after), GRAPH, shop.alarm("availability"), node)
    found = suspects(made.incident.model_copy(update={"measurements": asked(made)}), made.edges)
    assert found[0].subject == node


def test_what_the_watch_over_series_tells_of_reaches_the_ranking_and_the_words() -> None:
    shop = Shop().silence("bank")
    made = case((shop.before, shop.after), GRAPH, shop.alarm("availability"), "bank")
    heard = tuple(one for one in made.incident.signals if one.evidence.get("kind") == "absent")
    assert "bank" in {one.service for one in heard}
    about = inquiry(made.incident, made.edges, NOW_MS)
    assert about is not None
    assert {hint.node for hint in about.hints} == {one.service for one in heard}
    (told,) = [one for one in measurements(about, made.frames) if one.service == "bank"]
    (deaf,) = [one for one in measurements(replace(about, hints=()), made.frames) if one.service == "bank"]
    assert told.score > deaf.score
    assert told.words.startswith("Nothing of it arrives any more")


def test_what_the_front_went_furthest_in_is_asked_about_first() -> None:
    slow = Shop().slow("bank")
    made = case((slow.before, slow.after), GRAPH, slow.alarm("latency"), "bank")
    failing = Shop().fail("bank")
    other = case((failing.before, failing.after), GRAPH, failing.alarm("availability"), "bank")
    abouts = [inquiry(one.incident, one.edges, NOW_MS) for one in (made, other)]
    assert [about and about.metrics[0] for about in abouts] == ["latency", "availability"]


def test_without_the_rows_of_the_fault_metrics_say_nothing() -> None:
    case = next(simulated(0))
    quiet = {node: [frame.rows(0, len(frame.times_ms) - 5) for frame in frames] for node, frames in case.frames.items()}
    assert asked(case, quiet) == ()
    assert asked(case, {}) == ()


def test_who_was_measured_and_has_no_part_is_said_to_be_well() -> None:
    case = next(simulated(0))
    found = {one.service: one for one in asked(case)}
    assert found[case.cause].score > 0.5
    well = [one for one in found.values() if one.score == 0.0]
    assert well
    assert {one.words for one in well} == {"as in quiet hours"}


def test_a_deployment_of_what_is_well_steps_back_and_one_of_the_cause_stays_first() -> None:
    case = next(simulated(0))
    found = asked(case)
    well = next(one.service for one in found if one.score == 0.0)
    for service, named in ((case.cause, case.cause), (well, case.cause)):
        deployed = signal("v2", service=service, kind="deployment", evidence={"version": "v2"})
        deployed = deployed.model_copy(update={"observed_at": case.incident.opened_at})
        incident = case.incident.model_copy(update={"signals": (deployed, *case.incident.signals)})
        assert first(incident, found) == named


def test_only_a_front_that_calls_somebody_is_asked_about_and_only_so_many_services() -> None:
    incident = next(simulated(0)).incident
    assert inquiry(incident, frozenset(), NOW_MS) is None
    front = incident.signals[-1].service
    many = frozenset((front, f"service-{number}") for number in range(100))
    about = inquiry(incident, many, NOW_MS)
    assert about is not None
    assert len(about.resources) == SERVICES


def test_services_that_call_each_other_in_a_ring_have_a_front_too() -> None:
    incident = next(simulated(0)).incident
    ring = frozenset((one, other) for one in incident.services for other in incident.services)
    about = inquiry(incident, ring, NOW_MS)
    assert about is None or about.front in incident.services
