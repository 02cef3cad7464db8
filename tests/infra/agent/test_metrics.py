"""What a scraper sees."""

import http.client
import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.infra.agent.conftest import Once, Starter
from tests.infra.agent.running import PATIENCE_S, Agent, parsed, until

SETTINGS = ("cpu", "memory", "pressure", "io", "network", "load", "processes", "filesystem", "cgroup", "gpu", "caches")


def names(text: str) -> set[str]:
    return {name for name, _ in parsed(text)}


def test_the_values_are_those_of_the_kernel(agent: Starter) -> None:
    metrics = agent().metrics()
    total = re.search(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())
    assert total
    assert metrics["node_memory_MemTotal_bytes", frozenset()] == int(total[1]) * 1024
    cores = {dict(labels)["cpu"] for name, labels in metrics if name == "node_cpu_seconds_total"}
    assert len(cores) == Path("/proc/stat").read_text().count("\ncpu")
    assert 0 <= metrics["memory_usage", frozenset()] <= 100
    assert metrics["node_load1", frozenset()] >= 0


def test_every_collector_reports_its_success(agent: Starter) -> None:
    metrics = agent().metrics()
    found = {dict(labels)["collector"]: value for (name, labels), value in metrics.items() if name.endswith("_success")}
    assert found == dict.fromkeys(SETTINGS, 1.0)


def test_each_collector_can_be_switched_off(once: Once) -> None:
    off = [word for name in SETTINGS for word in ("--set", f"collectors.{name}=false")]
    left = names(once("--once", *off).stdout)
    assert left
    assert all(name.startswith(("inframind_agent_", "process_")) for name in left)


def test_promtool_finds_nothing_but_the_kernels_own_spelling(agent: Starter) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=agent().get(), capture_output=True, text=True, check=False
    )
    other = [
        line for line in done.stderr.splitlines() if not re.match(r"node_memory_\w+ metric names .*snake_case", line)
    ]
    assert other == []


def test_a_busy_core_shows_in_the_usage(agent: Starter) -> None:
    running = agent()
    loop = subprocess.Popen(["sh", "-c", "while :; do :; done"])
    try:
        until(lambda: max(usage_of_cores(running)) > 60, seen=lambda: usage_of_cores(running))
    finally:
        loop.kill()
        loop.wait()


def usage_of_cores(running: Agent) -> list[float]:
    return [value for (name, _), value in running.metrics().items() if name == "cpu_core_usage"] or [0]


def test_it_serves_what_it_knows_and_refuses_the_rest(agent: Starter) -> None:
    running = agent()
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
    statuses = []
    for method, path in (
        ("GET", "/health"),
        ("HEAD", "/metrics"),
        ("GET", "/nothing"),
        ("POST", "/metrics"),
        ("GET", "/metrics?x=1"),
    ):
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        assert method != "HEAD" or body == b""
        statuses.append(answer.status)
    assert statuses == [200, 200, 404, 405, 200]


@pytest.mark.parametrize("nonsense", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"A" * 20_000])
def test_nonsense_is_answered_and_the_agent_lives(agent: Starter, nonsense: bytes) -> None:
    running = agent()
    with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S) as client:
        client.sendall(nonsense)
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert "node_load1" in running.get()


def test_silent_clients_do_not_keep_a_scraper_out(agent: Starter) -> None:
    running = agent()
    silent = [socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S) for _ in range(100)]
    assert "node_load1" in running.get()
    for client in silent:
        client.close()


def test_requests_may_come_in_pieces_and_several_at_once(agent: Starter) -> None:
    running = agent()
    with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S) as client:
        for piece in (
            b"GET /hea",
            b"lth HTTP/1.1\r\nHost: x\r\n",
            b"\r\nGET /health HTTP/1.1\r\nConnection: close\r\n\r\n",
        ):
            client.sendall(piece)
        text = b""
        while block := client.recv(4096):
            text += block
    assert text.count(b"HTTP/1.1 200 OK") == 2


def test_once_prints_one_sample_and_ends(once: Once) -> None:
    done = once("--once")
    assert done.returncode == 0
    assert {"node_load1", "cpu_usage", "memory_usage", "node_network_receive_bytes_total"} <= names(done.stdout)
    line = json.loads(once("--once", "--format", "json").stdout)
    assert line["message"] == "sample"
    assert line["metrics"]["memory_usage"] > 0
