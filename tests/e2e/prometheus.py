"""Debian's Prometheus and node_exporter, as a sender."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from infra.local.harness import Port
from tests.e2e.conftest import ANSWER_WITHIN_S, eventually

Name = tuple[str, str, tuple[tuple[str, str], ...]]
"""(resource, metric, remaining labels)"""

CONFIG = """
global: {{scrape_interval: 5s, scrape_timeout: 5s}}
remote_write:
  - url: {url}/api/v1/write
    authorization: {{credentials: {key}}}
    remote_timeout: 2m
    # As many shards from the start as there may be: to change their number, Prometheus gives up what is under way.
    queue_config: {{batch_send_deadline: 500ms, min_backoff: 30ms, max_backoff: 500ms, min_shards: 4, max_shards: 4}}
"""
SCRAPES = """
scrape_configs:
  - {{job_name: node, static_configs: [{{targets: ["127.0.0.1:{node}"]}}]}}
  - {{job_name: prometheus, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}
"""


class Prometheus:
    """A running Prometheus that scrapes itself and a node_exporter, and remote-writes."""

    def __init__(self, folder: Path, remote: str, key: str) -> None:
        self.folder, self.remote, self.key = folder, remote, key
        self.reserved = Port(), Port()
        self.port, self.node_port = (one.number for one in self.reserved)
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts both; ready when Prometheus says so."""
        self._configure(scraping=True)
        self._run(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{self.node_port}"], "node.log")
        self._run(
            [
                "prometheus",
                f"--config.file={self.folder}/prometheus.yml",
                f"--storage.tsdb.path={self.folder}/tsdb",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            "prometheus.log",
        )
        assert eventually(self._ready, bool), (self.folder / "prometheus.log").read_text()[-2_000:]

    def stop_scraping(self) -> None:
        """Nothing new comes in; what is pending is still sent."""
        self._configure(scraping=False)
        self.processes[1].send_signal(signal.SIGHUP)
        assert eventually(self._targets, lambda found: found == []) == []

    def stop(self) -> None:
        """Ends both, by pid."""
        for process in self.processes:
            process.kill()
            process.wait()
        for port in self.reserved:
            port.release()

    def pending(self) -> float:
        """Samples that still wait to be sent."""
        return sum(self._own("prometheus_remote_storage_samples_pending"))

    def dropped(self) -> float:
        """Samples that Prometheus gave up."""
        failed = self._own("prometheus_remote_storage_samples_failed_total")
        return sum(failed) + sum(self._own("prometheus_remote_storage_samples_dropped_total"))

    def retried(self) -> float:
        """Samples that were sent again."""
        return sum(self._own("prometheus_remote_storage_samples_retried_total"))

    def samples(self) -> dict[Name, dict[int, float]]:
        """Every sample that Prometheus itself holds: series -> time in ms -> value."""
        result = self.query('{__name__=~".+"}[2h]')
        return {
            name_of(one["metric"]): {round(at * 1000): float(value) for at, value in one["values"]} for one in result
        }

    def query(self, expression: str) -> list[Any]:
        url = f"http://127.0.0.1:{self.port}/api/v1/query?{urlencode({'query': expression})}"
        with urlopen(url, timeout=ANSWER_WITHIN_S) as answer:
            return list(json.load(answer)["data"]["result"])

    def _targets(self) -> list[Any]:
        with urlopen(f"http://127.0.0.1:{self.port}/api/v1/targets", timeout=ANSWER_WITHIN_S) as answer:
            return list(json.load(answer)["data"]["activeTargets"])

    def _own(self, metric: str) -> list[float]:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=ANSWER_WITHIN_S) as answer:
            lines = answer.read().decode().splitlines()
        return [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(metric + "{")]

    def _configure(self, scraping: bool) -> None:
        text = CONFIG + (SCRAPES if scraping else "")
        config = text.format(url=self.remote, key=self.key, node=self.node_port, port=self.port)
        (self.folder / "prometheus.yml").write_text(config)

    def _run(self, command: list[str], log: str) -> None:
        with (self.folder / log).open("wb") as output:
            environment = {"PATH": os.environ["PATH"]}
            self.processes.append(subprocess.Popen(command, stdout=output, stderr=output, env=environment))

    def _ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError):
            return False


def name_of(labels: dict[str, str]) -> Name:
    """The series that the platform makes of these labels."""
    rest = sorted((name, value) for name, value in labels.items() if name not in {"__name__", "instance"})
    return labels["instance"], labels["__name__"], tuple(rest)


@contextmanager
def prometheus(folder: Path, remote: str, key: str) -> Iterator[Prometheus]:
    """A Prometheus that remote-writes to `remote`, ended with the block."""
    sender = Prometheus(folder, remote, key)
    try:
        sender.start()
        yield sender
    finally:
        sender.stop()
