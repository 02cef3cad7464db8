"""Bytes a sample takes at rest, against Prometheus' own blocks of the same scrapes; and what storing costs.

Real scrapes of node_exporter on this machine, with the jitter they came with. Ours is every byte of the items that the
store writes, as DynamoDB counts them: keys, attribute names and times included. Theirs is what `promtool` makes of the
same samples: chunk files, and the index that names the series. Names are stored once on both sides, so after a minute
they weigh what they never do after a month: the comparison without them is the one that lasts.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import boto3
import numpy as np
from moto import mock_aws

from inframind.adapters.series.dynamo_series import DynamoSeries, Keeping
from inframind.frames import Frame
from inframind.identity import SeriesId
from inframind.series.merging import merge
from tests.benchmarks.programs import is_installed, running
from tests.benchmarks.scrapes import NODE_EXPORTER, Labels, Scrape, parsed
from tests.benchmarks.table import Row, markdown

SCRAPES, PAUSE_S = 60, 0.9
INSTANCE = {"instance": "10.0.7.1:9100", "job": "node"}
CADENCE_MS = 15_000
MINUTE_MS = 60_000
TABLE = "series"
UNIT = "bytes a sample"

Taken = list[tuple[int, Scrape]]
"""Scrapes with their times in milliseconds."""


def run() -> list[Row]:
    """Measures ours always, theirs where promtool is installed; needs node_exporter."""
    with tempfile.TemporaryDirectory() as folder:
        taken = _taken(Path(folder, "node_exporter"))
        rows = _rows("a scrape a second", taken, Path(folder, "second"))
        return [*rows, *_rows("a scrape every 15 s", _apart(taken, CADENCE_MS), Path(folder, "quarter")), *costs()]


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes a sample: samples with their keys and times, and the names of the series."""

    samples: float
    names: float


def _rows(what: str, taken: Taken, folder: Path) -> list[Row]:
    minutes, single = _ours(taken, MINUTE_MS), _ours(taken, 1)
    theirs = _theirs(taken, folder) if is_installed("promtool") else None
    return [
        _row(
            f"{what}, written by the minute, against chunks",
            minutes.samples,
            theirs.samples if theirs else None,
            "<= 0.7",
        ),
        _row(
            f"{what}, written by the minute, names included, against chunks and index",
            minutes.samples + minutes.names,
            theirs.samples + theirs.names if theirs else None,
            "<= 0.7",
        ),
        _row(
            f"{what}, every scrape an item, against chunks",
            single.samples,
            theirs.samples if theirs else None,
            "reported",
        ),
    ]


def _row(what: str, ours: float, theirs: float | None, goal: str) -> Row:
    return Row(f"at rest, {what}", ours, theirs, ours / theirs if theirs else None, goal, UNIT)


def _taken(folder: Path) -> Taken:
    found = []
    with running(NODE_EXPORTER, folder) as exporter:
        for _ in range(SCRAPES):
            at = time.time_ns() // 1_000_000
            found.append((at, parsed(exporter.call("GET", "/metrics").decode())))
            time.sleep(PAUSE_S)
    return found


def _apart(taken: Taken, cadence_ms: int) -> Taken:
    """The same scrapes `cadence_ms` apart instead, each as early or late as it was."""
    times = np.array([at for at, _ in taken])
    places = np.arange(len(times))
    slope, start = np.polyfit(places, times - times[0], 1)
    jitter = np.rint(times - times[0] - slope * places - start).astype(np.int64)
    begin = int(times[0]) // 3_600_000 * 3_600_000 + 1_000
    moved = begin + cadence_ms * places + jitter
    return [(int(at), scrape) for at, (_, scrape) in zip(moved, taken, strict=True)]


