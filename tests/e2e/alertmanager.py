"""Debian's Alertmanager, as a sender of its own webhook."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from infra.local.harness import Port
from tests.e2e.conftest import ANSWER_WITHIN_S, eventually

CONFIG = """
route:
  receiver: inframind
  group_by: [alertname]
  group_wait: 300ms
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: inframind
    webhook_configs:
      - url: {url}/api/v1/alerts
        send_resolved: true
        http_config:
          authorization: {{credentials: {key}}}
"""


class Alertmanager:
    """A running Alertmanager that tells the platform."""

    def __init__(self, folder: Path, url: str, key: str) -> None:
        self.folder, self.reserved = folder, Port()
        self.port = self.reserved.number
        (folder / "alertmanager.yml").write_text(CONFIG.format(url=url, key=key))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; ready when it says so."""
        command = [
            "prometheus-alertmanager",
            f"--config.file={self.folder}/alertmanager.yml",
            f"--storage.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]
        with (self.folder / "alertmanager.log").open("wb") as output:
            environment = {"PATH": os.environ["PATH"]}
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        assert eventually(self._ready, bool), self.printed

    def stop(self) -> None:
        """Ends it, by pid."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.reserved.release()

    @property
    def printed(self) -> str:
        return (self.folder / "alertmanager.log").read_text()[-2_000:]

    def tell(self, *alerts: dict[str, str], resolved: bool = False) -> None:
        """What Prometheus posts of alerts with these labels: firing, or over."""
        now = datetime.now(UTC)
        ends = now if resolved else now + timedelta(hours=1)
        told = [
            {
                "labels": labels,
                "annotations": {"summary": f"{labels['alertname']} at {labels['service']}"},
                "startsAt": (now - timedelta(minutes=1)).isoformat(),
                "endsAt": ends.isoformat(),
            }
            for labels in alerts
        ]
        request = Request(f"http://127.0.0.1:{self.port}/api/v2/alerts", json.dumps(told).encode())
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=ANSWER_WITHIN_S) as answer:
            assert answer.status == 200

    def _ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError):
            return False


@contextmanager
def alertmanager(folder: Path, url: str, key: str) -> Iterator[Alertmanager]:
    """An Alertmanager that posts to `url`, ended with the block."""
    sender = Alertmanager(folder, url, key)
    try:
        sender.start()
        yield sender
    finally:
        sender.stop()
