"""The control group (v2) that this process runs in: its limits, and what it has used.

In a container the group is the container's, so its counters hold whatever the build started, however it was started.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
HELD = ("anon", "shmem", "kernel")  # what cannot be dropped when memory is short: page cache can


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A folder of the control group hierarchy."""

    folder: Path

    def cpu_seconds(self) -> float | None:
        """CPU time of everything in the group so far."""
        used = _table(self.folder / "cpu.stat").get("usage_usec")
        return None if used is None else used / 1e6

    def held_bytes(self) -> int | None:
        """Memory that the group holds and that the kernel could not take back."""
        table = _table(self.folder / "memory.stat")
        return sum(table.get(name, 0) for name in HELD) if "anon" in table else None

    def oom_kills(self) -> int | None:
        """Processes of the group that were killed for lack of memory so far."""
        return _table(self.folder / "memory.events").get("oom_kill")

    def moved_bytes(self) -> tuple[int, int] | None:
        """Bytes read from and written to disks so far."""
        text = _text(self.folder / "io.stat")
        words = [word.partition("=") for word in text.split()]
        read, written = (
            sum(int(value) for name, _, value in words if name == wanted) for wanted in ("rbytes", "wbytes")
        )
        return (read, written) if text else None

    def memory_limit_bytes(self) -> int | None:
        """The group's limit of memory, if it has one."""
        text = _text(self.folder / "memory.max").strip()
        return int(text) if text.isdigit() else None

    def cpu_limit(self) -> float | None:
        """The group's limit of cores, if it has one."""
        quota, _, period = _text(self.folder / "cpu.max").strip().partition(" ")
        return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def own_cgroup(root: Path = ROOT, membership: Path = MEMBERSHIP) -> Cgroup | None:
    """The group of this process; None without cgroup v2, or in its root, which measures the whole host."""
    paths = [line[3:] for line in _text(membership).splitlines() if line.startswith("0::")]
    if not paths:
        return None
    folder = root / paths[0].lstrip("/")
    return Cgroup(folder) if (folder / "memory.current").exists() else None


def _table(path: Path) -> dict[str, int]:
    pairs = [line.split() for line in _text(path).splitlines()]
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
