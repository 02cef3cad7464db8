"""What earlier programs wrote is read by this one: states as they lie in buckets, commands as they stand in queues.

The states in `recorded/` were written by the program of their version, and are never written anew.
"""

import base64
from pathlib import Path

import pytest

from inframind.detection.bank.bank import Bank
from inframind.detection.bank.serialization import unpack
from inframind.detection.commands import Heed, Look, Replay, command_id, read, text
from inframind.detection.shard import Shard
from inframind.detection.streaming import detector
from tests.detection.frames import LONG, MINUTE, NOON

LOOK = '{"order":"look","at_ms":1768152060000}'
REPLAY = (
    '{"order":"replay","backfill":"b1","slice":0,"resource":"web-9","start_ms":1768132800000,"end_ms":1768154400000,'
    '"replace":false,"last":false}'
)
HEED = (
    '{"order":"heed","anomaly":{"id":"b802a5c8f5c6441b16dc55c1e7160f26","resource_id":"web-2","metric_name":'
    '"cpu_usage","labels":{},"detected_at":"2026-01-11T17:00:00Z","current_value":90.0,"baseline_mean":47.5,'
    '"baseline_std_dev":2.6207991740409056,"band_low":39.63760247787728,"band_high":55.36239752212272,"z_score":'
    '16.2459,"deviation_percent":89.47,"score":20.8517,"severity":"critical","direction":"up","kind":"spike",'
    '"explanation":"cpu_usage of web-2 jumped up: 90 where 47.5 was expected, 39.64 to 55.36 is usual (+89 %, 16.2 '
    'standard deviations).","algorithm":"bank_v1","phase":"open","cleared_at":null,"peak_value":90.0,'
    '"resource_score":3.9852,"contributors":[{"metric_name":"cpu_usage","labels":{},"share":1.0}],"feedback":null},'
    '"feedback":{"verdict":"normal","comment":"","by":"me","at":"2026-01-11T17:01:00Z"}}'
)


def recorded(name: str) -> bytes:
    return base64.b64decode((Path(__file__).parent / "recorded" / f"{name}.b64").read_text())


def test_a_series_of_version_4_goes_on_where_it_was() -> None:
    """301 values every five minutes, around 10.5, the last of them 40: an anomaly has just opened."""
    watch = detector(recorded("series-version-4"), economy=False)
    scores = [watch.update(300.0 * (301 + i), value) for i, value in enumerate([41.0, 10.25, 9.0, 60.0])]
    assert scores == pytest.approx([12.0980707, 0.2878796, 1.0579508, 12.1019108], rel=1e-6)
    alert = detector(recorded("series-version-4"))
    assert alert.update(301 * 300.0, 41.0) == 0.5


def test_a_shard_of_version_4_keeps_everything_that_was_in_it() -> None:
    shard = Shard.from_bytes(recorded("shard-version-4"))
    assert len(shard.bank) == 4
    assert shard.bank.seen(b"b")
    assert shard.bank.samples().tolist() == [321.0, 321.0, 321.0, 300.0]
    assert {one.resource_id: one.kind for one in shard.ledger.is_open.values()} == {"web-1": "level_up"}
    ((suppression,),) = shard.suppressions.by_series.values()
    assert (suppression.way, suppression.kind, suppression.reach) == ("up", "spike", 42.5)
    (absence,) = shard.absences.is_open
    assert (absence.anomaly.resource_id, len(absence.waiting)) == ("web-3", 1)
    assert shard.arrivals.last_ms.max() == NOON + (LONG + 20) * MINUTE
    assert {name for name in shard.bank.extra if "/" not in name} == {"open", "outbox", "absent", "pardons", "tuned"}
    made = Bank.from_bytes(shard.bank.extra["backfill/b1/web-9"])
    assert made.samples().tolist() == [60.0]


@pytest.mark.parametrize("name", ["series-version-4", "shard-version-4"])
def test_what_was_read_is_written_as_it_was(name: str) -> None:
    data = recorded(name)
    old, new = unpack(data), unpack(Shard.from_bytes(data).to_bytes() if "shard" in name else detector(data).to_bytes())
    assert list(new.arrays) == list(old.arrays)
    assert all(new.arrays[one].tobytes() == old.arrays[one].tobytes() for one in old.arrays)
    assert new.blobs == old.blobs


@pytest.mark.parametrize(
    ("body", "kind", "known_by"),
    [
        (LOOK, Look, "a2e9ee66f6e01772604bf9e231c8c8b3"),
        (REPLAY, Replay, "502a8ef341f7f7a39f8325e66ba49611"),
        (HEED, Heed, "27bf08936abb8820fca3c7392ca0982f"),
    ],
    ids=["look", "replay", "heed"],
)
def test_a_command_in_flight_is_read_and_told_again_in_the_same_words(body: str, kind: type, known_by: str) -> None:
    command = read(body)
    assert type(command) is kind
    assert text(command) == body
    assert command_id(command).hex() == known_by
