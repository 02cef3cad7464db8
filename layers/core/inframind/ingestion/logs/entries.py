"""Log entries as JSON: one, a list, or `{"logs": [...]}`; each is taken or refused whole, with every fault named."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inframind.errors import Rejected, TooLarge
from inframind.identity import RESOURCE_LABELS
from inframind.ingestion.json_entry import Clock, Faults, Fields, time_of
from inframind.ingestion.json_form import parsed
from inframind.ingestion.limits import ENTRIES_LIMIT
from inframind.ingestion.logs.lines import LEVELS, LogLine, kept_labels, kept_message, level_named
from inframind.ingestion.naming import NO_CONTROL
from inframind.ingestion.samples import Tally

SERVICE_CHARS = 200
OTHERWISE = "INFO"  # the level of a line that names none
FORMS = 'an object with service and message (timestamp, level, labels), a list of these, or {"logs": [...]}'


@dataclass(frozen=True, slots=True)
class Entries:
    """The lines of a request, and whether it was a batch."""

    lines: list[LogLine]
    is_batch: bool


def read(body: bytes, clock: Clock, tally: Tally) -> Entries:
    """The lines of a request body; refused entries are tallied by their place.

    Raises `Malformed` for what is not JSON, `Rejected` for JSON that holds no entries at all.
    """
    document = parsed(body)
    if isinstance(document, dict) and "logs" not in document:
        return Entries(_collected([("", document)], clock, tally), is_batch=False)
    batch = document["logs"] if isinstance(document, dict) else document
    if not isinstance(batch, list) or not batch:
        raise Rejected(f"Send {FORMS}, with at least one entry.")
    if len(batch) > ENTRIES_LIMIT:
        raise TooLarge(f"The batch has {len(batch)} entries; the limit is {ENTRIES_LIMIT}. Send smaller batches.")
    return Entries(_collected(((f"logs[{n}]", entry) for n, entry in enumerate(batch)), clock, tally), is_batch=True)


def answer(entries: Entries, tally: Tally) -> dict[str, object]:
    """What a sender is told about entries of which at least one was taken."""
    if not entries.is_batch:
        return {"message": "Log ingested", "service": entries.lines[0].service}
    errors = [{"where": fault.where, "what": fault.what} for fault in tally.faults]
    return {"message": "Logs ingested", "accepted": len(entries.lines), "rejected": tally.rejected, "errors": errors}


def line_of(entry: Any, clock: Clock) -> tuple[LogLine | None, Faults]:
    """The line of an entry, or its faults as (field, what is wrong).

    >>> line_of({"service": "auth-api", "level": "loud"}, Clock(0, 0))[1][1]
    ('message', 'must be text that is not empty')
    """
    if not isinstance(entry, dict):
        return None, [("", "must be an object")]
    faults: Faults = []
    time_ms, level, labels = time_of(entry, clock, faults), _level(entry, faults), _labels(entry, faults)
    message = entry.get("message")
    if not isinstance(message, str) or not message.strip():
        faults.append(("message", "must be text that is not empty"))
    service = _service(entry, labels, faults)
    if faults:
        return None, faults
    return LogLine(time_ms, level, service, kept_message(str(message)), kept_labels(labels)), []


def _collected(entries: Iterable[tuple[str, Any]], clock: Clock, tally: Tally) -> list[LogLine]:
    lines = []
    for place, entry in entries:
        line, faults = line_of(entry, clock)
        if line is None:
            tally.refuse_all(place, faults)
        else:
            lines.append(line)
    return lines


def _level(entry: Fields, faults: Faults) -> str:
    given = entry.get("level")
    if given is None or given == "":
        return OTHERWISE
    level = level_named(given) if isinstance(given, str) else None
    if level is None:
        faults.append(("level", f"must be one of {', '.join(LEVELS)}, or a usual name of one"))
    return level or OTHERWISE


def _labels(entry: Fields, faults: Faults) -> dict[str, str]:
    given = entry.get("labels")
    if given is None:
        return {}
    if not isinstance(given, dict):
        faults.append(("labels", "must be an object"))
        return {}
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _service(entry: Fields, labels: Mapping[str, str], faults: Faults) -> str:
    given = entry.get("service")
    if given is None:
        given = next((labels[name] for name in RESOURCE_LABELS if labels.get(name)), None)
    if not isinstance(given, str) or not given.strip():
        faults.append(("service", "must be text that is not empty"))
        return ""
    if len(given) > SERVICE_CHARS or NO_CONTROL.search(given):
        faults.append(("service", f"must be at most {SERVICE_CHARS} characters, none of them a control character"))
    return given.strip()
