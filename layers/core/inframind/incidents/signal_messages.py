"""What stands in SignalsQueue: signals as the door sends them, facts as the bus delivers them, reminders."""

import json
from typing import Any

from pydantic import ValidationError

from inframind.errors import Malformed
from inframind.facts import AnomalyFound, RiskRaised
from inframind.identity import content_id, service_of
from inframind.records import Anomaly, RiskLevel
from inframind.signals import IncidentSeverity, Signal

TITLE_CHARS, DETAIL_CHARS, LABELS, VALUE_CHARS = 200, 1_000, 24, 120
SURROGATE = "\\ud"  # how JSON begins to spell one
RISKS: dict[RiskLevel, IncidentSeverity] = {
    RiskLevel.LOW: "low",
    RiskLevel.MEDIUM: "medium",
    RiskLevel.HIGH: "high",
}


def reminder(body: str) -> int | None:
    """When the look that the message reminds of was due; None if it is no reminder. Raises `Malformed`."""
    due = _document(body).get("look")
    return due if isinstance(due, int) else None


def is_regrouping(body: str) -> bool:
    """Whether the message says that calls between services are known that were not. Raises `Malformed`."""
    return _document(body).get("regroup") is True


def signals(body: str) -> list[Signal]:
    """The signals of a message; raises `Malformed` for anything that is none."""
    document = _document(body)
    try:
        if "signals" in document:
            return [Signal.model_validate(one, extra="ignore") for one in document["signals"]]
        if document.get("detail-type") == "AnomalyFound":
            return [of_anomaly(AnomalyFound.model_validate(document["detail"], extra="ignore").anomaly)]
        if document.get("detail-type") == "RiskRaised":
            return [of_risk(RiskRaised.model_validate(document["detail"], extra="ignore"))]
    except (ValidationError, KeyError, TypeError) as error:
        raise Malformed(f"The message is no signal: {str(error)[:500]}") from error
    raise Malformed("The message holds neither signals nor a fact that is one.")


def of_anomaly(anomaly: Anomaly) -> Signal:
    """An anomaly as a signal; the condition is the series, however often it leaves its range."""
    labels = sorted(anomaly.labels.items())
    parts = ("anomaly", anomaly.resource_id, anomaly.metric_name, *(part for pair in labels for part in pair))
    numbers = {"current_value", "baseline_mean", "baseline_std_dev", "z_score", "deviation_percent", "score"}
    return Signal(
        id=content_id(part.encode() for part in ("anomaly", anomaly.id)),
        fingerprint=content_id(part.encode() for part in parts),
        kind="anomaly",
        status="resolved" if anomaly.cleared_at else "firing",
        service=service_of(anomaly.resource_id, anomaly.labels),
        severity=anomaly.severity.value,
        observed_at=anomaly.cleared_at or anomaly.detected_at,
        title=f"{anomaly.metric_name} of {anomaly.resource_id}: {anomaly.current_value:g}, "
        f"where {anomaly.baseline_mean:g} was expected"[:TITLE_CHARS],
        detail=anomaly.explanation[:DETAIL_CHARS],
        labels={name: value[:VALUE_CHARS] for name, value in labels[:LABELS]},
        evidence=anomaly.model_dump(mode="json", include=numbers | {"metric_name", "resource_id", "direction", "kind"})
        | {"anomaly_id": anomaly.id},
    )


def of_risk(risk: RiskRaised) -> Signal:
    """A risen risk as a signal; the condition is that the resource is at risk."""
    return Signal(
        id=risk.id,
        fingerprint=content_id(part.encode() for part in ("risk", risk.resource_id)),
        kind="risk",
        service=risk.resource_id,
        severity=RISKS[risk.level],
        observed_at=risk.occurred_at,
        title=f"SLA risk of {risk.resource_id} rose to {risk.level.value}"[:TITLE_CHARS],
        detail=risk.explanation[:DETAIL_CHARS],
        evidence={"risk_score": risk.risk_score, "previous_level": risk.previous_level.value},
    )


def _document(body: str) -> dict[str, Any]:
    """The object of a message; of half a character, which JSON can spell and nothing can keep, a question mark."""
    try:
        document = json.loads(body)
        if SURROGATE in body.lower():
            document = json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise Malformed("The message is not JSON.") from error
    if not isinstance(document, dict):
        raise Malformed("The message is no JSON object.")
    return document
