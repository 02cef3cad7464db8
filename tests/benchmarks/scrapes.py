"""Remote write bodies made of real scrapes of node_exporter, with the labels that a fleet adds."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

import cramjam

from inframind.ingestion.remote_write_schema import request_class
from tests.benchmarks.programs import running

NODE_EXPORTER = ("prometheus-node-exporter", "--web.listen-address=127.0.0.1:{port}")
LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
FLEET = {
    "az": "eu-west-1a", "cluster": "production-eu", "env": "production", "job": "node",
    "monitor": "central", "region": "eu-west-1", "team": "platform",
}  # fmt: skip
STEP_MS = 15_000

Labels = tuple[tuple[str, str], ...]
Scrape = dict[Labels, float]


def scrapes(count: int, folder: Path, pause_s: float = 0.5) -> list[Scrape]:
    """That many scrapes of this machine."""
    with running(NODE_EXPORTER, folder) as exporter:
        found = []
        for _ in range(count):
            found.append(parsed(exporter.call("GET", "/metrics").decode()))
            time.sleep(pause_s)
        return found


def parsed(text: str) -> Scrape:
    """A scrape in Prometheus' text form.

    >>> parsed('# HELP up\\nup{job="a"} 1')
    {(('__name__', 'up'), ('job', 'a')): 1.0}
    """
    matches = [LINE.fullmatch(line) for line in text.splitlines() if line and not line.startswith("#")]
    return {(("__name__", match[1]), *LABEL.findall(match[2] or "")): float(match[3]) for match in matches if match}


def bodies(taken: Sequence[Scrape], shape: tuple[int, int], count: int, end_ms: int) -> list[bytes]:
    """`count` snappy bodies of (series, samples a series), one after the other in time up to `end_ms`."""
    series, samples = shape
    common = sorted(set.intersection(*map(set, taken)))
    hosts = -(-series // len(common))
    chosen = [(host, labels) for host in range(hosts) for labels in common][:series]
    starts = [end_ms - STEP_MS * samples * (count - number) for number in range(count)]
    return [_body(taken, chosen, samples, (number, start)) for number, start in enumerate(starts)]


def _body(taken: Sequence[Scrape], chosen: Sequence[tuple[int, Labels]], samples: int, at: tuple[int, int]) -> bytes:
    number, start = at
    request = request_class(1)()
    for host, labels in chosen:
        one = request.timeseries.add()
        for name, value in sorted({**FLEET, "instance": f"10.0.7.{host}:9100", **dict(labels)}.items()):
            one.labels.add(name=name.encode(), value=value.encode())
        for step in range(samples):
            scrape = taken[(number * samples + step + 7 * host) % len(taken)]
            one.samples.add(value=scrape[labels], timestamp=start + STEP_MS * step + 137 * host)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
