"""Who is suspected of an incident, from its signals alone: no model, no metrics, no waiting.

Four things speak: a deployment shortly before the first sign, the order of the onsets, how far values went, and what
the logs say; where calls are known, a service in trouble that calls another one in trouble is explained by it.
"""

from collections.abc import Collection, Sequence

from inframind.incidents.cause.reweighting import measured
from inframind.incidents.cause.suspects import deployment_hint
from inframind.incidents.conditions import may_follow
from inframind.incidents.fleet_silence import fallen_silent
from inframind.records import to_ms
from inframind.signals import Incident, Signal, SuspectedCause

Edges = Collection[tuple[str, str]]

CLEAR = 0.35  # below it nobody is named
DEPLOYED = (0.5, 0.45)  # of a deployment: for being there, and for being recent
BESIDE = 0.6  # of that, where the deployed service itself shows nothing
DURING = 0.3  # of being recent, for a deployment after the first sign
FIRST, LAST_CALLED, DEVIATES, LOGS = 0.25, 0.2, 0.2, 0.15  # what speaks for a service
ABSENT = 0.3  # that its series have stopped arriving: what is dead tells nothing of itself
FAR = 10.0  # standard deviations, beyond which further says nothing more
SUSPECTS = 10
CITED = 10


def suspects(incident: Incident, edges: Edges = ()) -> tuple[SuspectedCause, ...]:
    """Probable causes, best first; none if nobody stands out."""
    signs = [signal for signal in incident.signals if signal.kind != "deployment"]
    if not signs:
        return ()
    troubled = {signal.service for signal in signs}
    among = [edge for edge in edges if edge[0] in troubled and edge[1] in troubled]
    found = [_deployment(one, signs) for one in incident.signals if one.kind == "deployment"]
    if not fallen_silent(incident):
        found += [_service(name, signs, among) for name in sorted(troubled)]
    if incident.measurements:
        found = measured(found, incident.measurements)
    clear = [one for one in found if one is not None and one.score >= CLEAR]
    return tuple(sorted(clear, key=lambda one: (-one.score, one.subject, one.kind))[:SUSPECTS])


def _deployment(deployment: Signal, signs: Sequence[Signal]) -> SuspectedCause | None:
    own = [signal for signal in signs if signal.service == deployment.service]
    deployed_ms = to_ms(deployment.observed_at)
    after = [signal for signal in own or signs if may_follow(to_ms(signal.observed_at), deployed_ms)]
    if not after:
        return None
    first = min(after, key=lambda signal: (signal.observed_at, signal.id))
    version = str(deployment.evidence.get("version", deployment.title))
    onset_s = first.observed_at.timestamp()
    deployed_s = min(deployment.observed_at.timestamp(), onset_s)
    hint = deployment_hint(deployment.service, version, deployed_s, onset_s)
    if hint is None:
        return None
    is_first = len(after) == len(own or signs)
    there, recent = DEPLOYED
    score = (there + recent * hint.strength * (1.0 if is_first else DURING)) * (1.0 if own else BESIDE)
    age = _age(onset_s - deployed_s)
    sign = f"{first.title}" if own else f"{first.service}, which it is connected with: {first.title}"
    return SuspectedCause(
        subject=deployment.service,
        kind="deployment",
        score=round(score, 4),
        reason=f"{version} of {deployment.service} was deployed {age} before {sign}",
        evidence_ids=(deployment.id, *(signal.id for signal in after))[:CITED],
    )


def _age(seconds: float) -> str:
    """How long before, in words that go before "before".

    >>> _age(480), _age(42), _age(0)
    ('8 min', '42 s', 'just')
    """
    if seconds >= 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.0f} s" if seconds >= 1 else "just"


def _service(name: str, signs: Sequence[Signal], edges: Edges) -> SuspectedCause:
    own = sorted((signal for signal in signs if signal.service == name), key=lambda one: (one.observed_at, one.id))
    troubled = {signal.service for signal in signs}
    reasons, score = [], 0.0
    logs = [signal for signal in own if signal.kind in ("log_spike", "new_error_template")]
    if len(troubled) > 1 and own[0].observed_at <= min(signal.observed_at for signal in signs):
        score += FIRST
        reasons.append("was the first to show anything")
    callees = {callee for caller, callee in edges if caller == name and callee != name}
    callers = {caller for caller, callee in edges if callee == name and caller != name}
    if callers & troubled and not callees & troubled:
        score += LAST_CALLED
        reasons.append(f"is called by {', '.join(sorted(callers & troubled))} and calls nobody else in trouble")
    elif callees & troubled:
        score -= LAST_CALLED
        reasons.append(f"calls {', '.join(sorted(callees & troubled))}, in trouble too")
    size = max((_deviation(signal) for signal in own), default=0.0)
    if size:
        score += DEVIATES * min(size / FAR, 1.0)
        reasons.append(f"left its usual range by {size:.3g} standard deviations")
    absent = next((signal for signal in own if signal.evidence.get("kind") == "absent"), None)
    if absent is not None:
        score += ABSENT
        reasons.append("has stopped sending metrics")
    if logs:
        score += LOGS
        reasons.append(f"its logs say: {logs[0].title}")
    is_log = bool(logs) and len(logs) == len(own)
    return SuspectedCause(
        subject=name,
        kind="log" if is_log else "service",
        score=round(max(score, 0.0), 4),
        reason=f"{name} " + "; ".join(reasons or ["shows signs, as others do"]),
        evidence_ids=tuple(signal.id for signal in own[:CITED]),
    )


def _deviation(signal: Signal) -> float:
    z = signal.evidence.get("z_score", 0.0)
    return abs(float(z)) if isinstance(z, int | float) else 0.0
