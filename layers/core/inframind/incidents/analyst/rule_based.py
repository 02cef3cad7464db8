"""The analysis of an incident by rules: what an operator is told without a language model, with evidence."""

from inframind.incidents.fleet_silence import fallen_silent
from inframind.signals import Action, Analysis, Incident, RootCause, SuspectedCause

SUREST = 95  # percent: rules see no more than coincidence
IMPACT = {
    "critical": "Severe: users of {services} are most likely affected now.",
    "high": "Considerable: some users of {services} are probably affected.",
    "medium": "Limited: users of {services} may notice degraded service.",
    "low": "None expected: {services} should be watched.",
}
NAMED = 5


def analyse(incident: Incident) -> Analysis:
    """The analysis in words; with no suspect it says so, and recommends looking where it began."""
    first = incident.suspects[0] if incident.suspects else None
    return Analysis(
        root_cause=_cause(incident, first),
        recommended_actions=_actions(incident, first),
        severity=incident.severity,
        estimated_customer_impact=IMPACT[incident.severity].format(services=_services(incident)),
        impact_evidence_ids=_cause(incident, first).evidence_ids,
        analyst="rules",
    )


def _cause(incident: Incident, first: SuspectedCause | None) -> RootCause:
    signs = [signal for signal in incident.signals if signal.kind != "deployment"]
    if first is None:
        why = (
            f"Nothing arrives any more of {_services(incident)}, and nothing else is known of them: what sends their "
            "metrics is more likely to have failed than all of them at once."
            if fallen_silent(incident)
            else f"{incident.signal_count} signals of {_services(incident)} belong together in time; "
            "none of them stands out, and nothing was deployed shortly before."
        )
        cited = tuple(signal.id for signal in signs[:NAMED])
        return RootCause(description="No clear cause", confidence=0, reasoning=why, evidence_ids=cited)
    what = {
        "deployment": f"The deployment of {first.subject}",
        "log": f"The errors that {first.subject} logs",
        "service": f"A fault of {first.subject}",
        "metric": f"A fault of {first.subject}",
    }[first.kind]
    return RootCause(
        description=what,
        confidence=min(round(100 * first.score), SUREST),
        reasoning="; ".join(suspect.reason for suspect in incident.suspects[:3]) + ".",
        evidence_ids=first.evidence_ids,
    )


def _actions(incident: Incident, first: SuspectedCause | None) -> tuple[Action, ...]:
    subject = first.subject if first else (incident.services or ("the services",))[0]
    cited = _cause(incident, first).evidence_ids
    actions = []
    if not first and fallen_silent(incident):
        sender = f"Look whether what sends the metrics of {_services(incident)} runs: agents, collectors, network, key."
        actions.append(("check dependency", sender, "low"))
    if first and first.kind == "deployment":
        actions.append(("rollback deployment", f"Roll back {subject}: {first.reason}.", "low"))
    if any(signal.kind in ("log_spike", "new_error_template") for signal in incident.signals):
        actions.append(("read error logs", f"Errors were logged by {subject} or its neighbours meanwhile.", "low"))
    actions.append(("inspect service", f"Compare {subject} before and after {incident.opened_at:%H:%M} UTC.", "low"))
    if incident.severity == "critical" and not (first and first.kind == "deployment"):
        actions.append(("restart service", f"Restart {subject} if inspection shows it stuck.", "medium"))
    return tuple(
        Action(
            action=action,
            reasoning=why,
            risk="medium" if risk == "medium" else "low",
            priority=place,
            evidence_ids=cited,
        )
        for place, (action, why, risk) in enumerate(actions, start=1)
    )


def _services(incident: Incident) -> str:
    named = ", ".join(incident.services[:NAMED]) or "unknown services"
    more = len(incident.services) - NAMED
    return named + (f" and {more} more" if more > 0 else "")
