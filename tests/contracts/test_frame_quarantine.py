"""What every quarantine does, in memory and on S3."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from inframind.adapters.series.memory_quarantine import MemoryQuarantine
from inframind.adapters.series.s3_quarantine import S3Quarantine
from inframind.errors import Unavailable
from inframind.identity import content_id

BUCKET = "banks"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture(params=["memory", "s3"])
def quarantine(request: pytest.FixtureRequest, s3: Any) -> Any:
    return MemoryQuarantine() if request.param == "memory" else S3Quarantine(s3, BUCKET)


def kept(quarantine: Any, s3: Any) -> dict[str, tuple[bytes, str]]:
    """Everything set aside: content id -> (bytes, reason)."""
    if isinstance(quarantine, MemoryQuarantine):
        return quarantine.kept
    found = {}
    for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="quarantine/").get("Contents", []):
        answer = s3.get_object(Bucket=BUCKET, Key=entry["Key"])
        found[entry["Key"].removeprefix("quarantine/")] = (answer["Body"].read(), answer["Metadata"]["reason"])
    return found


def test_bytes_are_kept_with_the_reason(quarantine: Any, s3: Any) -> None:
    quarantine.set_aside(b"\x00junk", "checksum differs")
    assert kept(quarantine, s3) == {content_id([b"\x00junk"]): (b"\x00junk", "checksum differs")}


def test_the_same_bytes_are_kept_once(quarantine: Any, s3: Any) -> None:
    for _ in range(2):
        quarantine.set_aside(b"junk", "why")
    quarantine.set_aside(b"more junk", "why")
    assert len(kept(quarantine, s3)) == 2


def test_a_reason_in_any_script_and_of_any_length_is_no_obstacle(s3: Any) -> None:
    quarantine = S3Quarantine(s3, BUCKET)
    quarantine.set_aside(b"junk", "ü" * 5_000)
    [(data, reason)] = kept(quarantine, s3).values()
    assert data == b"junk"
    assert reason.startswith("\\xfc")


def test_a_bucket_that_is_gone_is_unavailable(s3: Any) -> None:
    with pytest.raises(Unavailable, match="quarantine"):
        S3Quarantine(s3, "elsewhere").set_aside(b"junk", "why")
