"""Control groups as the kernel shows them: limits, use, and the reason why a build was killed."""

from pathlib import Path

import pytest

from inframind.ci.cgroup import Cgroup, own_cgroup
from inframind.ci.host import host
from inframind.ci.measuring import Meter

NOTHING = {"PATH": ""}


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """A container of two and a half cores and 4 GB that has used some of them."""
    folder = tmp_path / "fs" / "pod"
    folder.mkdir(parents=True)
    files = {
        "memory.current": "700000000\n",
        "memory.max": "4000000000\n",
        "memory.stat": "anon 500000000\nfile 900000000\nkernel 10000000\nshmem 1000000\n",
        "memory.events": "low 0\nhigh 0\nmax 12\noom 0\noom_kill 0\noom_group_kill 0\n",
        "cpu.max": "250000 100000\n",
        "cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n",
        "io.stat": "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_a_container_offers_what_its_group_allows(group: Path) -> None:
    offered = host(Cgroup(group))
    assert offered.cpus <= 2.5
    assert offered.memory_gb == 4.0


def test_a_group_without_limits_offers_the_host(group: Path) -> None:
    (group / "memory.max").write_text("max\n")
    (group / "cpu.max").write_text("max 100000\n")
    assert host(Cgroup(group)) == host(None)


def test_the_own_group_is_found_below_the_root(group: Path, tmp_path: Path) -> None:
    membership = tmp_path / "membership"
    membership.write_text("12:memory:/other\n0::/pod\n")
    assert own_cgroup(tmp_path / "fs", membership) == Cgroup(group)


def test_the_root_group_measures_the_host_so_it_is_no_ones_own(tmp_path: Path) -> None:
    membership = tmp_path / "membership"
    membership.write_text("0::/\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 1\n")
    assert own_cgroup(tmp_path, membership) is None


def test_a_build_takes_what_its_group_has_used_since(group: Path) -> None:
    meter = Meter(Cgroup(group), NOTHING)
    (group / "cpu.stat").write_text("usage_usec 4000000\n")
    (group / "memory.stat").write_text("anon 2500000000\nfile 3900000000\nkernel 10000000\nshmem 1000000\n")
    (group / "io.stat").write_text("8:0 rbytes=14096 wbytes=9192\n8:16 rbytes=1 wbytes=2\n")
    meter.look()
    (group / "memory.stat").write_text("anon 500000000\nkernel 10000000\nshmem 1000000\n")
    figures = meter.read(0, False, 4e9)
    assert figures["cpu_seconds"] == 2.5
    assert figures["max_rss_gb"] == 2.0
    assert (figures["read_bytes"], figures["written_bytes"]) == (10_000, 1_000)


def test_a_failure_beside_a_kill_of_the_kernel_is_out_of_memory(group: Path) -> None:
    meter = Meter(Cgroup(group), NOTHING)
    (group / "memory.events").write_text("oom 1\noom_kill 1\n")
    assert meter.read(2, False, 4e9)["outcome"] == "out_of_memory"
    assert meter.read(0, False, 4e9)["outcome"] == "success"


def test_a_kill_alone_is_a_failure_unless_memory_was_nearly_full(group: Path) -> None:
    meter = Meter(Cgroup(group), NOTHING)
    assert meter.read(137, False, 4e9)["outcome"] == "failed"
    (group / "memory.stat").write_text("anon 4400000000\nkernel 10000000\nshmem 1000000\n")
    meter.look()
    assert meter.read(137, False, 4e9)["outcome"] == "out_of_memory"


def test_without_a_group_the_hosts_kills_are_counted(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("pgfault 5\noom_kill 3\n")
    meter = Meter(None, NOTHING, tmp_path)
    (tmp_path / "vmstat").write_text("pgfault 9\noom_kill 4\n")
    assert meter.read(1, False, 4e9)["outcome"] == "out_of_memory"
