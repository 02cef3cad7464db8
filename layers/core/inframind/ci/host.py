"""The cores and the memory that a build may use here: the machine's, or those of its container."""

import os
from dataclasses import dataclass

from inframind.ci.cgroup import Cgroup

GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class Host:
    """What this machine or container offers."""

    cpus: float
    memory_gb: float


def host(cgroup: Cgroup | None) -> Host:
    """What may be used: the smallest of the hardware, this process's affinity, and its control group's limits."""
    cpus = [float(len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else float(os.cpu_count() or 1)]
    memory = [float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))]
    if cgroup:
        cpus += [limit for limit in [cgroup.cpu_limit()] if limit]
        memory += [float(limit) for limit in [cgroup.memory_limit_bytes()] if limit]
    return Host(round(min(cpus), 2), round(min(memory) / GIGABYTE, 3))
