"""Who is suspected from signals alone, and what an operator is told."""

import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.incidents.analyst.rule_based import analyse
from inframind.incidents.announcing import fact_of, slim
from inframind.incidents.board import Owed
from inframind.incidents.cause.signal_ranking import suspects
from inframind.signals import Incident, Measurement, Signal
from tests.cloudformation import ROOT
from tests.contracts.incidents import TEN_MS, incident
from tests.contracts.signals import signal

LAYER = str(ROOT / "layers/core")
CALLS = [("web", "auth"), ("auth", "db")]


def deployed(minute: float, service: str = "auth-api", version: str = "v2.1.0") -> Signal:
    return signal(
        f"{version} of {service}",
        minute=minute,
        service=service,
        kind="deployment",
        severity="low",
        evidence={"version": version, "status": "success"},
    )


def jumped(service: str = "auth-api", minute: float = 0.0, z: float = 242.0) -> Signal:
    return signal(f"latency of {service}", service=service, minute=minute, severity="critical", evidence={"z_score": z})


def of(*signals: Signal) -> Incident:
    services = sorted({one.service for one in signals if one.kind != "deployment"})
    return incident("i", signals=signals, services=services, signal_count=len(signals))


def ranked(found: Incident, calls: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    return [(one.subject, one.kind) for one in suspects(found, calls)]


def test_the_seeds_deployment_eight_minutes_before_is_the_first_cause() -> None:
    found = of(deployed(-8), jumped(), signal("errors", minute=1, kind="log_spike", severity="high"))
    first = suspects(found)[0]
    assert (first.subject, first.kind) == ("auth-api", "deployment")
    assert first.score == 0.83  # 0.5 + 0.45 x (1 - 8/30)
    assert "v2.1.0 of auth-api was deployed 8 min before" in first.reason


def test_a_deployment_ten_minutes_before_outranks_a_noisy_neighbour_and_an_older_one() -> None:
    found = of(deployed(-10), deployed(-25, version="v1"), jumped(), jumped("noisy", z=300))
    assert ranked(found)[0] == ("auth-api", "deployment")
    assert "v2.1.0" in suspects(found)[0].reason


@pytest.mark.parametrize("ahead_ms", [0, 300, 999])
def test_a_deployment_in_the_same_second_as_the_first_sign_is_its_cause(ahead_ms: int) -> None:
    found = suspects(of(deployed(ahead_ms / 60_000), jumped()))
    assert (found[0].kind, found[0].score) == ("deployment", 0.95)
    assert "v2.1.0 of auth-api was deployed just before" in found[0].reason


def test_a_deployment_in_the_second_after_the_only_sign_is_not_its_cause() -> None:
    assert [one.kind for one in suspects(of(deployed(1 / 60), jumped()))] == []


def test_the_own_deployment_outranks_a_later_one_of_a_neighbour() -> None:
    assert ranked(of(deployed(-20), deployed(-1, "web"), jumped()))[0] == ("auth-api", "deployment")


@pytest.mark.parametrize("minute", [-31, 1])
def test_a_deployment_that_is_too_old_or_came_afterwards_is_not_suspected(minute: float) -> None:
    assert "deployment" not in [kind for _, kind in ranked(of(deployed(minute), jumped()))]


def test_where_calls_are_known_the_last_service_called_is_the_cause() -> None:
    found = of(jumped("web", 0), jumped("auth", 0), jumped("db", 0))
    assert ranked(found, CALLS)[0] == ("db", "service")


def test_the_first_to_show_anything_is_the_cause_where_no_calls_are_known() -> None:
    assert ranked(of(jumped("web", 2), jumped("db", 0)))[0] == ("db", "service")


def test_what_has_stopped_sending_metrics_is_suspected_before_the_one_that_calls_it() -> None:
    silent = signal("db", service="db", minute=2, severity="high", evidence={"kind": "absent", "z_score": 0.0})
    found = suspects(of(jumped("auth", 0), jumped("web", 0), silent), CALLS)
    assert found[0].subject == "db"
    assert "has stopped sending metrics" in found[0].reason


def silent(name: str, minute: float) -> Signal:
    return signal(f"{name} silent", service=name, minute=minute, severity="high", evidence={"kind": "absent"})


def test_where_a_whole_fleet_falls_silent_what_sends_its_metrics_is_suspected_and_none_of_it() -> None:
    fleet = of(silent("db", 0), silent("auth", 0.5), silent("web", 1))
    assert suspects(fleet, CALLS) == ()
    told = analyse(fleet)
    assert (told.root_cause.description, told.root_cause.confidence) == ("No clear cause", 0)
    assert "what sends their metrics" in told.root_cause.reasoning
    assert "auth, db, web" in told.root_cause.reasoning
    (action, *_) = told.recommended_actions
    assert (action.action, action.evidence_ids) == ("check dependency", tuple(one.id for one in fleet.signals))
    assert "agents, collectors" in action.reasoning


def test_who_fell_silent_is_suspected_where_somebody_else_still_tells_of_trouble() -> None:
    assert ranked(of(silent("db", 0), silent("auth", 0.5), jumped("web", 1)), CALLS)[0] == ("db", "service")
    assert ranked(of(silent("db", 0), silent("auth", 0.5)), CALLS)[0] == ("db", "service")
    found = of(deployed(-8, "auth"), silent("db", 0), silent("auth", 0.5), silent("web", 1))
    assert [kind for _, kind in ranked(found, CALLS)] == ["deployment"]


def test_metrics_stand_in_the_place_of_what_signals_say_of_a_service_and_beside_deployments() -> None:
    said = [
        Measurement(id="1", service="db", score=0.6, words=""),
        Measurement(id="2", service="auth", score=0.4, words=""),
    ]
    found = of(jumped("web", 1), jumped("auth", 0))
    assert ranked(found, CALLS)[0] == ("auth", "service")
    assert ranked(found.model_copy(update={"measurements": said}), CALLS)[0] == ("db", "metric")
    found = of(deployed(-8, "auth"), jumped("web", 1), jumped("auth", 0))
    assert ranked(found.model_copy(update={"measurements": said}), CALLS)[0] == ("auth", "deployment")


def test_two_small_signs_of_one_service_are_no_clear_cause() -> None:
    found = of(signal("a"), signal("b"))
    assert suspects(found) == ()
    told = analyse(found)
    assert (told.root_cause.description, told.root_cause.confidence) == ("No clear cause", 0)
    assert told.recommended_actions[0].action == "inspect service"


def test_the_analysis_has_the_seeds_form_and_recommends_the_rollback_first() -> None:
    found = of(deployed(-8), jumped())
    told = analyse(found.model_copy(update={"suspects": suspects(found)})).model_dump(mode="json")
    assert set(told) - {"analyst", "impact_evidence_ids"} == {
        "root_cause",
        "recommended_actions",
        "severity",
        "estimated_customer_impact",
    }
    assert told["root_cause"]["confidence"] == 83
    first = told["recommended_actions"][0]
    assert (first["action"], first["risk"], first["priority"]) == ("rollback deployment", "low", 1)


drawn = st.lists(
    st.builds(
        signal,
        st.sampled_from("abcdef"),
        minute=st.integers(-40, 10),
        service=st.sampled_from(["web", "auth", "db"]),
        kind=st.sampled_from(["anomaly", "deployment", "log_spike", "alert", "risk", "new_error_template"]),
        severity=st.sampled_from(["low", "medium", "high", "critical"]),
    ),
    max_size=12,
)


@given(drawn)
def test_every_claim_cites_signals_that_are_there(signals: list[Signal]) -> None:
    found = of(*signals)
    after = found.model_copy(update={"suspects": suspects(found, CALLS)})
    known = {one.id for one in signals}
    for suspect in after.suspects:
        assert suspect.evidence_ids
        assert set(suspect.evidence_ids) <= known
        assert 0 <= suspect.score <= 1
    assert set(analyse(after).root_cause.evidence_ids) <= known


def test_a_fact_of_any_incident_fits_on_the_bus_with_nine_others() -> None:
    big = [
        signal(f"s{n}", detail="x" * 5_000, labels={f"l{m}": "y" * 500 for m in range(40)}, title="t" * 200)
        for n in range(100)
    ]
    said = tuple(Measurement(id=f"{n}", service="x" * 200, score=0.5, words="w" * 240) for n in range(48))
    found = of(deployed(-8), *big).model_copy(update={"measurements": said})
    fact = fact_of(Owed(id="1", kind="changed", incident="i", reason="grew", at_ms=TEN_MS), found)
    assert len(fact.model_dump_json()) < 25_000
    assert deployed(-8).id in [one.id for one in slim(found).signals]


def test_signals_are_ranked_without_importing_numpy() -> None:
    """Most deliveries need no metrics, and start in half the time without."""
    program = "import sys, inframind.incidents.cause.signal_ranking, inframind.incidents.cause as it; "
    program += "before = 'numpy' in sys.modules; it.rank_window; print(before, 'numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": LAYER}, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"], run.stderr
