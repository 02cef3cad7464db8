"""No incident costs more than it may, however often it changes and whatever the model does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.incidents.analyst.budget import Case, CircuitBreaker, Limits, Spent, decide, matter
from tests.contracts.signals import signal
from tests.incidents.hostile import broken, deployed, jumped

LIMITS = Limits(prices=(0.003, 0.015))
CASE = Case("new", 9_000)
MINUTE = 60_000


def decided(spent: Spent, now_ms: int = 10_000_000, case: Case = CASE, **limits: Any) -> tuple[str, int]:
    found = decide(spent, CircuitBreaker(), case, now_ms, Limits(**limits) if limits else LIMITS)
    return found.step, found.at_ms


def test_the_first_analysis_is_due_at_once_and_the_next_ones_later_and_later() -> None:
    assert decided(Spent()) == ("ask", 0)
    for analyses, minutes in ((1, 2), (2, 4), (3, 8), (4, 16)):
        spent = Spent(analyses=analyses, last_ms=10_000_000, seen="old")
        due = 10_000_000 + minutes * MINUTE
        assert decided(spent, due - 1) == ("wait", due)
        assert decided(spent, due) == ("ask", 0)


def test_what_has_been_seen_is_not_analysed_again_unless_somebody_asks() -> None:
    seen = Spent(seen="new", analyses=1, last_ms=9_999_999)
    assert decided(seen) == ("leave", 0)
    assert decided(seen, case=Case("new", 9_000, is_asked_for=True)) == ("ask", 0)


@pytest.mark.parametrize("is_asked_for", [False, True])
@pytest.mark.parametrize(
    "spent", [Spent(analyses=5), Spent(input_tokens=50_000, output_tokens=6_000), Spent(cost=0.24)], ids=range(3)
)
def test_beyond_its_limits_nobody_is_asked_whoever_wants_it(spent: Spent, is_asked_for: bool) -> None:
    assert decided(spent, case=Case("new", 9_000, is_asked_for)) == ("leave", 0)


def test_while_somebody_is_at_it_or_the_model_is_left_alone_it_waits() -> None:
    assert decided(Spent(busy_until_ms=10_000_500)) == ("wait", 10_000_500)
    found = decide(Spent(), CircuitBreaker(open_until_ms=10_000_900), CASE, 10_000_000, LIMITS)
    assert (found.step, found.at_ms) == ("wait", 10_000_900)


def test_a_wait_that_was_asked_for_opens_the_circuit_at_once() -> None:
    assert CircuitBreaker().after_failure(1_000, 60).open_until_ms == 61_000


def test_the_circuit_is_never_open_for_longer_than_an_hour() -> None:
    circuit = CircuitBreaker()
    for _ in range(60):
        circuit = circuit.after_failure(0)
    assert circuit.open_until_ms == 3_600_000


@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 1_500), st.integers(0, 40 * MINUTE)), max_size=40))
def test_an_incident_never_takes_more_than_its_limits(calls: list[tuple[int, int, int]]) -> None:
    limits, spent, now = Limits(prices=(0.003, 0.015), cost=0.08), Spent(), 0
    for number, (characters, answered, pause) in enumerate(calls):
        now += pause
        if decide(spent, CircuitBreaker(), Case(f"matter {number}", characters), now, limits).step == "ask":
            spent = spent.begun(now, limits).used((characters // 3, answered), limits).ended(f"matter {number}", None)
    assert spent.analyses <= limits.analyses
    assert spent.input_tokens + spent.output_tokens <= limits.tokens
    assert spent.cost <= limits.cost


def test_what_matters_is_what_the_analysis_rests_on() -> None:
    before = matter(broken())
    assert matter(broken().model_copy(update={"signal_count": 99, "acknowledged_by": "somebody"})) == before
    assert matter(broken().model_copy(update={"signals": (deployed(), jumped())})) != before
    assert matter(broken().model_copy(update={"severity": "low"})) != before
    more = (*broken().signals, signal("disk"))
    assert matter(broken().model_copy(update={"signals": more})) != before
    assert matter(broken().model_copy(update={"signals": broken().signals[::-1]})) == before
