"""Stored metrics name the cause where signals alone do not, and say nothing where there is nothing to say."""

from collections.abc import Mapping, Sequence

from inframind.frames import Frame
from inframind.incidents.diagnosis import suspects
from inframind.incidents.measurement import SERVICES, inquiry, measurements
from inframind.signals import Incident, Measurement
from tests.contracts.signals import signal
from tests.incidents.live import EDGES, ONSET_MS, STEP_MS, Case, simulated

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
