"""OTLP log records become lines. Labels are the resource's attributes and the record's own, which win; the trace's id
is one of them, so that the lines of a trace can be found."""

from collections.abc import Iterator
from typing import Any

from inframind.errors import TooLarge
from inframind.identity import RESOURCE_LABELS, UNKNOWN_RESOURCE
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.limits import ENTRIES_LIMIT
from inframind.ingestion.logs.entries import OTHERWISE, SERVICE_CHARS
from inframind.ingestion.logs.lines import LogLine, kept_labels, kept_message, level_named, level_numbered
from inframind.ingestion.naming import NO_CONTROL, shown
from inframind.ingestion.otlp_points import attributes, value_text
from inframind.ingestion.samples import Tally

NANOS_PER_MS = 1_000_000

Labels = dict[str, str]


class Unusable(Exception):
    """This record is no line; the text says why."""


def read(request: Any, clock: Clock, tally: Tally) -> list[LogLine]:
    """The lines of an ExportLogsServiceRequest; refused records are tallied under their service."""
    _check(len(request.resource_logs), "resources")
    _check(sum(len(one.scope_logs) for one in request.resource_logs), "scopes")
    _check(sum(len(scope.log_records) for one in request.resource_logs for scope in one.scope_logs), "log records")
    lines = []
    for service, labels, record in _records(request):
        try:
            lines.append(_line(service, labels, record, clock))
        except Unusable as reason:
            tally.refuse(shown(service), str(reason))
    return lines


def _check(number: int, what: str) -> None:
    """Two bytes spell an empty one that costs microseconds to look at."""
    if number > ENTRIES_LIMIT:
        raise TooLarge(f"The request has {number} {what}; the limit is {ENTRIES_LIMIT}.")


def _records(request: Any) -> Iterator[tuple[str, Labels, Any]]:
    for resource in request.resource_logs:
        labels = attributes(resource.resource.attributes)
        named = next((name for name in RESOURCE_LABELS if labels.get(name, "").strip()), None)
        service = labels.pop(named).strip() if named else UNKNOWN_RESOURCE
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield service, labels, record


def _line(service: str, labels: Labels, record: Any, clock: Clock) -> LogLine:
    if len(service) > SERVICE_CHARS or NO_CONTROL.search(service):
        raise Unusable(f"service.name must be at most {SERVICE_CHARS} characters, none of them a control character")
    time_ms = int(record.time_unix_nano or record.observed_time_unix_nano) // NANOS_PER_MS or clock.now_ms
    if time_ms > clock.horizon_ms:
        raise Unusable("time is ahead of the clock here")
    message = value_text(record.body) or record.event_name
    if not message.strip():
        raise Unusable("the body is empty")
    level = level_numbered(record.severity_number) or level_named(record.severity_text) or OTHERWISE
    own = labels | attributes(record.attributes)
    if record.trace_id:
        own["trace_id"] = record.trace_id.hex()
    return LogLine(time_ms, level, service, kept_message(message), kept_labels(own))
