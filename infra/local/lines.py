"""A function's structured log line as one human line, or nothing: a call that went well is no news."""

import json
from collections.abc import Set as AbstractSet
from typing import Any

LOUD = frozenset({"WARNING", "ERROR", "CRITICAL"})
UNFINISHED = frozenset({"build running"})  # one for each step of a build: its end is the news
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
    >>> opened = {"event": "incident opened", "message": "incident opened", "severity": "high", "title": "cpu of db-1"}
    >>> render("correlator", json.dumps(opened | {"incident": "8710694cf76fd9a6", "signals": 2}))
    'incident opened  high  cpu of db-1  incident=8710694cf76fd9a6 signals=2'
    >>> render("recorder", '{"level": "INFO", "event": "build running", "run_id": "shop-1", "steps": 3}')
    ''
    """
    if not message.startswith("{"):
        return f"{function}: {message}" if message.startswith(CRASHES) else ""
    try:
        line = json.loads(message)
    except ValueError:
        return ""
    return "  ".join(part for part in parts(function, line) if part) if isinstance(line, dict) else ""


def parts(function: str, line: dict[str, Any]) -> list[str]:
    """What happened, the words a person reads first, the variables; nothing when a call merely went well."""
    level, event, told = str(line.get("level", "INFO")).upper(), line.get("event"), str(line.get("message", ""))
    if event and "explanation" in line:
        return [str(event), str(line.get("severity") or line.get("resource")), str(line["explanation"])]
    if level in LOUD:
        return [f"{level.lower()} in {line.get('service') or function}", told, fields(line)]
    if not event or event in UNFINISHED:
        return []
    if "title" in line:
        return [str(event), str(line.get("severity", "")), str(line["title"]), fields(line, {"severity", "title"})]
    return [str(event), "" if told == event else told, fields(line)]


def fields(line: dict[str, Any], shown_already: AbstractSet[str] = frozenset()) -> str:
    """The variables of a log line, in the order the function named them; an exception by its last line."""
    hidden = QUIET_FIELDS | shown_already
    shown = [f"{name}={value}" for name, value in line.items() if name not in hidden and is_plain(value)]
    trace = line.get("exception")
    if isinstance(trace, str) and trace:
        shown.append(trace.strip().splitlines()[-1])
    return " ".join(shown)


def is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
