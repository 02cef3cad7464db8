"""One service's log as the miner knows it: its templates, its latest minutes, what is usual of it, what was told of it.

Time is the service's own: the time of its newest line, and what has passed here since that line came. So logs that are
shipped late, or replayed, are judged as they would have been live; what lies behind the newest line by more than a
quarter of an hour is kept and grouped, and neither counted nor told of.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inframind.frames import Frame
from inframind.ingestion.logs.alarms import (
    CALM,
    HISTORY,
    KNOWN_MS,
    LASTING,
    NEW_A_MINUTE,
    QUIET_MS,
    REPEAT_MS,
    WARM_UP_MS,
    Counts,
    Fresh,
    Spike,
    Usual,
    is_calm,
    is_spike,
)
from inframind.ingestion.logs.lines import ERRORS, LogLine
from inframind.ingestion.logs.minutes import MINUTE_MS, Columns, Minute, frame_of, minute_of
from inframind.ingestion.logs.signals import new_error_over, new_error_signal, spike_over, spike_signal
from inframind.ingestion.logs.templates import Catalogue, Template
from inframind.signals import Signal

LATE_MS = 900_000
GRACE_MS = 20_000  # after its end in which a minute waits for lines that are under way
FRESH_LIMIT = 20
COUNTED, ERRORS_COUNTED = 50, 100  # templates with series of their own; those of errors have more room


@dataclass(slots=True)
class Service:
    """The state of one service; times in milliseconds, 0 where there was none yet."""

    name: str
    catalogue: Catalogue
    first_ms: int = 0
    newest_ms: int = 0
    heard_ms: int = 0
    closed_ms: int = 0
    has_ended: bool = True
    minutes: dict[int, Minute] = field(default_factory=dict)
    history: list[Counts] = field(default_factory=list)
    spike: Spike | None = None
    fresh: dict[str, Fresh] = field(default_factory=dict)
    told_new: int = 0
    levels: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)

    def clock(self, now_ms: int) -> int:
        """The service's own time."""
        return self.newest_ms + max(0, now_ms - self.heard_ms)

    @property
    def is_awake(self) -> bool:
        """Whether there is something to look at when no more lines come."""
        return not self.has_ended or self.spike is not None or bool(self.fresh)

    def take(self, lines: Sequence[LogLine], now_ms: int) -> list[str]:
        """Takes lines in; the ids of their templates, in order."""
        if not lines:
            return []
        newest = max(line.time_ms for line in lines)
        if newest > self.newest_ms:
            self.newest_ms, self.heard_ms = newest, now_ms
        since = self.newest_ms - LATE_MS
        self._begin(min((line.time_ms for line in lines if line.time_ms >= since), default=newest))
        ids, new, late = [], [], set()
        for line in lines:
            template, is_new = self.catalogue.place(line)
            ids.append(template.id)
            if line.time_ms < since:
                continue
            minute = minute_of(line.time_ms)
            self._count(minute, line.level, template.id)
            if minute < self.closed_ms:
                late.add(minute)
            if template.id in self.fresh:
                self.fresh[template.id].last_ms = max(self.fresh[template.id].last_ms, line.time_ms)
            elif is_new:
                new.append((template, line.time_ms))
        self._tell_new(new)
        self._emit({minute: self.minutes[minute] for minute in late})
        return ids

    def watch(self, now_ms: int) -> None:
        """Closes the minutes that are over, and judges them and those that still run."""
        clock = self.clock(now_ms)
        self._close(minute_of(clock - GRACE_MS))
        for minute in sorted(minute for minute in self.minutes if minute >= self.closed_ms):
            self._judge(minute, clock, is_over=False)
        self._repeat(clock)
        self.minutes = {minute: one for minute, one in self.minutes.items() if minute >= clock - LATE_MS - MINUTE_MS}

    def _begin(self, first_ms: int) -> None:
        self.first_ms = self.first_ms or first_ms
        if self.has_ended:
            begins = minute_of(first_ms)
            if self.closed_ms:
                gap = max(0, begins - self.closed_ms) // MINUTE_MS
                self.history = [*self.history, *[(0, 0)] * min(gap, HISTORY)][-HISTORY:]
            self.closed_ms = max(begins, self.closed_ms)
            self.has_ended = False

    def _count(self, minute: int, level: str, template: str) -> None:
        if level not in self.levels:
            self.levels = sorted([*self.levels, level])
        name = f"{template} {level}"
        if name not in self.counted and len(self.counted) < (ERRORS_COUNTED if level in ERRORS else COUNTED):
            self.counted.append(name)
        self.minutes.setdefault(minute, Minute()).count(level, template if name in self.counted else None)

    def _tell_new(self, new: Iterable[tuple[Template, int]]) -> None:
        found = {template.id: (template, time_ms) for template, time_ms in new}
        told: list[tuple[Template, Fresh]] = []
        for template, time_ms in found.values():
            lately = sum(minute_of(one.since_ms) == minute_of(time_ms) for one in self.fresh.values())
            room = 1 - self.told_new if time_ms < self.first_ms + WARM_UP_MS else NEW_A_MINUTE - lately
            if room > 0 and len(self.fresh) < FRESH_LIMIT:
                self.fresh[template.id] = Fresh(time_ms, time_ms, time_ms)
                self.told_new += 1
                told.append((template, self.fresh[template.id]))
        others = len(found) - len(told)
        self.signals += [new_error_signal(self.name, template, fresh, others) for template, fresh in told]

    def _close(self, end: int) -> None:
        if self.has_ended:
            return
        silent_from = minute_of(self.newest_ms) + MINUTE_MS + QUIET_MS
        start = max(self.closed_ms, end - (HISTORY + 1) * MINUTE_MS)
        stop = max(start, min(end, silent_from))
        self._drop_forgotten(start)
        for minute in range(start, stop, MINUTE_MS):
            self._judge(minute, minute + MINUTE_MS, is_over=True)
        told: dict[int, Minute | None] = {at: self.minutes.get(at, Minute()) for at in range(start, stop, MINUTE_MS)}
        self.closed_ms = max(self.closed_ms, stop)
        if end >= silent_from:
            told[silent_from] = None
            self.has_ended = True
            self.closed_ms = silent_from
            self._quiet_down(silent_from)
        self._emit(told)

    def _drop_forgotten(self, minute: int) -> None:
        """Ends the series of templates that are known no more."""
        known = {template.id for template in self.catalogue.templates}
        gone = tuple(name for name in self.counted if name.split(" ")[0] not in known)
        if gone:
            self._tell_frame(frame_of(self.name, Columns((), gone), {minute: None}))
            self.counted = [name for name in self.counted if name not in gone]

    def _judge(self, minute: int, clock: int, *, is_over: bool) -> None:
        counts = self.minutes.get(minute, Minute()).errors_and_all()
        usual = Usual.of(self.history)
        warming_up = minute < self.first_ms + WARM_UP_MS
        at_ms = min(clock, minute + MINUTE_MS - 1)
        if self.spike is None:
            if is_spike(counts, usual, warming_up=warming_up):
                self.spike = Spike(minute, minute, at_ms, counts[0])
                self.signals.append(spike_signal(self.name, self.spike, usual, self._errors(minute)))
            elif is_over:
                self.history = [*self.history, counts][-HISTORY:]
        if self.spike is None:
            return
        if not is_calm(counts, usual):
            self.spike.calm, self.spike.last_ms = 0, minute
            self.spike.worst = max(self.spike.worst, counts[0])
            if at_ms - self.spike.told_ms >= REPEAT_MS:
                self.spike.told_ms = at_ms
                self.signals.append(spike_signal(self.name, self.spike, usual, self._errors(minute)))
        if is_over:
            self._age(self.spike, counts, is_calm(counts, usual), at_ms)

    def _age(self, spike: Spike, counts: Counts, calm: bool, at_ms: int) -> None:
        spike.minutes.append(counts)
        spike.calm += calm
        lasting = len(spike.minutes) >= LASTING
        if spike.calm < CALM and not lasting:
            return
        news = spike.minutes if lasting else spike.minutes[-CALM:]
        self.history = (news if lasting else [*self.history, *news])[-HISTORY:]
        self.spike = None
        self.signals.append(spike_over(self.name, spike, at_ms, lasting=lasting and spike.calm < CALM))

    def _repeat(self, clock: int) -> None:
        """Tells again of new errors that go on; those that have ended, or are known by now, are over."""
        templates = {template.id: template for template in self.catalogue.templates}
        for name, fresh in list(self.fresh.items()):
            template = templates.get(name)
            if template is None:
                del self.fresh[name]
            elif clock - fresh.since_ms >= KNOWN_MS or clock - fresh.last_ms >= QUIET_MS:
                del self.fresh[name]
                known = clock - fresh.last_ms < QUIET_MS
                self.signals.append(new_error_over(self.name, template, clock, known=known))
            elif fresh.last_ms - fresh.told_ms >= REPEAT_MS:
                fresh.told_ms = fresh.last_ms
                self.signals.append(new_error_signal(self.name, template, fresh, 0))

    def _quiet_down(self, at_ms: int) -> None:
        """What goes on when no line comes any more: nothing."""
        if self.spike is not None:
            self.signals.append(spike_over(self.name, self.spike, at_ms, lasting=False))
            self.spike = None

    def _errors(self, minute: int) -> list[tuple[Template, int]]:
        """The templates of a minute's errors, most frequent first."""
        counts: Counter[str] = Counter()
        for name, number in self.minutes.get(minute, Minute()).templates.items():
            template, level = name.split(" ")
            counts[template] += number if level in ERRORS else 0
        known = {template.id: template for template in self.catalogue.templates}
        return [(known[name], number) for name, number in counts.most_common() if number and name in known]

    def _emit(self, minutes: dict[int, Minute | None] | dict[int, Minute]) -> None:
        self._tell_frame(frame_of(self.name, Columns(tuple(self.levels), tuple(self.counted)), dict(minutes)))

    def _tell_frame(self, frame: Frame | None) -> None:
        if frame is not None:
            self.frames.append(frame)
