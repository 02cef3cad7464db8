"""Signals that are no incident, looked at as if they were one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from inframind.incidents.board import worst
from inframind.incidents.lifecycle import bounded
from inframind.incidents.rules import Rules
from inframind.incidents.signal_messages import of_anomaly
from inframind.records import Anomaly
from inframind.signals import Incident, Signal


def imagined(signals: Sequence[Signal], now: datetime) -> Incident:
    """An incident of the signals, which is kept nowhere."""
    kept = bounded(signals)
    signs = [one for one in kept if one.kind != "deployment"] or list(kept)
    return Incident(
        id="",
        title=signs[0].title if signs else "",
        status="open",
        severity=worst([one.severity for one in signs]),
        services=tuple(sorted({one.service for one in signs})),
        opened_at=min((one.observed_at for one in signs), default=now),
        changed_at=now,
        signal_count=len(kept),
        signals=kept,
        timeline=(),
    )


def found_in(anomalies: Sequence[Anomaly], deployments: Sequence[Signal], start: datetime) -> list[Signal]:
    """Anomalies as the signals they were, and those of the deployments for which it is not too early to matter."""
    since = start - timedelta(seconds=Rules().deployment_s)
    signs = [of_anomaly(one.model_copy(update={"cleared_at": None, "phase": "open"})) for one in anomalies]
    return [*signs, *(one for one in deployments if one.observed_at >= since)]
