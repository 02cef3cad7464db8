"""Who is told what and when: routes, escalation steps, silences, and what is worth a message."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.notification.escalations import Escalation, Step, due, in_charge, is_acknowledged
from inframind.notification.matching import Match
from inframind.notification.notices import DeliveryRecord, Notice, asked_for, newest, news
from inframind.notification.silences import Silence, WeeklyHours, silenced_by
from tests.notification.incidents import ANALYSIS, OPENED, PAST, at, incident, opened


def escalation(*steps: tuple[float, str], **changes: Any) -> Escalation:
    made = tuple(Step(after_seconds=int(minutes * 60), channels=(channel,)) for minutes, channel in steps)
    return Escalation(**{"id": "e1", "name": "e", "steps": made, "created_at": OPENED, "updated_at": OPENED} | changes)


def told(notice: Notice | None = None) -> DeliveryRecord:
    before = DeliveryRecord(incident_id="inc-1", channel_id="c")
    return before.and_of(notice or opened(), None)


LADDER = escalation((0, "team"), (10, "lead"), (30, "boss"), repeat_seconds=None)


def channels(now: float, of: Escalation = LADDER, **changes: Any) -> list[str]:
    return [channel for one in due(of, incident(**changes), at(now)) for channel in one.channels]


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        ({}, True),
        ({"severities": ("high", "critical")}, True),
        ({"severities": ("critical",)}, False),
        ({"services": ("auth-*",)}, True),
        ({"services": ("cart", "billing-?")}, False),
        ({"labels": {"environment": "prod*"}}, True),
        ({"labels": {"environment": "prod*", "team": "*"}}, False),
    ],
)
def test_a_match_takes_what_it_names(match: dict[str, Any], takes: bool) -> None:
    assert Match(**match).takes(incident()) is takes


def test_nobody_acknowledging_walks_up_the_ladder() -> None:
    assert [channels(minutes) for minutes in (0, 9.9, 10, 31)] == [
        ["team"],
        ["team"],
        ["team", "lead"],
        ["team", "lead", "boss"],
    ]


def test_an_acknowledgement_stops_the_ladder_and_its_end_starts_it_anew() -> None:
    held: dict[str, Any] = {"status": "acknowledged", "acknowledged_by": "ann", "acknowledged_until": at(60)}
    assert channels(31, **held) == ["team"]
    reasons = [one.reason for one in due(LADDER, incident(**held), at(70))]
    assert [reason.split(":")[:3] for reason in reasons] == [["opened"], ["step", "e1", "0"], ["step", "e1", "1"]]
    assert is_acknowledged(incident(**held), at(59))
    assert not is_acknowledged(incident(**held), at(60))


def test_a_repeat_comes_once_a_period_and_only_the_latest() -> None:
    of = escalation((0, "team"), repeat_seconds=600)
    assert [
        [d.reason.split(":")[2] for d in due(of, incident(), at(m)) if d.reason.startswith("repeat")]
        for m in (9, 10, 35)
    ] == [
        [],
        ["1"],
        ["3"],
    ]


def test_while_there_is_no_escalation_every_channel_is_told_and_with_one_only_its_own() -> None:
    (everybody,) = in_charge(incident(), [], ["a", "b"])
    assert [one.channels for one in due(everybody, incident(), OPENED)] == [("a", "b")]
    other = escalation((0, "team"), match=Match(services=("cart",)))
    assert in_charge(incident(), [other], ["a"]) == []
    assert in_charge(incident(), [LADDER.model_copy(update={"enabled": False})], ["a"]) == []


def silence(**changes: Any) -> Silence:
    kept = {"id": "s", "comment": "works", "created_by": "k", "created_at": OPENED, "updated_at": OPENED}
    return Silence(**kept | {"ends_at": at(60)} | changes)


@pytest.mark.parametrize(("minute", "silent"), [(-1, False), (0, True), (59, True), (60, False)])
def test_a_silence_begins_and_ends(minute: int, silent: bool) -> None:
    one = silence(starts_at=OPENED)
    assert (silenced_by(incident(), [one], at(minute)) is one) is silent


def test_a_maintenance_window_runs_over_midnight_on_its_own_clock() -> None:
    weekly = silence(
        ends_at=None, weekly=(WeeklyHours(days=("sat",), start="23:00", end="02:00"),), time_zone="Europe/Berlin"
    )
    saturday = datetime(2026, 1, 10, 22, 0, tzinfo=UTC)  # 23:00 in Berlin
    assert [weekly.is_in_force(saturday + timedelta(hours=hours)) for hours in (-1, 0, 2.9, 3)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_silence_for_ever_is_refused() -> None:
    with pytest.raises(ValueError, match="hides what matters"):
        silence(ends_at=None)


def test_a_silence_of_another_service_silences_nothing() -> None:
    assert silenced_by(incident(), [silence(match=Match(services=("cart",)))], at(1)) is None


def event_after(**changes: Any) -> str | None:
    found = news(incident(**changes), told())
    return found.event if found else None


def test_what_a_channel_knows_already_is_no_news() -> None:
    assert event_after() is None
    assert event_after(signal_count=50, changed_at=at(29)) is None
    assert event_after(severity="low") is None


def test_what_changes_a_persons_mind_is_news() -> None:
    assert event_after(severity="critical") == "raised"
    assert event_after(analysis=ANALYSIS) == "analysed"
    assert event_after(signal_count=50, changed_at=at(30)) == "grew"
    assert event_after(status="acknowledged", acknowledged_by="ann") == "acknowledged"
    assert event_after(status="merged", merged_into="inc-0") == "merged"
    assert event_after(status="resolved", resolved_at=at(5)) == "resolved"


def test_what_happened_before_is_told_once_with_whatever_shows_it_first() -> None:
    before = incident(similar=(PAST,))
    assert event_after(similar=(PAST,)) == "remembered"
    assert news(before, told(opened(similar=(PAST,)))) is None
    both = news(incident(similar=(PAST,), analysis=ANALYSIS), told())
    assert both is not None
    assert both.event == "analysed"
    assert news(incident(similar=(PAST,), analysis=ANALYSIS), told().and_of(both, None)) is None
    short = news(incident(similar=(PAST,), status="acknowledged", acknowledged_by="ann"), told())
    assert short is not None
    assert news(before, told().and_of(short, None)) is not None


def test_a_better_analyst_is_heard_once_and_the_same_one_not_again() -> None:
    model = ANALYSIS.model_copy(update={"analyst": "bedrock"})
    ruled = told(opened(analysis=ANALYSIS))
    assert news(incident(analysis=ANALYSIS), ruled) is None
    better = news(incident(analysis=model), ruled)
    assert better is not None
    assert news(incident(analysis=model), ruled.and_of(better, None)) is None
    assert news(incident(analysis=ANALYSIS), ruled.and_of(better, None)) is None


def test_whom_nobody_told_is_not_told_that_it_is_over() -> None:
    assert news(incident(status="resolved"), DeliveryRecord(incident_id="inc-1", channel_id="c")) is None
    assert asked_for("opened", incident(status="resolved"), DeliveryRecord(incident_id="inc-1", channel_id="c")) is None


STATES = st.lists(
    st.fixed_dictionaries(
        {
            "severity": st.sampled_from(["low", "high", "critical"]),
            "status": st.sampled_from(["open", "acknowledged", "resolved"]),
            "signal_count": st.integers(1, 5),
            "changed_at": st.integers(0, 300).map(at),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(STATES)
def test_however_often_a_state_comes_each_reason_is_told_once(states: list[dict[str, Any]]) -> None:
    known, reasons = told(), ["opened"]
    for state in [*states, *states]:
        while notice := news(incident(**state), known):
            reasons.append(notice.reason)
            known = known.and_of(notice, None)
    assert len(reasons) == len(set(reasons))


@given(STATES)
def test_the_newest_state_does_not_depend_on_the_order_of_arrival(states: list[dict[str, Any]]) -> None:
    def fold(order: list[dict[str, Any]]) -> Any:
        result = incident(**order[0])
        for state in order[1:]:
            result = newest(result, incident(**state))
        return (result.changed_at, result.status == "resolved", result.signal_count)

    assert fold(states) == fold(states[::-1])
