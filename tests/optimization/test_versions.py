"""Which version serves, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest

from inframind.errors import Conflict
from inframind.optimization.versions import (
    KEPT,
    STEPS_BACK,
    Drift,
    Ledger,
    ModelCard,
    Verdict,
    rolled_back,
    with_version,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NONE = Ledger(kind="graybox")
DRIFT = Drift(builds=20, error=0.5, expected=0.1, is_drifting=True, explanation="off")


def card(number: int, verdict: Verdict = "better") -> ModelCard:
    return ModelCard(
        version=f"graybox-{number}",
        kind="graybox",
        trained_at=NOW,
        learnt_until=NOW,
        builds=40,
        pipelines=3,
        held_out=10,
        data_sha256="0" * 64,
        size_bytes=1,
        error=0.1,
        errors={"duration": 0.1},
        verdict=verdict,
        reason="because",
    )


def after(*cards: ModelCard, ledger: Ledger = NONE) -> Ledger:
    for one in cards:
        ledger = with_version(ledger, one, NOW)
    return ledger


def test_the_first_and_the_better_serve_and_the_others_are_listed() -> None:
    ledger = after(card(1, "first"), card(2, "better"), card(3, "not better"), card(4, "not judged"))
    assert (ledger.serving, ledger.before) == ("graybox-2", ("graybox-1",))
    assert [one.version[-1] for one in ledger.versions] == ["4", "3", "2", "1"]


def test_a_version_trained_again_changes_nothing_but_when_it_was_checked() -> None:
    ledger = after(card(1), card(2))
    again = with_version(ledger, card(1), NOW + timedelta(days=1))
    assert again == ledger.model_copy(update={"checked_at": NOW + timedelta(days=1)})


def test_a_rollback_brings_back_the_version_before_and_its_successor_does_not_return() -> None:
    ledger = rolled_back(after(card(1), card(2)), NOW)
    assert (ledger.serving, ledger.before, len(ledger.versions)) == ("graybox-1", (), 2)
    assert after(card(2), ledger=ledger).serving == "graybox-1"
    assert after(card(3), ledger=ledger).serving == "graybox-3"


def test_the_one_that_serves_and_a_bounded_number_before_it_are_needed() -> None:
    assert after(card(1)).needed == {"graybox-1"}
    assert not NONE.needed
    ledger = after(*(card(number) for number in range(30)))
    assert len(ledger.needed) == 1 + STEPS_BACK
    assert {"graybox-29", "graybox-28"} < ledger.needed
    for _ in range(STEPS_BACK):
        ledger = rolled_back(ledger, NOW)
        assert ledger.serving in ledger.needed
    assert ledger.serving == "graybox-19"


@pytest.mark.parametrize("ledger", [NONE, after(card(1))], ids=["none", "one"])
def test_without_a_version_before_there_is_no_way_back(ledger: Ledger) -> None:
    with pytest.raises(Conflict):
        rolled_back(ledger, NOW)


def test_what_was_found_of_a_version_does_not_pass_to_the_next() -> None:
    drifting = after(card(1), card(2)).model_copy(update={"drift": DRIFT})
    assert after(card(3), ledger=drifting).drift is None
    assert rolled_back(drifting, NOW).drift is None
    assert after(card(3, "not better"), ledger=drifting).drift == DRIFT


def test_the_ledger_is_bounded_but_keeps_the_version_that_serves_and_the_one_before() -> None:
    ledger = after(card(1), card(2), *(card(number, "not better") for number in range(3, KEPT + 20)))
    assert len(ledger.versions) == KEPT + 2
    assert ledger.card("graybox-1")
    assert ledger.card("graybox-2")


def test_a_model_is_as_old_as_the_last_look_at_it() -> None:
    assert NONE.age(NOW) is None
    assert after(card(1)).age(NOW + timedelta(days=3)) == timedelta(days=3)
