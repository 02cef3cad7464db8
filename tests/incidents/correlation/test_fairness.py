"""Who is loud costs nobody else a place: a service's own signs go first, and what is counted to others is told."""

from inframind.incidents.board import Board, Condition
from inframind.incidents.correlation.fairness import given_up
from inframind.incidents.correlation.load_shedding import CONDITIONS, fitted
from inframind.incidents.correlation.planning import DEPLOYMENTS, OF_A_SERVICE, correlate
from tests.contracts.signals import signal
from tests.incidents.board import NOW_MS, World

LOUD = 45  # services, each with all that a service may have


def waiting(service: str, number: int, received_ms: int) -> Condition:
    name = f"{service} {number}"
    return Condition(fingerprint=name, service=service, kind="anomaly", severity="low", received_ms=received_ms)


def test_services_with_one_sign_keep_it_while_loud_ones_flood_the_board() -> None:
    quiet = [waiting(f"quiet-{number}", 0, NOW_MS - 1_000_000) for number in range(30)]
    loud = [waiting(f"loud-{one}", number, NOW_MS + number) for one in range(LOUD) for number in range(OF_A_SERVICE)]
    board = Board(conditions={one.fingerprint: one for one in (*quiet, *loud)})
    assert len(board.conditions) > CONDITIONS
    kept = fitted(board).conditions
    assert {one.fingerprint for one in quiet} <= kept.keys()
    left = [sum(one.service == f"loud-{number}" for one in kept.values()) for number in range(LOUD)]
    assert max(left) - min(left) <= 1


def test_one_service_that_is_deployed_all_the_time_pushes_out_no_other_deployment() -> None:
    many = [signal(f"loud {n}", service="loud", kind="deployment", minute=n / 60) for n in range(DEPLOYMENTS + 50)]
    own = signal("own", service="quiet", kind="deployment", minute=-1)
    world = World().take(own).take(*many)
    kept = world.take().board.deployments
    assert len(kept) == DEPLOYMENTS
    assert "own" in kept
    assert many[-1].fingerprint in kept
    assert many[0].fingerprint not in kept


def test_what_a_service_has_beyond_its_share_is_counted_to_its_own_and_told_of() -> None:
    storm = [signal(f"{number}", service="loud") for number in range(OF_A_SERVICE + 7)]
    plan = correlate(Board(), [*storm, signal("other", service="quiet")], NOW_MS, World().rules)
    assert plan.folded == 7
    assert sum(one.service == "loud" for one in plan.conditions.values()) == OF_A_SERVICE
    assert "other" in plan.conditions


def test_nobody_gives_up_a_last_one_before_another_a_last_but_one() -> None:
    assert given_up(["a1", "b1", "a2", "a3", "b2", "c1"], lambda item: item[0]) == ["a1", "b1", "a2", "a3", "b2", "c1"]
    assert given_up(["c1", "a1", "a2"], lambda item: item[0]) == ["a1", "c1", "a2"]
    assert given_up([], str) == []
