"""Real series through the HTTP door read back equal, bit for bit, and their anomalies are listed."""

import csv
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import Client, eventually
from tests.recorded import NAB, is_here

pytestmark = pytest.mark.e2e

DATA = NAB / "data"
BATCH = 2_000


def series() -> list[Path]:
    """Every series, whole."""
    folders = sorted(path for path in DATA.glob("*") if path.is_dir())
    return [path for folder in folders for path in sorted(folder.glob("*.csv"))]


def rows(path: Path) -> dict[datetime, float]:
    """Timestamp -> value; of a repeated timestamp the last value, as the platform keeps it."""
    with path.open() as lines:
        read = csv.DictReader(lines)
        return {datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC): float(row["value"]) for row in read}


def read(client: Client, name: str, sent: dict[datetime, float]) -> dict[datetime, float]:
    if client.call("GET", f"/api/v1/metrics/{name}").status == 404:
        return {}
    found = client.samples(name, start=min(sent).isoformat(), end=datetime.now(UTC).isoformat())
    return {datetime.fromisoformat(at): value for points in found.values() for at, value in points}


@pytest.mark.skipif(not is_here(NAB), reason="the development data is not beside the project")
def test_real_series_read_back_equal_and_anomalies_are_listed(client: Client) -> None:
    files = series()
    for path in files:
        points = [
            {"timestamp": at.isoformat(), "metric_name": "value", "value": value, "labels": {"service": path.stem}}
            for at, value in rows(path).items()
        ]
        for start in range(0, len(points), BATCH):
            answer = client.post("/api/v1/metrics/ingest", {"metrics": points[start : start + BATCH]})
            assert (answer.status, answer.json["rejected"]) == (202, 0)
    for path in files:
        sent = rows(path)
        assert eventually(partial(read, client, path.stem, sent), sent.__eq__) == sent, path.stem
    found = eventually(lambda: client.get("/api/v1/anomalies", limit=100)["items"], lambda items: len(items) > 0)
    assert {one["resource_id"] for one in found} <= {path.stem for path in files}
    assert found, "not one anomaly in two weeks of known incidents"
