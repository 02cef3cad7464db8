"""Incidents as facts: small enough for the bus, which takes 256 KB of ten facts together."""

from inframind.facts import Fact, IncidentChanged, IncidentOpened, IncidentResolved
from inframind.incidents.board import WORST_FIRST, Owed
from inframind.records import from_ms
from inframind.signals import Incident, Signal

SIGNALS, ENTRIES = 8, 20  # of a fact; the rest stays with the incident
LABELS, DETAIL_CHARS, VALUE_CHARS = 8, 200, 120
EVIDENCE = {"anomaly_id", "metric_name", "current_value", "baseline_mean", "z_score", "deviation_percent", "version"}


def fact_of(owed: Owed, incident: Incident) -> Fact:
    """The fact that is owed of the incident, which is told as it is now."""
    common = {"id": owed.id, "occurred_at": from_ms(owed.at_ms), "incident": slim(incident)}
    if owed.kind == "opened":
        return IncidentOpened.model_validate(common)
    if owed.kind == "resolved":
        return IncidentResolved.model_validate(common)
    return IncidentChanged.model_validate(common | {"reason": owed.reason})


def slim(incident: Incident) -> Incident:
    """The incident with its deployments and its worst signals alone, and the end of its story."""
    ranked = sorted(
        incident.signals,
        key=lambda one: (one.kind != "deployment", WORST_FIRST.index(one.severity), one.observed_at, one.id),
    )
    kept = sorted(ranked[:SIGNALS], key=lambda one: (one.observed_at, one.id))
    story = incident.timeline[-ENTRIES:]
    return incident.model_copy(update={"signals": tuple(map(_short, kept)), "timeline": story, "measurements": ()})


def _short(signal: Signal) -> Signal:
    labels = {name: value[:VALUE_CHARS] for name, value in list(signal.labels.items())[:LABELS]}
    evidence = {
        name: value[:VALUE_CHARS] if isinstance(value, str) else value
        for name, value in signal.evidence.items()
        if name in EVIDENCE and isinstance(value, str | int | float)
    }
    return signal.model_copy(update={"labels": labels, "evidence": evidence, "detail": signal.detail[:DETAIL_CHARS]})
