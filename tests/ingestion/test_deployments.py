"""Deployments as the seed prints them become signals."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inframind.errors import Malformed, Rejected
from inframind.ingestion.deployments import answer, read
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.signal_wire import DEPLOYMENT
from inframind.signals import Signal

CLOCK = Clock(1_768_127_400_000, 1_768_128_000_000)


def taken(**changes: Any) -> Signal:
    document = {name: value for name, value in (DEPLOYMENT | changes).items() if value is not None}
    return read(json.dumps(document).encode(), CLOCK)


def test_the_seeds_deployment_is_a_signal_of_change() -> None:
    signal = taken()
    assert (signal.kind, signal.service, signal.severity) == ("deployment", "auth-api", "low")
    assert signal.observed_at == datetime(2025, 12, 28, 9, 55, tzinfo=UTC)
    assert signal.labels == {"commit": "abc123", "deployed_by": "ci-cd"}
    assert signal.evidence == {"version": "v2.1.0", "status": "success"}
    told = answer(signal)
    assert told == {"message": "Deployment recorded", "id": signal.id, "service": "auth-api", "version": "v2.1.0"}


def test_the_same_deployment_is_one_and_its_end_is_told_of_the_same() -> None:
    assert taken() == taken()
    started, ended = taken(status="started"), taken(status="success")
    assert (started.id == ended.id, started.fingerprint == ended.fingerprint) == (False, True)
    assert taken(version="v2.1.1").fingerprint != started.fingerprint


def test_time_status_and_metadata_may_be_left_out() -> None:
    signal = taken(timestamp=None, status=None, metadata=None)
    assert (signal.observed_at.timestamp(), signal.evidence["status"], signal.labels) == (1_768_127_400, "success", {})


def test_metadata_of_any_shape_and_size_stays_small() -> None:
    signal = taken(metadata={f"key {n:04}": {"deep": ["x" * 10_000]} for n in range(1_000)})
    assert len(signal.model_dump_json()) < 8_192


def test_every_fault_is_named() -> None:
    with pytest.raises(Rejected) as refused:
        taken(service="", version=7, timestamp="soon", metadata=[1])
    assert [fault.where for fault in refused.value.faults] == ["service", "version", "timestamp", "metadata"]


@pytest.mark.parametrize(("body", "error"), [(b"{", Malformed), (b"\xff", Malformed), (b"[]", Rejected)])
def test_what_is_no_object_is_refused(body: bytes, error: type[Rejected]) -> None:
    with pytest.raises(error):
        read(body, CLOCK)
