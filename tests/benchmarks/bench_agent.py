"""The agent beside Debian's node_exporter and collectd: memory and CPU, scraped at the same time on the same host.

All run at once and are scraped in turn over kept connections. CPU is the kernel's account of each thread, in
nanoseconds; memory is what is resident at the end. BENCH_AGENT_LONG=1 adds two minutes of scrapes 15 seconds apart.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.programs import Program, is_installed, running
from tests.benchmarks.table import Row, markdown
from tests.infra.agent.building import BUILDS, SOURCE
from tests.infra.agent.recorder import Recorder
from tests.infra.agent.secure import authority, serving

SCRAPED_S = 60
LONG_S = 120
PUSHED_S = 15
WARM_UP = 3  # scrapes before counting begins
OTHERS = ("processes", "cgroup", "gpu", "caches")
EXPORTER = ("cpu", "stat", "meminfo", "pressure", "diskstats", "netdev", "loadavg", "filesystem")
COLLECTD_PLUGINS = ("cpu", "memory", "swap", "disk", "interface", "load", "df")
COLLECTD = """Interval 1
BaseDir "{folder}"
PIDFile "{folder}/pid"
TypesDB "/usr/share/collectd/types.db"
{plugins}
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port "@PORT@"
</Plugin>
"""


@dataclass(frozen=True)
class Cost:
    """What a program took: resident memory, and CPU in percent of a core."""

    rss_kb: float
    cpu_percent: float


@dataclass(frozen=True)
class Peer:
    """A program to compare with, the agent's settings that collect the same, and the goal."""

    name: str
    command: Sequence[str]
    ours: Sequence[str]
    goal: str


def run() -> list[Row]:
    """Builds the agent and measures for some minutes at most."""
    missing = [name for name in ("cmake", "g++", "prometheus-node-exporter") if not is_installed(name)]
    if missing:
        return [Row(f"agent: not measured, {', '.join(missing)} missing", None, None, None, "", "")]
    subprocess.run(
        [str(SOURCE / "build.sh"), "release", str(BUILDS / "release")], check=True, stdout=subprocess.DEVNULL
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = _side_by_side(Path(folder, "second"), SCRAPED_S, 1)
        if os.environ.get("BENCH_AGENT_LONG"):
            rows += _side_by_side(Path(folder, "quarter"), LONG_S, 15)
        return rows + _pushing(Path(folder, "pushing"))


def _side_by_side(folder: Path, length_s: int, every_s: int) -> list[Row]:
    peers = _peers(folder)
    with ExitStack() as stack:
        programs = {peer.name: stack.enter_context(running(peer.command, folder / peer.name)) for peer in peers}
        for settings in {tuple(peer.ours) for peer in peers}:
            programs[str(settings)] = stack.enter_context(running(_agent(settings), folder))
        costs = _scraped(programs, length_s, every_s)
    rows = []
    for peer in peers:
        what = f"agent, scraped each {every_s} s, against {peer.name}"
        rows += _rows(what, costs[str(tuple(peer.ours))], costs[peer.name], peer.goal)
    return rows


def _peers(folder: Path) -> list[Peer]:
    same = [f"collectors.{name}=false" for name in OTHERS]
    exporter = ["prometheus-node-exporter", "--web.listen-address=127.0.0.1:{port}"]
    only = ["--collector.disable-defaults", "--web.disable-exporter-metrics"]
    only += [f"--collector.{name}" for name in EXPORTER]
    peers = [
        Peer("node_exporter, same collectors", exporter + only, same, "<= 1/6"),
        Peer("node_exporter, each with its defaults", exporter, [], "<= 1/6"),
    ]
    if _collectd_serves():
        peers.append(Peer("collectd", _collectd(folder / "collectd"), same, "< 1"))
    return peers


def _collectd_serves() -> bool:
    plugin = Path("/usr/lib/collectd/write_prometheus.so")
    if not is_installed("collectd") or not plugin.exists():
        return False
    libraries = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True, check=False)
    return "not found" not in libraries.stdout


