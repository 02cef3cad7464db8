"""What is told of logs: signals, with the template, a line and the counts as evidence; secrets are masked in both."""

from collections.abc import Sequence
from typing import Any, Literal

from inframind.identity import content_id
from inframind.ingestion.logs.alarms import Fresh, Spike, Usual
from inframind.ingestion.logs.templates import Template
from inframind.ingestion.signal_fields import DETAIL_CHARS, TITLE_CHARS, cut
from inframind.records import from_ms
from inframind.signals import Signal

TOLD_TEMPLATES = 3  # the most frequent errors of a spike, as evidence
SHOWN_CHARS = 300  # of a template or a line
Status = Literal["firing", "resolved"]


def spike_signal(service: str, spike: Spike, usual: Usual, errors: Sequence[tuple[Template, int]]) -> Signal:
    """A spike that is on; `errors` are the templates of its latest minute with their counts, most frequent first."""
    first = errors[0][0] if errors else None
    what = f": {first.text}" if first else ""
    return _signal(
        ("log_spike", service),
        "firing",
        spike.told_ms,
        service=service,
        kind="log_spike",
        severity="high",
        title=cut(
            f"{service} logs {spike.worst} errors a minute, where {usual.errors:.3g} are usual{what}", TITLE_CHARS
        ),
        detail=cut(first.sample if first else "", DETAIL_CHARS),
        labels={"service": service},
        evidence={
            "since": _moment(spike.since_ms),
            "errors_in_worst_minute": spike.worst,
            "usual_errors_a_minute": round(usual.errors, 2),
            "usual_lines_a_minute": round(usual.lines, 2),
            "templates": [_shown(template) | {"lines_in_minute": count} for template, count in errors[:TOLD_TEMPLATES]],
        },
    )


def spike_over(service: str, spike: Spike, at_ms: int, *, lasting: bool) -> Signal:
    """A spike that is over, or has lasted so long that it is the usual from now on."""
    why = "has become usual" if lasting else "is over"
    return _signal(
        ("log_spike", service),
        "resolved",
        at_ms,
        service=service,
        kind="log_spike",
        severity="high",
        title=cut(f"The error spike of {service} {why}", TITLE_CHARS),
        labels={"service": service},
        evidence={"since": _moment(spike.since_ms), "errors_in_worst_minute": spike.worst},
    )


def new_error_signal(service: str, template: Template, fresh: Fresh, others: int) -> Signal:
    """An error that was never seen before; `others` are further ones that came with it and are not told of."""
    return _signal(
        ("new_error_template", service, template.id),
        "firing",
        fresh.told_ms,
        service=service,
        kind="new_error_template",
        severity="high" if template.level == "FATAL" else "medium",
        title=cut(f"{service} logs an error never seen before: {template.text}", TITLE_CHARS),
        detail=cut(template.sample, DETAIL_CHARS),
        labels={"service": service, "level": template.level, "template_id": template.id},
        evidence=_shown(template) | {"since": _moment(fresh.since_ms), "other_new_errors": others},
    )


def new_error_over(service: str, template: Template, at_ms: int, *, known: bool) -> Signal:
    """A new error that has not come for a while, or is no longer new."""
    why = "is no longer new" if known else "has not come for ten minutes"
    return _signal(
        ("new_error_template", service, template.id),
        "resolved",
        at_ms,
        service=service,
        kind="new_error_template",
        severity="medium",
        title=cut(f"The error of {service} {why}: {template.text}", TITLE_CHARS),
        labels={"service": service, "level": template.level, "template_id": template.id},
        evidence=_shown(template),
    )


def _signal(name: tuple[str, ...], status: Status, at_ms: int, **rest: Any) -> Signal:
    return Signal(
        id=content_id(part.encode() for part in (*name, status, str(at_ms))),
        fingerprint=content_id(part.encode() for part in name),
        status=status,
        observed_at=from_ms(at_ms),
        **rest,
    )


def _shown(template: Template) -> dict[str, Any]:
    return {
        "template_id": template.id,
        "template": cut(template.text, SHOWN_CHARS),
        "level": template.level,
        "sample": cut(template.sample, SHOWN_CHARS),
        "lines": template.count,
        "first_seen": _moment(template.first_ms),
    }


def _moment(time_ms: int) -> str:
    return from_ms(time_ms).isoformat(timespec="seconds").replace("+00:00", "Z")
