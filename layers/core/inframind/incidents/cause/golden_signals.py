"""Stored series of services as what a cause is looked for in: latency, requests and availability, a row a step.

Which series is which is told by its name: what people call things is the same nearly everywhere. Counters are counted
by their growth, histograms by the growth of `_sum` and `_count`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inframind.frames import Frame
from inframind.identity import SeriesId
from inframind.incidents.cause.windows import Window

Floats = NDArray[np.float64]
Reading = tuple[NDArray[np.int64], Floats]
Role = Literal["latency", "seconds", "calls", "requests", "asked", "failed", "failures", "availability"]
"""`seconds` and `calls` of a histogram; `asked` and `failed` are counters, the others are read as they are."""

LATENCY = re.compile(r"latency|duration|response_time|request_time")
REQUESTS = re.compile(r"^rps$|requests_per_second|request_rate|throughput|^requests$|request_count$")
FAILURES = re.compile(r"(error|failure)s?_(rate|ratio|percent)")
AVAILABILITY = re.compile(r"availability|success_(rate|ratio|percent)")
ASKED = re.compile(r"requests?_total$|calls_total$")
FAILED = re.compile(r"(errors?|failures?|failed)_total$|(request|requests)_failed_total$")
STATUS = ("status", "code", "status_code", "http_status_code", "http_response_status_code", "response_code")
COUNTED = ("seconds", "calls", "asked", "failed")
STEPS_MS = (15_000, 30_000, 60_000, 300_000)
LEAD = 4  # rows before the onset that go with the alarm: what was usual just then
PERCENT_FROM = 1.5  # an availability beyond it counts up to 100


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of equal length, one of which begins at the onset, so that none is half quiet and half not."""

    start_ms: int
    step_ms: int
    rows: int

    @classmethod
    def of(cls, times: Sequence[NDArray[np.int64]], onset_ms: int) -> "Grid":
        """The rows that hold all of the times."""
        step = _step(times)
        first, last = min(int(at[0]) for at in times), max(int(at[-1]) for at in times)
        start = onset_ms - step * max(-(-(onset_ms - first) // step), 0)
        return cls(start, step, max((last - start) // step + 1, 1))

    @property
    def starts(self) -> Floats:
        """When each row begins, in epoch seconds."""
        return (self.start_ms + self.step_ms * np.arange(self.rows)) / 1000

    def mean(self, reading: Reading) -> Floats:
        """The mean of a row's values, NaN where there is none."""
        times, values = reading
        places = (times - self.start_ms) // self.step_ms
        inside = (places >= 0) & (places < self.rows)
        count = np.bincount(places[inside], minlength=self.rows)
        total = np.bincount(places[inside], values[inside], minlength=self.rows)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def growth(self, reading: Reading) -> Floats:
        """By how much a counter grew to a row's samples; what begins anew grew by what it shows."""
        times, values = reading
        grown = np.diff(values)
        grown = np.where(grown >= 0, grown, values[1:])
        places = (times[1:] - self.start_ms) // self.step_ms
        inside = (places >= 0) & (places < self.rows)
        count = np.bincount(places[inside], minlength=self.rows)
        total = np.bincount(places[inside], grown[inside], minlength=self.rows)
        return np.where(count > 0, total, np.nan)


def role_of(series: SeriesId) -> Role | None:
    """What the series tells of its service, if anything.

    >>> role_of(SeriesId("web", "http_server_duration_seconds_sum")), role_of(SeriesId("web", "cpu_usage"))
    ('seconds', None)
    """
    name = series.metric.lower().replace(".", "_")
    if (
        "client" in name
        or name.endswith(("_bucket", "_created"))
        or any(label == "quantile" for label, _ in series.labels)
    ):
        return None
    if LATENCY.search(name):
        return "seconds" if name.endswith("_sum") else "calls" if name.endswith("_count") else "latency"
    if FAILED.search(name):
        return "failed"
    if ASKED.search(name):
        return "failed" if _is_failure(series) else "asked"
    plain: tuple[tuple[re.Pattern[str], Role], ...] = (
        (FAILURES, "failures"),
        (AVAILABILITY, "availability"),
        (REQUESTS, "requests"),
    )
    return next((role for pattern, role in plain if pattern.search(name)), None)


def windows(read: Mapping[str, Sequence[Frame]], onset_ms: int) -> tuple[Window, Window]:
    """What the frames of each service hold, as rows until shortly before the onset, and as rows from there on.

    Frames of a service come oldest write first. Latency keeps the unit of each service.
    """
    kept = {service: _readings(frames) for service, frames in read.items()}
    times = [at for of_one in kept.values() for at, _ in of_one.values()]
    if not times:
        return Window((), {}), Window((), {})
    grid = Grid.of(times, onset_ms)
    columns = {
        (service, *name): values for service, of_one in kept.items() for name, values in _columns(of_one, grid).items()
    }
    _as_availability(columns)
    cut = max((onset_ms - grid.start_ms) // grid.step_ms - LEAD, 0)
    return _window(grid.starts, columns, slice(0, cut)), _window(grid.starts, columns, slice(cut, None))


def _is_failure(series: SeriesId) -> bool:
    return any(label in STATUS and value.lower().startswith(("5", "error")) for label, value in series.labels)


def _readings(frames: Sequence[Frame]) -> dict[tuple[Role, bytes], Reading]:
    """Times and values of every series with a role, in order of time, each time once: the later write wins."""
    found: dict[tuple[Role, bytes], list[Reading]] = {}
    for frame in frames:
        for column, name in enumerate(frame.series):
            role = role_of(SeriesId.from_bytes(frame.resource, name))
            if role is None:
                continue
            values = frame.values[:, column]
            there = np.isfinite(values) if frame.present is None else frame.present[:, column] & np.isfinite(values)
            if there.any():
                found.setdefault((role, name), []).append((frame.times_ms[there], values[there]))
    return {name: _joined(parts) for name, parts in found.items()}


def _joined(parts: Sequence[Reading]) -> Reading:
    times, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(times[1:] != times[:-1], True)
    return times[last], values[last]


def _step(times: Sequence[NDArray[np.int64]]) -> int:
    """The shortest row that nearly every series has a sample in."""
    gaps = [float(np.median(np.diff(at))) for at in times if len(at) > 1]
    usual = float(np.quantile(gaps, 0.9)) if gaps else 0.0
    return next((step for step in STEPS_MS if step >= usual), STEPS_MS[-1])


def _columns(readings: Mapping[tuple[Role, bytes], Reading], grid: Grid) -> dict[tuple[str, str], Floats]:
    """The columns of one service: sums over its series of what is counted, means of what is measured."""
    by_role: dict[Role, list[Floats]] = {}
    for (role, _), reading in readings.items():
        by_role.setdefault(role, []).append(grid.growth(reading) if role in COUNTED else grid.mean(reading))
    added = {role: _sum(parts) for role, parts in by_role.items()}
    found: dict[tuple[str, str], Floats] = {}
    asked = next((added[role] for role in ("calls", "asked", "requests") if role in added), None)
    if asked is not None:
        found["requests", "Sum"] = asked
    if "seconds" in added and "calls" in added:
        found["latency", "Average"] = added["seconds"] / np.where(added["calls"] > 0, added["calls"], np.nan)
    elif "latency" in by_role:
        found["latency", "Average"] = _mean(by_role["latency"])
    if "availability" in by_role:
        found["availability", "Average"] = _mean(by_role["availability"])
    elif "failures" in by_role:
        found["failures", "Average"] = _mean(by_role["failures"])
    elif asked is not None and "failed" in added:
        whole = asked + (np.nan_to_num(added["failed"]) if "calls" not in added and "asked" in added else 0.0)
        failed = np.nan_to_num(added["failed"])
        found["availability", "Average"] = 1.0 - np.minimum(failed / np.where(whole > 0, whole, np.nan), 1.0)
    return found


def _as_availability(columns: dict[tuple[str, str, str], Floats]) -> None:
    """Shares of failures as availability of 1 at best; they are percents if any of them is more than 1."""
    rates = [name for name in columns if name[1] == "failures"]
    most = max((float(np.nanmax(columns[name], initial=0.0)) for name in rates), default=0.0)
    for service, _, statistic in rates:
        rate = columns.pop((service, "failures", statistic)) / (100.0 if most > 1.0 else 1.0)
        columns[service, "availability", statistic] = 1.0 - np.clip(rate, 0.0, 1.0)
    full = [name for name in columns if name[1] == "availability"]
    for name in full:
        if np.nanmax(columns[name], initial=0.0) > PERCENT_FROM:
            columns[name] = columns[name] / 100.0


def _sum(parts: Sequence[Floats]) -> Floats:
    table = np.vstack(parts)
    return np.where(np.isnan(table).all(axis=0), np.nan, np.nansum(table, axis=0))


def _mean(parts: Sequence[Floats]) -> Floats:
    table = np.vstack(parts)
    known = ~np.isnan(table)
    return np.where(known.any(axis=0), np.nansum(table, axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)


def _window(starts: Floats, columns: Mapping[tuple[str, str, str], Floats], rows: slice) -> Window:
    return Window(starts[rows].tolist(), {name: values[rows].tolist() for name, values in columns.items()})