def _ours(taken: Taken, window_ms: int) -> Weight:
    """The items of a table after the store has written the scrapes, those of one window merged."""
    frames = [_frame(at, scrape) for at, scrape in taken]
    windows: dict[int, list[Frame]] = {}
    for frame in frames:
        windows.setdefault(int(frame.times_ms[0]) // window_ms, []).append(frame)
    with mock_aws():
        client = boto3.client(
            "dynamodb", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        store = DynamoSeries(client, TABLE, Keeping(timedelta(days=30)))
        for of_window in windows.values():
            assert store.write(merge(of_window), datetime.now(UTC)).failed == {}
        items = client.scan(TableName=TABLE)["Items"]
    samples = sum(frame.values.size for frame in frames)
    data = sum(_size(item) for item in items if item["sk"]["S"].startswith("frame#"))
    return Weight(data / samples, (sum(map(_size, items)) - data) / samples)


def _frame(at: int, scrape: Scrape) -> Frame:
    named = {_series(labels).to_bytes(): value for labels, value in scrape.items()}
    values = np.array([list(named.values())])
    return Frame(INSTANCE["instance"], tuple(named), np.array([at], np.int64), values)


def _series(labels: Labels) -> SeriesId:
    given = dict(labels) | INSTANCE
    return SeriesId.of(given.pop("__name__"), given)


def _size(item: dict[str, dict[str, Any]]) -> int:
    """What DynamoDB counts: names and text in UTF-8, bytes as they are, a byte for two digits of a number and one."""
    total = 0
    for name, value in item.items():
        [(kind, content)] = value.items()
        parts = content if kind == "SS" else [content]
        total += len(name)
        total += sum((len(part) + 1) // 2 + 1 if kind == "N" else len(_octets(part)) for part in parts)
    return total


def _octets(part: str | bytes) -> bytes:
    return part.encode() if isinstance(part, str) else part


def _theirs(taken: Taken, folder: Path) -> Weight:
    """The chunk files and the indexes of the blocks that promtool makes of the scrapes."""
    folder.mkdir()
    source = folder / "scrapes.om"
    source.write_text(_openmetrics(taken))
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source), str(folder / "blocks")]
    subprocess.run(command, check=True, capture_output=True)
    samples = sum(len(scrape) for _, scrape in taken)
    blocks = folder / "blocks"
    chunks = sum(path.stat().st_size for path in blocks.glob("*/chunks/*"))
    return Weight(chunks / samples, sum(path.stat().st_size for path in blocks.glob("*/index")) / samples)


def _openmetrics(taken: Sequence[tuple[int, Scrape]]) -> str:
    lines = []
    for labels in sorted({labels for _, scrape in taken for labels in scrape}):
        given = dict(labels) | INSTANCE
        name = given.pop("__name__")
        text = ",".join(f'{label}="{value}"' for label, value in sorted(given.items()))
        for at, scrape in taken:
            if labels in scrape:
                lines.append(f"{name}{{{text}}} {scrape[labels]!r} {at / 1_000:.3f}")
    return "\n".join([*lines, "# EOF\n"]).replace(" inf ", " +Inf ").replace(" nan ", " NaN ")


MILLION = 1e6
SAMPLES = 10 * MILLION
WRITE_USD, READ_USD = 0.625 / MILLION, 0.125 / MILLION  # DynamoDB on demand, us-east-1, a KB written, 4 KB read
SQS_USD, FIFO_USD = 0.40 / MILLION, 0.50 / MILLION
LAMBDA_USD, GB_SECOND_USD = 0.20 / MILLION, 0.0000166667
MANAGED_PROMETHEUS_USD = 0.90
GOAL_USD = "<= 0.16, detector and door included"
REQUEST, SERIES, SHARDS = 1_000, 20, 4
BYTES_A_SAMPLE, BYTES_AN_ITEM = 3.0, 200.0  # a frame of 20 series is small: less to share, and keys of its own
REFRESH_S, WRITER_S = 300, 0.25


def costs() -> list[Row]:
    """Dollars for ten million samples from the queue to the table and to the score queue, by list prices.

    A fleet of 50 resources of 20 series each, scraped every 15 s, 1,000 samples a request.
    """
    return [
        Row(
            f"cost of storing, {window_s} s gathered, against Managed Prometheus",
            cost_usd(window_s),
            MANAGED_PROMETHEUS_USD,
            cost_usd(window_s) / MANAGED_PROMETHEUS_USD,
            GOAL_USD,
            "$ per 10 million samples",
        )
        for window_s in (60, 20)
    ]


def cost_usd(window_s: int) -> float:
    """The price of ten million samples when the writer gathers `window_s` seconds into an item.

    >>> round(cost_usd(60), 3) < round(cost_usd(20), 3)
    True
    """
    seconds = SAMPLES / REQUEST * CADENCE_MS / 1_000  # this fleet sends a request every 15 s
    resources = REQUEST / SERIES
    rows = max(window_s * 1_000 / CADENCE_MS, 1.0)
    kilobytes = ceil((BYTES_AN_ITEM + BYTES_A_SAMPLE * SERIES * rows) / 1_024)
    frames = SAMPLES / (SERIES * rows) * kilobytes * WRITE_USD
    catalogue = seconds / REFRESH_S * resources * (WRITE_USD + READ_USD / 2)
    runs = seconds / max(window_s, CADENCE_MS / 1_000)
    queue = (SAMPLES / REQUEST + 2 * runs) * SQS_USD  # sent one by one, received and deleted together
    scores = runs * (1 + 2 * SHARDS) * FIFO_USD
    compute = runs * (LAMBDA_USD + WRITER_S * GB_SECOND_USD)
    return frames + catalogue + queue + scores + compute


if __name__ == "__main__":
    sys.stdout.write(markdown(run()) + "\n")
