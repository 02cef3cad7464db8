"""One entry of a JSON request: its samples, or its faults."""

import math
from dataclasses import dataclass
from typing import Any

from inframind.ingestion.moments import InvalidTime, moment_ms
from inframind.ingestion.naming import InvalidName, Name, name_of

USAGES = ("cpu_usage", "memory_usage", "gpu_usage")  # percent

Fields = dict[str, Any]
Point = tuple[Name, int, float]
Faults = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Clock:
    """When the request arrived, and the latest time that a sample may bear."""

    now_ms: int
    horizon_ms: int


def points(entry: Any, clock: Clock) -> tuple[list[Point], Faults]:
    """The samples of an entry, in order, and its faults as (field, what is wrong).

    >>> points({"resource_id": "db-1", "cpu_usage": 101}, Clock(0, 0))
    ([], [('cpu_usage', 'must be between 0 and 100')])
    """
    if not isinstance(entry, dict):
        return [], [("", "must be an object")]
    faults: Faults = []
    time_ms = time_of(entry, clock, faults)
    form = _metric_point if "metric_name" in entry else _usages
    found = [(name, time_ms, value) for name, value in form(entry, faults)]
    return ([], faults) if faults else (found, [])


def time_of(entry: Fields, clock: Clock, faults: Faults) -> int:
    """The time of an entry, now where it names none; a fault is added where it names one that cannot be."""
    given = entry.get("timestamp")
    if given is None:
        return clock.now_ms
    try:
        time_ms = moment_ms(given)
    except InvalidTime as reason:
        faults.append(("timestamp", str(reason)))
        return clock.now_ms
    if time_ms > clock.horizon_ms:
        tolerated_s = (clock.horizon_ms - clock.now_ms) // 1_000
        faults.append(("timestamp", f"is more than {tolerated_s} s ahead of the clock here"))
    return time_ms


def _usages(entry: Fields, faults: Faults) -> list[tuple[Name, float]]:
    resource = entry.get("resource_id")
    if not isinstance(resource, str) or not resource:
        faults.append(("resource_id", "must be text that is not empty"))
        return []
    given = [usage for usage in USAGES if entry.get(usage) is not None]
    if not given:
        faults.append(("cpu_usage", "at least one of cpu_usage, memory_usage, gpu_usage is needed"))
    values = [_percent(entry, usage, faults) for usage in given]
    names = [_name(usage, {"resource_id": resource}, "resource_id", faults) for usage in given]
    return [(name, value) for name, value in zip(names, values, strict=True) if name]


def _metric_point(entry: Fields, faults: Faults) -> list[tuple[Name, float]]:
    metric, labels = entry["metric_name"], entry.get("labels") or {}
    if not isinstance(metric, str):
        faults.append(("metric_name", "must be text"))
    value = _number(entry.get("value"), "value", faults)
    if not isinstance(labels, dict) or not all(isinstance(one, str) for one in labels.values()):
        faults.append(("labels", "must be an object of texts"))
    if faults:
        return []
    name = _name(metric, labels, "metric_name and labels", faults)
    return [(name, value)] if name else []


def _name(metric: str, labels: dict[str, str], field: str, faults: Faults) -> Name | None:
    try:
        return name_of(metric, labels)
    except InvalidName as reason:
        faults.append((field, str(reason)))
        return None


def _percent(entry: Fields, usage: str, faults: Faults) -> float:
    before = len(faults)
    value = _number(entry[usage], usage, faults)
    if len(faults) == before and not 0 <= value <= 100:
        faults.append((usage, "must be between 0 and 100"))
    return value


def _number(given: Any, field: str, faults: Faults) -> float:
    """A finite number; JSON has no NaN and no Infinity, though some writers spell them."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        faults.append((field, "must be a number"))
        return 0.0
    try:
        value = float(given)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        faults.append((field, "must be a finite number"))
    return value
