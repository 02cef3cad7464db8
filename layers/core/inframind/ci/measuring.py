"""What one command took: time, cores, memory, I/O, processes, compiler cache; and whether memory was what ended it."""

import os
import resource
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inframind.ci import caches, tree
from inframind.ci.cgroup import Cgroup
from inframind.ci.host import GIGABYTE

BLOCK_BYTES = 512  # unit of ru_inblock and ru_oublock
KILLED = 128 + signal.SIGKILL
NEARLY_ALL = 0.9  # of the memory, held by a build that was killed: taken for the reason


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters at one moment, of which only differences mean something."""

    cpu_seconds: float
    read_bytes: int
    written_bytes: int
    oom_kills: int
    largest_rss_bytes: int


class Meter:
    """Measures from its making on; `look` is to be called while the command runs, `read` when it has ended."""

    def __init__(self, cgroup: Cgroup | None, environment: Mapping[str, str], proc: Path = tree.PROC) -> None:
        self._cgroup, self._environment, self._proc = cgroup, environment, proc
        self._caches = caches.counts(environment)
        self._tree = tree.TreeUsage()
        self._held_at_first = (cgroup.held_bytes() if cgroup else None) or 0
        self._peak_held = 0
        self.started_s = time.time()
        self._ticking = time.monotonic()
        self._before = self._usage()

    def look(self) -> None:
        """Take in what the command uses now."""
        self._tree.look(tree.below(os.getpid(), tree.processes(self._proc)), time.monotonic())
        held = self._cgroup.held_bytes() if self._cgroup else None
        self._peak_held = max(self._peak_held, (held or 0) - self._held_at_first)

    def read(self, exit_code: int, timed_out: bool, memory_bytes: float) -> dict[str, Any]:
        """The fields of a step's event from the command's start until now."""
        duration_s, after, before = time.monotonic() - self._ticking, self._usage(), self._before
        cpu_seconds = max(0.0, after.cpu_seconds - before.cpu_seconds)
        rss = self._peak_held or max(self._tree.peak_rss_bytes, after.largest_rss_bytes)
        killed = after.oom_kills > before.oom_kills or (exit_code == KILLED and rss > NEARLY_ALL * memory_bytes)
        return {
            "outcome": _outcome(exit_code, timed_out, killed),
            "exit_code": exit_code,
            "duration_s": round(duration_s, 3),
            "cpu_seconds": round(cpu_seconds, 3),
            "mean_cores": round(cpu_seconds / duration_s, 3) if duration_s > 0 else 0.0,
            "peak_cores": round(self._tree.peak_cores, 3),
            "max_rss_gb": round(rss / GIGABYTE, 3),
            "max_rss_bytes": rss,
            "read_bytes": max(0, after.read_bytes - before.read_bytes),
            "written_bytes": max(0, after.written_bytes - before.written_bytes),
            "peak_processes": self._tree.peak_processes,
            "peak_threads": self._tree.peak_threads,
            **self._cache_counts(),
        }

    def _usage(self) -> Usage:
        """The group's counters where it has its own: they hold processes too that nobody waits for."""
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_seconds = self._cgroup.cpu_seconds() if self._cgroup else None
        moved = self._cgroup.moved_bytes() if self._cgroup else None
        kills = self._cgroup.oom_kills() if self._cgroup else None
        read_bytes, written_bytes = moved or (own.ru_inblock * BLOCK_BYTES, own.ru_oublock * BLOCK_BYTES)
        return Usage(
            own.ru_utime + own.ru_stime if cpu_seconds is None else cpu_seconds,
            read_bytes,
            written_bytes,
            tree.oom_kills(self._proc) if kills is None else kills,
            own.ru_maxrss * 1024,
        )

    def _cache_counts(self) -> dict[str, int]:
        after = caches.counts(self._environment) if self._caches else None
        if self._caches is None or after is None:
            return {}
        since = after.since(self._caches)
        return {"cache_hits": since.hits, "cache_misses": since.misses}


def _outcome(exit_code: int, timed_out: bool, killed: bool) -> str:
    if exit_code == 0:
        return "success"
    if timed_out:
        return "timed_out"
    return "out_of_memory" if killed else "failed"
