"""A function's structured log line as one human line, or nothing: a call that went well is no news."""

import json
from typing import Any

LOUD = frozenset({"WARNING", "ERROR", "CRITICAL"})
# Fields every line has, or that only a machine wants.
QUIET_FIELDS = frozenset(
    {
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "event",
        "cold_start",
        "function_name",
        "function_memory_size",
        "function_arn",
        "function_request_id",
        "xray_trace_id",
        "correlation_id",
        "sampling_rate",
        "exception",
        "stack_trace",
        "exception_name",
        "request_id",
        "trace_id",
        "log_level",
    }
)
CRASHES = ("Traceback", "Task timed out", "[ERROR]")


def render(function: str, message: str) -> str:
    """The line to print for one log message, empty when it is not worth one.

    >>> render("scorer", '{"level": "INFO", "message": "anomaly found", "event": "AnomalyFound", "resource": "db-1"}')
    'AnomalyFound  anomaly found  resource=db-1'
    >>> render("writer", '{"level": "INFO", "message": "stored"}')
    ''
    >>> told = {"event": "anomaly found", "message": "…", "severity": "high", "explanation": "cpu of db-1 rose."}
    >>> render("scorer", json.dumps(told))
    'anomaly found  high  cpu of db-1 rose.'
    """
    if not message.startswith("{"):
        return f"{function}: {message}" if message.startswith(CRASHES) else ""
    try:
        line = json.loads(message)
    except ValueError:
        return ""
    if not isinstance(line, dict):
        return ""
    level = str(line.get("level", "INFO")).upper()
    event = line.get("event")
    if level not in LOUD and not event:
        return ""
    if event and "explanation" in line:
        return "  ".join(
            str(part) for part in (event, line.get("severity") or line.get("resource"), line["explanation"])
        )
    head = str(event) if event and level not in LOUD else f"{level.lower()} in {line.get('service') or function}"
    return "  ".join(part for part in (head, str(line.get("message", "")), fields(line)) if part)


def fields(line: dict[str, Any]) -> str:
    """The variables of a log line, in the order the function named them; an exception by its last line."""
    shown = [f"{name}={value}" for name, value in line.items() if name not in QUIET_FIELDS and is_plain(value)]
    trace = line.get("exception")
    if isinstance(trace, str) and trace:
        shown.append(trace.strip().splitlines()[-1])
    return " ".join(shown)


def is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
