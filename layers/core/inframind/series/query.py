"""What a caller wants to read: the words of a query string made into a query, every fault named at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from inframind.errors import Fault, faulty
from inframind.identity import SeriesId
from inframind.records import to_ms
from inframind.series.samples import Aggregation

DEFAULT_RANGE_MS = 3_600_000
DEFAULT_LIMIT = MAX_LIMIT = 10_000  # samples in one answer: about 500 KB of JSON, well below the 6 MB of a function
MAX_STEP_MS = 31 * 86_400_000
MILLISECONDS_FROM = 1e11  # a bare number from here on counts milliseconds: as seconds it would lie past the year 5000
EARLIEST_MS, LATEST_MS = -2_208_988_800_000, 100_000_000_000_000
UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
STEP = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)?")
CURSOR = re.compile(r"(-?\d{1,19})_([0-9a-f]{16})?_(-?\d{1,19})")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an answer ordered by time, then by the series' mark: go on with what lies behind it.

    It knows where the answer ends, so that pages of "the last hour" are pages of one and the same hour.
    """

    time_ms: int
    mark: str
    end_ms: int

    def __str__(self) -> str:
        return f"{self.time_ms}_{self.mark}_{self.end_ms}"


@dataclass(frozen=True, slots=True)
class Query:
    """The samples of one resource in [start_ms, end_ms), of some metrics and labels, plain or by steps."""

    resource: str
    start_ms: int
    end_ms: int
    metrics: frozenset[str] = frozenset()
    labels: tuple[tuple[str, str], ...] = ()
    step_ms: int | None = None
    aggregation: Aggregation = Aggregation.AVG
    limit: int = DEFAULT_LIMIT
    after: Position | None = None
    stale: bool = False

    @property
    def resume_ms(self) -> int:
        """Where reading begins: what lies before has been sent."""
        return self.start_ms if self.after is None else max(self.start_ms, self.after.time_ms)

    def wants(self, series: SeriesId) -> bool:
        """Whether the series has one of the metrics (none named: any) and all of the labels."""
        if self.metrics and series.metric not in self.metrics:
            return False
        given = dict(series.labels)
        return all(given.get(name, "") == value for name, value in self.labels)


@dataclass(frozen=True, slots=True)
class RawQuery:
    """A query string as it came."""

    metrics: Sequence[str] = ()
    labels: Sequence[str] = ()
    start: str | None = None
    end: str | None = None
    step: str | None = None
    cursor: str | None = None
    aggregation: Aggregation | None = None
    limit: int = DEFAULT_LIMIT
    stale: bool = False


def query_of(resource: str, words: RawQuery, now: datetime) -> Query:
    """The query, its range defaulting to the hour that ends now; raises `Rejected` with every fault.

    >>> noon = datetime.fromisoformat("2026-01-11T12:00:00Z")
    >>> asked = query_of("db-1", RawQuery(start="2026-01-11T10:30:00Z", end="1768129200", step="5m"), noon)
    >>> asked.end_ms - asked.start_ms, asked.step_ms
    (1800000, 300000)
    """
    faults: list[Fault] = []

    def read(name: str, text: str | None, parse: Callable[[str], T], missing: T) -> T:
        try:
            return parse(text) if text else missing
        except ValueError as error:
            faults.append(Fault(f"query.{name}", str(error)))
            return missing

    after = read("cursor", words.cursor, _position, None)
    # The end of a range is open: an hour "until now" holds the sample of this very millisecond too.
    end = read("end", words.end, moment_ms, after.end_ms if after else to_ms(now) + 1)
    start = read("start", words.start, moment_ms, after.time_ms if after else end - DEFAULT_RANGE_MS)
    step = read("step", words.step, step_ms, None)
    labels = [read("label", text, _label, ("", "")) for text in words.labels]
    if words.aggregation and not words.step:
        faults.append(Fault("query.agg", "needs a step to aggregate over, such as step=1m"))
    if start >= end and not faults:
        faults.append(Fault("query.start", "must be before end"))
    if faults:
        raise faulty("The query", faults)
    return Query(
        resource,
        start,
        end,
        metrics=frozenset(words.metrics),
        labels=tuple(labels),
        step_ms=step,
        aggregation=words.aggregation or Aggregation.AVG,
        limit=words.limit,
        after=after,
        stale=words.stale,
    )


def moment_ms(text: str) -> int:
    """Epoch milliseconds of RFC 3339, epoch seconds or epoch milliseconds; raises `ValueError`.

    >>> moment_ms("2026-01-11T10:30:00Z"), moment_ms("1768127400"), moment_ms("1768127400000")
    (1768127400000, 1768127400000, 1768127400000)
    """
    try:
        number = float(text)
    except ValueError:
        return _written_out(text)
    return _readable(number if number >= MILLISECONDS_FROM else number * 1_000)


def step_ms(text: str) -> int:
    """Milliseconds of a step: seconds, or a number with ms, s, m, h, d or w; raises `ValueError`.

    >>> step_ms("30"), step_ms("1m"), step_ms("0.5h")
    (30000, 60000, 1800000)
    """
    match = STEP.fullmatch(text.strip())
    milliseconds = round(float(match[1]) * UNITS_MS[match[2] or "s"]) if match else 0
    if not 0 < milliseconds <= MAX_STEP_MS:
        raise ValueError("is seconds (60) or a number with a unit (1m, 1h, 1d), more than 0 and at most 31d")
    return milliseconds


def _written_out(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+"))  # an unescaped + arrives as a blank
    except ValueError as error:
        raise ValueError("is RFC 3339 (2026-01-11T10:30:00Z), epoch seconds or epoch milliseconds") from error
    return _readable(to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))


def _readable(time_ms: float) -> int:
    if not EARLIEST_MS <= time_ms <= LATEST_MS:
        raise ValueError("lies outside the years 1900 to 5138")
    return round(time_ms)


def _label(text: str) -> tuple[str, str]:
    name, separator, value = text.partition(":")
    if not name or not separator:
        raise ValueError("is name:value, such as job:node")
    return name, value


def _position(text: str) -> Position:
    match = CURSOR.fullmatch(text)
    if not match:
        raise ValueError("is not a cursor of this list; take it from the answer before")
    return Position(_readable(int(match[1])), match[2] or "", _readable(int(match[3])))
