"""What an incident is recognised by: services, metrics, alerts, log templates, deployments and kinds of signal."""

import re
from collections.abc import Collection, Iterator

from inframind.signals import Incident, Signal

WEIGHTS = {
    "template": 3.0,
    "alert": 2.5,
    "metric": 2.0,
    "service": 1.5,
    "deployed": 1.0,
    "deployment": 0.7,
    "direction": 0.7,
    "kind": 0.5,
    "word": 1.0,
}
TRAITS, TRAIT_CHARS = 60, 160
CHANGING = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


def traits(incident: Incident) -> tuple[str, ...]:
    """What an incident is recognised by, sorted; the same whatever the order of its signals."""
    found = {trait for signal in incident.signals for trait in _traits(signal)}
    return bounded([*found, *(f"service {name}" for name in incident.services)])


def bounded(found: Collection[str]) -> tuple[str, ...]:
    """Traits as they are kept: each once, those that say most if there are too many, sorted."""
    cut = {trait[:TRAIT_CHARS] for trait in found}
    return tuple(sorted(sorted(cut, key=lambda trait: (-weight(trait), trait))[:TRAITS]))


def template(text: str) -> str:
    """The text of a log line with what changes from line to line left out.

    >>> template("Database timeout after 30000 ms, request 7f3a9c0d1e2b")
    'Database timeout after <*> ms, request <*>'
    """
    return CHANGING.sub("<*>", text)


def log_templates(signal: Signal) -> list[str]:
    """The templates that a signal of logs tells of, its title if it names none; none of any other signal."""
    if signal.kind not in ("log_spike", "new_error_template"):
        return []
    listed = signal.evidence.get("templates")
    several = [one.get("template") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    named = [one for one in (signal.evidence.get("template"), *several) if isinstance(one, str)]
    return named or [signal.title]


def weight(trait: str) -> float:
    return WEIGHTS.get(trait.partition(" ")[0], 1.0)


def _traits(signal: Signal) -> Iterator[str]:
    if signal.kind == "deployment":
        yield from ("deployment", f"deployed {signal.service}")
        return
    yield from (f"kind {signal.kind}", f"service {signal.service}")
    metric, direction = signal.evidence.get("metric_name"), signal.evidence.get("direction")
    if signal.kind == "anomaly" and isinstance(metric, str):
        yield f"metric {metric}"
        if isinstance(direction, str):
            yield f"direction {metric} {direction}"
    if signal.kind == "alert":
        yield f"alert {signal.labels.get('alertname') or signal.title}"
    yield from (f"template {template(text)}" for text in log_templates(signal))
