"""The processes below this one, and the most that they used together at any look."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat after the name (proc(5) counts from the pid, the state is 3).
PARENT, TIMES, THREADS, RSS = 1, slice(11, 15), 17, 21


@dataclass(frozen=True, slots=True)
class Process:
    """One process at one look; its time includes that of children it has waited for."""

    pid: int
    parent: int
    ticks: int
    threads: int
    pages: int


class TreeUsage:
    """Peaks over the looks taken so far."""

    def __init__(self) -> None:
        self.peak_rss_bytes = 0
        self.peak_processes = 0
        self.peak_threads = 0
        self.peak_cores = 0.0
        self._ticks: int | None = None
        self._at_s = 0.0

    def look(self, tree: list[Process], at_s: float) -> None:
        """Take in what the tree uses at a moment of a clock that only goes forward."""
        self.peak_rss_bytes = max(self.peak_rss_bytes, PAGE_BYTES * sum(one.pages for one in tree))
        self.peak_processes = max(self.peak_processes, len(tree))
        self.peak_threads = max(self.peak_threads, sum(one.threads for one in tree))
        ticks = sum(one.ticks for one in tree)
        if self._ticks is not None and at_s > self._at_s:
            cores = (ticks - self._ticks) / TICKS_PER_S / (at_s - self._at_s)
            self.peak_cores = max(self.peak_cores, cores)
        self._ticks, self._at_s = ticks, at_s


def below(root: int, everything: list[Process]) -> list[Process]:
    """The processes that descend from `root`, without it.

    >>> one = lambda pid, parent: Process(pid, parent, 0, 1, 1)
    >>> [process.pid for process in below(1, [one(2, 1), one(3, 2), one(4, 9)])]
    [2, 3]
    """
    children: dict[int, list[Process]] = {}
    for process in everything:
        children.setdefault(process.parent, []).append(process)
    found, next_ones = [], list(children.pop(root, []))
    while next_ones:
        process = next_ones.pop()
        found.append(process)
        next_ones += children.pop(process.pid, [])  # popped: the list is not of one instant, it could hold a circle
    return sorted(found, key=lambda process: process.pid)


def processes(proc: Path = PROC) -> list[Process]:
    """Every process of the host that can be read."""
    found = (_process(proc / name / "stat") for name in _numbers(proc))
    return [process for process in found if process is not None]


def _numbers(proc: Path) -> list[str]:
    with os.scandir(proc) as entries:
        return [entry.name for entry in entries if entry.name.isdigit()]


def oom_kills(proc: Path = PROC) -> int:
    """Processes of the host that the kernel killed for lack of memory since it started."""
    try:
        lines = (proc / "vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _process(path: Path) -> Process | None:
    try:
        text = path.read_bytes()
    except OSError:
        return None  # it has ended
    head, _, tail = text.rpartition(b") ")
    fields = tail.split()
    if len(fields) <= RSS:
        return None
    ticks = sum(map(int, fields[TIMES]))
    pid = int(head.partition(b" (")[0])
    return Process(pid, int(fields[PARENT]), ticks, int(fields[THREADS]), int(fields[RSS]))
