"""The configuration file, as a person who makes mistakes meets it."""

import signal
from pathlib import Path

import pytest
import yaml

from tests.infra.agent.building import SOURCE
from tests.infra.agent.conftest import Once, Starter
from tests.infra.agent.recorder import Recorder
from tests.infra.agent.running import PATIENCE_S, until
from tests.infra.agent.test_push import pushing

DOCUMENTATION = SOURCE.parents[1] / "docs" / "agent.md"


def check(once: Once, folder: Path, text: str) -> tuple[int, list[str]]:
    """Exit code and complaints of --check-config, without the name of the file."""
    (folder / "agent.yaml").write_text(text)
    done = once("--check-config", "--config", "agent.yaml")
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("listen: ':9102'\nintervall: 5s\n", "agent.yaml:2: unknown setting 'intervall' (did you mean 'interval'?)"),
        ("collectors:\n  cpu: true\n  disk: true\n", "agent.yaml:3: unknown setting 'collectors.disk'"),
        ("\n\ninterval: 5\n", "agent.yaml:3: 'interval' is '5', not a time such as 15s, 250ms or 2m"),
        ("interval: 0s\n", "agent.yaml:1: 'interval' is '0s', not between 1ms and 24h"),
        ("collectors:\n  cpu: maybe\n", "agent.yaml:2: 'collectors.cpu' is 'maybe', not true or false"),
        (
            "buffer:\n  memory: 4 elephants\n",
            "agent.yaml:2: 'buffer.memory' is '4 elephants', not a size such as 4MiB or 64kB",
        ),
        (
            "platform:\n  url: ftp://x\n",
            "agent.yaml:2: 'platform.url' is 'ftp://x', not an address such as https://host/path",
        ),
        (
            "remote_write:\n  path: api\n",
            "agent.yaml:2: 'remote_write.path' is 'api', not a path such as /api/v1/write",
        ),
        ("listen: here\n", "agent.yaml:1: 'listen' is 'here', not address:port or :port"),
        ("labels: {1a: x}\n", "agent.yaml:1: 'labels' holds '1a', which cannot name a label"),
        ("io:\n  exclude: sda\n", "agent.yaml:2: 'io.exclude' is not a list"),
        ("interval: 5s\ninterval: 6s\n", "agent.yaml:2: 'interval' is given twice"),
        ("a: &x 1\nb: *x\n", "agent.yaml:1: anchors are not taken"),
        ("a: [1, 2\nb: 3\n", "agent.yaml:2: did not find expected ',' or ']'"),
        ("- a\n- b\n", "agent.yaml:1: this is not a map of settings"),
        ("interval: 5s\n---\ninterval: 6s\n", "agent.yaml:2: there is a second document"),
        ("collectors: none\n", "agent.yaml:1: 'collectors' is a section, not a value"),
        ("log:\n  level: loud\n", "agent.yaml:2: 'log.level' is 'loud', not debug, info, warning or error"),
        ("cgroup:\n  most: 0\n", "agent.yaml:2: 'cgroup.most' is '0', not a number from 1 to 1000000000"),
    ],
)
def test_a_mistake_is_named_with_its_line(once: Once, tmp_path: Path, text: str, complaint: str) -> None:
    code, complaints = check(once, tmp_path, text)
    assert code == 3
    assert any(line.startswith(complaint) for line in complaints), complaints


def test_every_mistake_is_named_at_once(once: Once, tmp_path: Path) -> None:
    code, complaints = check(once, tmp_path, "a: 1\nb: 2\ninterval: x\n")
    assert code == 3
    assert [line.split(":")[1] for line in complaints] == ["1", "2", "3"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "labels:\nlog:\n", "interval: 1m\nlabels: {env: prod}\n"])
def test_a_valid_file_is_called_valid(once: Once, tmp_path: Path, text: str) -> None:
    (tmp_path / "agent.yaml").write_text(text)
    done = once("--check-config", "--config", "agent.yaml")
    assert (done.returncode, done.stdout) == (0, "agent.yaml is valid\n")


