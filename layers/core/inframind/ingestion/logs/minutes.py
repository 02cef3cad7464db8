"""How many lines came in each minute, by level and by template: ordinary series of the service that logged them.

A minute is told once it is over, because detectors look at a sample once; a late line tells it anew, and the last word
counts. Zeros are told while a service logs; when it has been quiet for a while its series end on purpose.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from inframind.frames import Frame
from inframind.identity import SeriesId
from inframind.ingestion.logs.lines import ERRORS
from inframind.ingestion.samples import STALE

MINUTE_MS = 60_000
BY_LEVEL, BY_TEMPLATE = "log_lines", "log_template_lines"
"""Lines a minute of a service by level; the same by level and template."""


@dataclass(slots=True)
class Minute:
    """Lines of one minute: by level, and by template and level (`<id> <level>`)."""

    levels: dict[str, int] = field(default_factory=dict)
    templates: dict[str, int] = field(default_factory=dict)

    def count(self, level: str, template: str | None) -> None:
        """One line more; `template` None: it has no series of its own."""
        self.levels[level] = self.levels.get(level, 0) + 1
        if template is not None:
            name = f"{template} {level}"
            self.templates[name] = self.templates.get(name, 0) + 1

    def errors_and_all(self) -> tuple[int, int]:
        """Lines of errors, and all lines."""
        return sum(number for level, number in self.levels.items() if level in ERRORS), sum(self.levels.values())


@dataclass(frozen=True, slots=True)
class Columns:
    """The series of a service: levels, and templates at levels."""

    levels: tuple[str, ...]
    templates: tuple[str, ...]

    def keys(self) -> list[bytes]:
        """Their names inside the service."""
        found: list[tuple[str, tuple[tuple[str, str], ...]]] = [(BY_LEVEL, (("level", one),)) for one in self.levels]
        for name in self.templates:
            template, level = name.split(" ")
            found.append((BY_TEMPLATE, (("level", level), ("template_id", template))))
        return [SeriesId("", metric, labels).to_bytes() for metric, labels in found]


def minute_of(time_ms: int) -> int:
    """The minute in which a moment lies, by its first millisecond."""
    return time_ms - time_ms % MINUTE_MS


def frame_of(service: str, columns: Columns, minutes: Mapping[int, Minute | None]) -> Frame | None:
    """The samples of these minutes, zeros included; None for a minute: the series end there.

    >>> frame = frame_of("web", Columns(("ERROR", "INFO"), ()), {60_000: Minute({"INFO": 2})})
    >>> frame.values.tolist(), frame.series[0]
    ([[0.0, 2.0]], b'log_lines\\x00level\\x00ERROR')
    """
    if not minutes or not (columns.levels or columns.templates):
        return None
    times = sorted(minutes)
    rows = [_row(columns, minutes[time]) for time in times]
    keys = columns.keys()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    values = np.array(rows, np.float64)[:, order]
    return Frame(service, tuple(keys[place] for place in order), np.array(times, np.int64), values)


def _row(columns: Columns, minute: Minute | None) -> Iterable[float]:
    if minute is None:
        return [STALE] * (len(columns.levels) + len(columns.templates))
    counts = [minute.levels.get(level, 0) for level in columns.levels]
    return [*map(float, counts), *(float(minute.templates.get(name, 0)) for name in columns.templates)]
