"""Incidents to tell of: one as it would be, and any that could be."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from inframind.notification.notices import Event, Notice
from inframind.signals import (
    Action,
    Analysis,
    Incident,
    PastIncident,
    RootCause,
    Signal,
    SuspectedCause,
    TimelineEntry,
)

OPENED = datetime(2026, 1, 11, 10, 30, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after the incident opened."""
    return OPENED + timedelta(minutes=minutes)


def latency(number: int = 0, **changes: Any) -> Signal:
    """The seed's signal: 1500 ms where 108 were expected."""
    content: dict[str, Any] = {
        "id": f"s{number}",
        "fingerprint": f"f{number}",
        "kind": "anomaly",
        "service": "auth-api",
        "severity": "critical",
        "observed_at": at(number),
        "title": "api_latency_ms jumped up",
        "labels": {"environment": "production"},
        "evidence": {"current_value": 1500.0, "baseline_mean": 108.0, "z_score": 242.29, "deviation_percent": 1288.9},
    }
    return Signal(**content | changes)


ANALYSIS = Analysis(
    root_cause=RootCause(description="Deployment v2.1.0", confidence=85, reasoning="Eight minutes before the onset."),
    recommended_actions=(Action(action="roll back", reasoning="It began with it.", risk="low", priority=1),),
    severity="critical",
    estimated_customer_impact="Logins time out.",
)

PAST = PastIncident(
    knowledge_id="k1",
    title="auth-api was slow",
    at=OPENED - timedelta(days=40),
    score=0.82,
    shared=("service auth-api",),
    cause="The pool was halved",
    helped="Rolled back",
)


def incident(**changes: Any) -> Incident:
    """The seed's incident, with whatever is to be different."""
    content: dict[str, Any] = {
        "id": "inc-1",
        "title": "auth-api is slow",
        "status": "open",
        "severity": "high",
        "services": ("auth-api",),
        "opened_at": OPENED,
        "changed_at": OPENED,
        "signal_count": 1,
        "signals": (latency(),),
        "timeline": (TimelineEntry(at=OPENED, kind="opened", text="Opened."),),
    }
    return Incident(**content | changes)


def opened(**changes: Any) -> Notice:
    """The first notice of an incident."""
    return Notice(incident=incident(**changes), event="opened", reason="opened")


TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["&<>" * 2_000, "x" * 20_000, "🔥" * 5_000, "<!channel> *b* `c`", "\n" * 4_000, "é\x00\x1b[31m"]),
)
MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
SEVERITY = st.sampled_from(["low", "medium", "high", "critical"])
SIGNAL = st.builds(
    latency,
    kind=st.sampled_from(["anomaly", "risk", "alert", "log_spike", "new_error_template", "deployment"]),
    service=TEXT,
    title=TEXT,
    detail=TEXT,
    evidence=st.dictionaries(
        st.sampled_from(["current_value", "baseline_mean", "z_score"]), st.one_of(st.floats(), st.text(max_size=5))
    ),
)
ACTION = st.builds(
    Action, action=TEXT, reasoning=TEXT, risk=st.sampled_from(["low", "medium", "high"]), priority=st.integers()
)
CAUSE = st.builds(RootCause, description=TEXT, confidence=st.integers(0, 100), reasoning=TEXT)
ANY_ANALYSIS = st.builds(
    Analysis,
    root_cause=CAUSE,
    recommended_actions=st.lists(ACTION, max_size=12).map(tuple),
    severity=SEVERITY,
    estimated_customer_impact=TEXT,
)
SUSPECT = st.builds(SuspectedCause, subject=TEXT, reason=TEXT, evidence_ids=st.just(()))
ANY_PAST = st.builds(
    PastIncident,
    title=TEXT,
    at=MOMENT,
    score=st.floats(0, 1),
    shared=st.just(()),
    cause=TEXT,
    helped=TEXT,
    knowledge_id=TEXT,
    incident_id=st.none(),
)
ANY_INCIDENT = st.builds(
    incident,
    id=TEXT,
    title=TEXT,
    status=st.sampled_from(["open", "acknowledged", "resolved", "merged"]),
    severity=SEVERITY,
    services=st.lists(TEXT, max_size=60).map(tuple),
    signals=st.lists(SIGNAL, max_size=20).map(tuple),
    signal_count=st.integers(0, 10_000),
    suspects=st.lists(SUSPECT, max_size=8).map(tuple),
    analysis=st.none() | ANY_ANALYSIS,
    similar=st.lists(ANY_PAST, max_size=3).map(tuple),
    acknowledged_by=st.none() | TEXT,
    acknowledged_until=st.none() | MOMENT,
    resolved_at=st.none() | MOMENT,
)
ANY_NOTICE = st.builds(
    Notice, incident=ANY_INCIDENT, event=st.sampled_from(get_args(Event)), reason=TEXT, is_update=st.booleans()
)