def test_the_shipped_file_holds_every_setting_with_its_default(once: Once) -> None:
    shipped = (SOURCE / "agent.yaml").read_text()
    assert once("--print-config").stdout == shipped
    assert once("--check-config", "--config", str(SOURCE / "agent.yaml")).returncode == 0
    sections = yaml.safe_load(shipped)
    assert set(sections["collectors"]) >= {"cpu", "memory", "io", "network", "filesystem", "cgroup", "gpu", "caches"}


def test_the_documentation_names_every_setting() -> None:
    sections = yaml.safe_load((SOURCE / "agent.yaml").read_text())
    paths = [f"{at}.{key}" for at, inner in sections.items() if isinstance(inner, dict) for key in inner]
    paths += [key for key, value in sections.items() if not isinstance(value, dict) or key == "labels"]
    text = DOCUMENTATION.read_text()
    assert [path for path in paths if f"`{path}`" not in text] == []


def test_a_missing_file_is_said(once: Once) -> None:
    done = once("--config", "/nowhere/agent.yaml")
    assert (done.returncode, done.stderr) == (3, "cannot open /nowhere/agent.yaml: No such file or directory\n")


@pytest.mark.parametrize(
    "arguments",
    [["--verbose"], ["--config"], ["--set", "x"], ["--exec"], ["--format", "xml", "--once"], ["--once=1"], ["file"]],
)
def test_wrong_usage_has_its_own_exit_code(once: Once, arguments: list[str]) -> None:
    done = once(*arguments)
    assert done.returncode == 2
    assert done.stderr.endswith("; see --help\n")


def test_help_and_version_are_answered(once: Once) -> None:
    assert once("--version").stdout.startswith("inframind-agent 1.")
    text = once("--help").stdout
    assert all(
        word in text for word in ("--config", "--check-config", "--once", "--exec", "--version", "SIGHUP", "exit codes")
    )


def test_a_taken_port_is_said(agent: Starter) -> None:
    first = agent()
    second = agent({"listen": f"127.0.0.1:{first.port}"})
    assert second.process.wait(timeout=PATIENCE_S) == 1
    assert f"cannot listen on 127.0.0.1:{first.port}: Address already in use" in second.text()


def test_a_reload_takes_the_new_settings_and_keeps_the_port(agent: Starter) -> None:
    running = agent()
    port = running.port
    assert ("node_load1", frozenset()) in running.metrics()
    running.reconfigure({"collectors": {"load": False}})
    until(lambda: running.logged("reloaded the configuration"))
    assert running.port == port
    assert ("node_load1", frozenset()) not in running.metrics()
    assert running.value("inframind_agent_reloads_total", outcome="applied") == 1


def test_a_faulty_reload_changes_nothing(agent: Starter) -> None:
    running = agent()
    running.get()
    running.config.write_text("listen: 5\n")
    running.process.send_signal(signal.SIGHUP)
    line = until(lambda: running.logged("the new configuration is not taken"))
    assert "'listen' is '5'" in line["reason"]
    assert ("node_load1", frozenset()) in running.metrics()


def test_a_reload_that_cannot_be_carried_out_changes_nothing(agent: Starter, tmp_path: Path) -> None:
    other, running = agent(), agent()
    port = running.port
    running.reconfigure({"listen": f"127.0.0.1:{other.port}"})
    until(lambda: running.logged("the new configuration is not taken"))
    running.reconfigure({"listen": "127.0.0.1:0", "buffer": {"spool": "/proc/none/spool"}})
    until(lambda: len([line for line in running.logs() if line["level"] == "error"]) == 2)
    assert port != other.port
    assert ("node_load1", frozenset()) in running.metrics()


def test_a_reload_loses_nothing_that_waits(agent: Starter, recorder: Recorder, tmp_path: Path) -> None:
    recorder.close()
    running = agent(pushing(recorder))
    until(lambda: running.value("inframind_agent_waiting_requests") >= 3)
    moved = pushing(recorder, buffer={"spool": str(tmp_path / "spool")})
    running.reconfigure(moved)
    until(lambda: list((tmp_path / "spool").glob("*.parcel")), seen=running.text)
    back = Recorder(port=recorder.reserved)
    try:
        until(lambda: running.value("inframind_agent_waiting_requests") == 0, seen=running.text)
        times = back.times("node_load1")
    finally:
        back.close()
    assert len(times) >= 3
    assert times == sorted(set(times))