def _collectd(folder: Path) -> list[str]:
    folder.mkdir(parents=True)
    plugins = "\n".join(f"LoadPlugin {name}" for name in (*COLLECTD_PLUGINS, "write_prometheus"))
    (folder / "template").write_text(COLLECTD.format(folder=folder, plugins=plugins))
    configure = "sed s/@PORT@/{port}/ {folder}/template > {folder}/conf"
    return ["sh", "-c", f"{configure} && exec collectd -f -C {{folder}}/conf"]


def _agent(settings: Sequence[str]) -> list[str]:
    words = [word for setting in settings for word in ("--set", setting)]
    return [str(BUILDS / "release/inframind-agent"), "--set", "listen=127.0.0.1:{port}", *words]


def _scraped(programs: dict[str, Program], length_s: int, every_s: int) -> dict[str, Cost]:
    for _ in range(WARM_UP):
        _scrape(programs)
        time.sleep(1)
    before = {name: _cpu_ns(program.pid) for name, program in programs.items()}
    began = time.monotonic()
    for turn in range(length_s // every_s):
        time.sleep(max(0.0, began + turn * every_s - time.monotonic()))
        _scrape(programs)
    time.sleep(max(0.0, began + length_s - time.monotonic()))
    passed_ns = (time.monotonic() - began) * 1e9
    return {name: _cost(program.pid, before[name], passed_ns) for name, program in programs.items()}


def _scrape(programs: dict[str, Program]) -> None:
    for program in programs.values():
        program.call("GET", "/metrics")


def _cost(pid: int, before_ns: int, passed_ns: float) -> Cost:
    return Cost(_rss_kb(pid), 100 * (_cpu_ns(pid) - before_ns) / passed_ns)


def _cpu_ns(pid: int) -> int:
    """CPU time of all threads, in nanoseconds (first number of schedstat)."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _rss_kb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS:")))


def _rows(what: str, ours: Cost, theirs: Cost, goal: str) -> list[Row]:
    cpu = ours.cpu_percent / theirs.cpu_percent
    return [
        Row(f"{what}: memory", ours.rss_kb, theirs.rss_kb, ours.rss_kb / theirs.rss_kb, goal, "kB"),
        Row(f"{what}: CPU", ours.cpu_percent, theirs.cpu_percent, cpu, goal, "% of a core"),
    ]


def _pushing(folder: Path) -> list[Row]:
    """The agent by itself with every collector on: ten samples a second, pushed each second over TLS; and each 15 s."""
    folder.mkdir(parents=True)
    recorder = Recorder(serving(authority(folder), "server"))
    platform = [f"platform.url={recorder.url}", f"platform.ca_file={folder}/ca.pem", f"buffer.spool={folder}/{{port}}"]
    fast = [*platform, "interval=100ms", "remote_write.every=1s", "processes.states=true"]
    slow = [*platform, "interval=1s", "remote_write.every=1s"]
    try:
        with running(_agent(fast), folder) as quick, running(_agent(slow), folder) as steady:
            time.sleep(WARM_UP)
            before = [(_cpu_ns(program.pid), time.monotonic()) for program in (quick, steady)]
            time.sleep(PUSHED_S)
            costs = [
                _cost(program.pid, cpu, (time.monotonic() - began) * 1e9)
                for program, (cpu, began) in zip((quick, steady), before, strict=True)
            ]
    finally:
        recorder.close()
    return _report("10 samples a second, every collector, pushed over TLS", costs[0]) + _report(
        "a sample a second, every collector, pushed over TLS each second", costs[1]
    )


def _report(what: str, cost: Cost) -> list[Row]:
    return [
        Row(f"agent, {what}: memory", cost.rss_kb, None, None, "< 131072", "kB"),
        Row(f"agent, {what}: CPU", cost.cpu_percent, None, None, "< 1", "% of a core"),
    ]


if __name__ == "__main__":
    sys.stdout.write(markdown(run()) + "\n")
