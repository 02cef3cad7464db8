"""Collectors on machines that this one is not: containers, GPUs, build caches, and a kernel that fails."""

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from infra.local.harness import Port
from tests.infra.agent.conftest import Once, Starter
from tests.infra.agent.running import PATIENCE_S, Series, parsed, until

POD = "kubepods.slice/kubepods-pod1.slice/cri-containerd-abc.scope"
GPU_LIBRARY = """
extern "C" {
struct Rates { unsigned gpu, memory; };
struct Use { unsigned long long total, free, used; };
int nvmlInit_v2() { return 0; }
int nvmlDeviceGetCount_v2(unsigned* count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned at, void** device) { *device = reinterpret_cast<void*>(at + 1ul); return 0; }
int nvmlDeviceGetName(void*, char* name, unsigned) { __builtin_strcpy(name, "Tesla T4"); return 0; }
int nvmlDeviceGetUtilizationRates(void* device, Rates* rates) {
    rates->gpu = device == reinterpret_cast<void*>(1) ? 35 : 90;
    return 0;
}
int nvmlDeviceGetMemoryInfo(void*, Use* use) { *use = {16000, 12000, 4000}; return 0; }
int nvmlDeviceGetTemperature(void*, unsigned, unsigned* celsius) { *celsius = 61; return 0; }
int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
    *milliwatts = 70500;
    return device == reinterpret_cast<void*>(1) ? 0 : 3;  // the second one does not say
}
}
"""


def sample(once: Once, *settings: str, **variables: str) -> Series:
    words = [word for setting in settings for word in ("--set", setting)]
    done = once("--once", *words, **variables)
    assert done.returncode == 0, done.stderr
    return parsed(done.stdout)


def at(metrics: Series, name: str, /, **labels: str) -> float:
    return metrics[name, frozenset(labels.items())]


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.fixture
def cgroups(tmp_path: Path) -> Path:
    """A node with one container that has limits, and a slice that nobody asked for."""
    root = tmp_path / "cgroup"
    write(
        root,
        {
            "cgroup.controllers": "cpu memory pids\n",
            "cpu.stat": "usage_usec 9000000\n",
            "memory.stat": "inactive_file 5\n",
        },
    )
    write(
        root / POD,
        {
            "cpu.stat": "usage_usec 2500000\nuser_usec 1\nthrottled_usec 500000\n",
            "cpu.max": "150000 100000\n",
            "memory.current": "700\n",
            "memory.max": "1000\n",
            "memory.swap.current": "7\n",
            "memory.stat": "anon 1\ninactive_file 200\n",
            "memory.events": "low 0\noom 3\noom_kill 2\n",
            "pids.current": "12\n",
            "pids.max": "max\n",
        },
    )
    write(root / "system.slice/ssh.service", {"memory.current": "1\n"})
    return root


def test_a_container_is_reported_with_its_limits(once: Once, cgroups: Path) -> None:
    metrics = sample(once, f"paths.cgroup={cgroups}")
    pod = "/" + POD
    assert at(metrics, "cgroup_cpu_seconds_total", cgroup=pod) == 2.5
    assert at(metrics, "cgroup_cpu_throttled_seconds_total", cgroup=pod) == 0.5
    assert at(metrics, "cgroup_cpu_limit_cores", cgroup=pod) == 1.5
    assert at(metrics, "cgroup_memory_bytes", cgroup=pod) == 700
    assert at(metrics, "cgroup_memory_working_set_bytes", cgroup=pod) == 500
    assert at(metrics, "cgroup_memory_usage", cgroup=pod) == 50
    assert at(metrics, "cgroup_oom_kills_total", cgroup=pod) == 2
    assert at(metrics, "cgroup_pids", cgroup=pod) == 12
    assert ("cgroup_pids_limit", frozenset({("cgroup", pod)})) not in metrics
    groups = {dict(labels)["cgroup"] for name, labels in metrics if name.startswith("cgroup_")}
    assert groups == {"/", pod}


def test_a_crowded_node_is_bounded(once: Once, cgroups: Path) -> None:
    for number in range(30):
        write(cgroups / f"kubepods.slice/docker-{number}.scope", {"memory.current": "1\n"})
    metrics = sample(once, f"paths.cgroup={cgroups}", "cgroup.most=10")
    assert len({labels for name, labels in metrics if name == "cgroup_memory_bytes"}) <= 10


def test_gpus_are_read_where_the_library_is(once: Once, tmp_path: Path) -> None:
    (tmp_path / "nvml.cpp").write_text(GPU_LIBRARY)
    library = tmp_path / "libnvidia-ml.so.1"
    subprocess.run(["g++", "-shared", "-fPIC", "-o", library, tmp_path / "nvml.cpp"], check=True)
    metrics = sample(once, f"gpu.library={library}")
    first, second = {"gpu": "0", "name": "Tesla T4"}, {"gpu": "1", "name": "Tesla T4"}
    assert (at(metrics, "gpu_usage", **first), at(metrics, "gpu_usage", **second)) == (35, 90)
    assert at(metrics, "gpu_memory_usage", **first) == 25
    assert at(metrics, "gpu_temperature_celsius", **second) == 61
    assert at(metrics, "gpu_power_watts", **first) == 70.5
    assert ("gpu_power_watts", frozenset(second.items())) not in metrics


def test_a_library_that_is_not_nvidias_fails_alone(once: Once) -> None:
    metrics = sample(once, "gpu.library=libc.so.6")
    assert at(metrics, "inframind_agent_collector_success", collector="gpu") == 0
    assert at(metrics, "inframind_agent_collector_success", collector="cpu") == 1


def test_ccache_is_asked(once: Once, tmp_path: Path) -> None:
    if not shutil.which("ccache"):
        pytest.skip("ccache is not installed")
    (tmp_path / "one.c").write_text("int one(void) { return 1; }\n")
    variables = {"CCACHE_DIR": str(tmp_path / "cache"), "CCACHE_COMPILERCHECK": "none"}
    for _ in range(3):
        command = ["ccache", "gcc", "-c", "one.c", "-o", "one.o"]
        subprocess.run(command, cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin"} | variables)
    metrics = sample(once, **variables)
    assert at(metrics, "build_cache_hits_total", cache="ccache") == 2
    assert at(metrics, "build_cache_misses_total", cache="ccache") == 1
    assert at(metrics, "build_cache_size_bytes", cache="ccache") > 0


def sccache(folder: Path) -> Path:
    """A program that says what sccache 0.7 says."""
    stats: dict[str, Any] = {
        "stats": {
            "compile_requests": 9,
            "requests_executed": 8,
            "cache_errors": {"counts": {}},
            "cache_hits": {"counts": {"C/C++": 4, "Rust": 1}},
            "cache_misses": {"counts": {"Rust": 3}},
        },
        "cache_location": 'Local disk: "cache"',
        "cache_size": 123456,
    }
    program = folder / "sccache"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(stats)}\nEND\n")
    program.chmod(0o755)
    return program


def test_sccache_is_asked_only_while_its_server_listens(once: Once, tmp_path: Path) -> None:
    program = sccache(tmp_path)
    port = Port()
    words = (f"caches.sccache={program}", f"caches.sccache_port={port.number}")
    with socket.create_server(("127.0.0.1", port.number)):
        metrics = sample(once, *words)
    assert at(metrics, "build_cache_hits_total", cache="sccache") == 5
    assert at(metrics, "build_cache_misses_total", cache="sccache") == 3
    assert at(metrics, "build_cache_size_bytes", cache="sccache") == 123456
    alone = sample(once, *words)
    port.release()
    assert ("build_cache_hits_total", frozenset({("cache", "sccache")})) not in alone


def test_bazels_last_build_is_read(once: Once, tmp_path: Path) -> None:
    runners = [
        {"name": "total", "count": 10},
        {"name": "internal", "count": 2},
        {"name": "remote cache hit", "count": 5},
        {"name": "disk cache hit", "count": 1},
        {"name": "linux-sandbox", "count": 2, "execKind": "Local"},
    ]
    lines = [
        {"id": {"started": {}}, "started": {"command": "build"}},
        {
            "id": {"buildMetrics": {}},
            "buildMetrics": {"actionSummary": {"actionsExecuted": "8", "runnerCount": runners}},
        },
    ]
    events = tmp_path / "events.json"
    events.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    metrics = sample(once, f"caches.bazel_events=[{events}]")
    assert at(metrics, "bazel_last_build_cache_hits", file=str(events)) == 6
    assert at(metrics, "bazel_last_build_cache_misses", file=str(events)) == 2


def test_a_collector_that_fails_is_reported_once_and_the_rest_goes_on(agent: Starter, tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    for name in ("stat", "meminfo", "loadavg"):
        write(proc, {name: Path("/proc", name).read_text()})
    running = agent({"paths": {"proc": str(proc)}, "collectors": {"processes": False, "filesystem": False}})
    metrics = [running.metrics() for _ in range(3)][-1]
    failing = {
        dict(labels)["collector"]
        for (name, labels), value in metrics.items()
        if name.endswith("_success") and not value
    }
    assert failing == {"io", "network"}
    assert not any(name.startswith(("node_disk", "node_network")) for name, _ in metrics)
    assert at(metrics, "node_load1") >= 0
    complaints = [line for line in running.logs() if line["message"] == "a collector fails and is skipped"]
    assert [line["collector"] for line in complaints] == ["io", "network"]
    assert "diskstats: No such file or directory" in complaints[0]["reason"]


def test_pressure_and_mount_points_with_blanks_are_read(once: Once, tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    write(
        proc / "pressure",
        dict.fromkeys(("cpu", "io", "memory"), "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n"),
    )
    write(proc / "self", {"mounts": f"/dev/x {tmp_path}/a\\040b ext4 ro,relatime 0 0\n"})
    (tmp_path / "a b").mkdir()
    metrics = sample(once, f"paths.proc={proc}", "collectors.cpu=false")
    assert at(metrics, "node_pressure_cpu_waiting_seconds_total") == 2.5
    labels = {"device": "/dev/x", "fstype": "ext4", "mountpoint": f"{tmp_path}/a b"}
    assert at(metrics, "node_filesystem_readonly", **labels) == 1
    assert at(metrics, "node_filesystem_size_bytes", **labels) > 0


def test_the_names_are_those_of_node_exporter(once: Once) -> None:
    exporter = shutil.which("prometheus-node-exporter")
    if not exporter:
        pytest.skip("prometheus-node-exporter is not installed")
    port = Port()
    command = [exporter, f"--web.listen-address=127.0.0.1:{port.number}", "--collector.processes"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        theirs = parsed(str(until(lambda: fetched(port.number))))
    finally:
        process.terminate()
        process.wait()
        port.release()
    ours = sample(once)
    known = {name for name, _ in theirs}
    assert {name for name, _ in ours if name.startswith("node_")} <= known
    still = (
        "node_memory_MemTotal_bytes",
        "node_boot_time_seconds",
        "node_filesystem_size_bytes",
        "node_filesystem_files",
    )
    shared = {key for key in ours.keys() & theirs.keys() if key[0] in still}
    assert {name for name, _ in shared} == set(still)
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


def fetched(port: int) -> str:
    """The page of an exporter; nothing while it has just been started."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())
    except urllib.error.URLError:
        return ""
