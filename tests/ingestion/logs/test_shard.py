"""The miner's state: it comes back as it was saved, nothing else is taken for one, and it never outgrows its bounds."""

import hashlib
import struct

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters
from inframind.ingestion.logs import shard as shards
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import packed, unpack
from inframind.ingestion.logs.shard import Shard, StateCorrupt
from tests.ingestion.logs.lines import NOON_MS, World, any_lines, errors, line


def learnt(*batches: list[LogLine]) -> Shard:
    shard = Shard(Drain3Clusters)
    for lines in batches:
        shard.learn([(data, unpack(data)) for data in packed(lines, 1)], NOON_MS)
    return shard


@settings(max_examples=40, deadline=None)
@given(st.lists(any_lines(), min_size=1, max_size=15))
def test_a_saved_state_comes_back_whole(lines: list[LogLine]) -> None:
    shard = learnt(lines)
    again = Shard.from_bytes(shard.to_bytes(), Drain3Clusters)
    assert again.to_bytes() == shard.to_bytes()
    assert (again.owed.frames, again.owed.look_ms) == (shard.owed.frames, shard.owed.look_ms)
    told = [[one.model_dump_json() for one in state.owed.signals] for state in (again, shard)]
    assert told[0] == told[1]


def test_a_restart_in_the_middle_changes_nothing_that_is_told() -> None:
    smooth, rough = World(), World()
    for minute in range(12):
        lines = [line(f"request {place} done", at=60 * minute + place) for place in range(5)]
        lines += errors(9 if minute == 11 else 0, 60 * minute + 20)
        for world in (smooth, rough):
            world.take(lines)
            world.wait(60 * minute + 59)
        rough.restart()
    assert rough.told() == smooth.told()
    assert rough.frames == smooth.frames


def test_packages_are_remembered_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "HEARD", 3)
    packages = [packed([line(f"line {word}")], 1)[0] for word in "abcd"]
    shard = Shard(Drain3Clusters)
    for data in packages:
        shard.learn([(data, unpack(data))], NOON_MS)
    assert [shard.has_heard(data) for data in packages] == [False, True, True, True]


def test_when_there_are_too_many_services_those_silent_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SERVICES_LIMIT", 2)
    shard = Shard(Drain3Clusters)
    for place, name in enumerate(("a", "b", "c")):
        (data,) = packed([line(service=name, at=place)], 1)
        shard.learn([(data, unpack(data))], NOON_MS + place)
    assert sorted(shard.services) == ["b", "c"]


def test_when_there_are_too_many_templates_those_of_silent_services_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shards, "TEMPLATES_LIMIT", 3)
    shard = Shard(Drain3Clusters)
    for place, name in enumerate(("a", "b")):
        (data,) = packed([line(f"{word} {word}", service=name, at=place) for word in ("x", "y")], 1)
        shard.learn([(data, unpack(data))], NOON_MS + place)
    assert sorted(shard.services) == ["b"]


@given(st.data())
def test_a_damaged_state_is_corrupt_and_nothing_else(data: st.DataObject) -> None:
    whole = learnt([line("ready")], errors(6)).to_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    with pytest.raises(StateCorrupt):
        Shard.from_bytes(damaged, Drain3Clusters)


def sealed(raw: bytes, size: int | None = None, version: int = shards.VERSION) -> bytes:
    """Bytes with a good checksum."""
    body = struct.pack("<I", len(raw) if size is None else size) + bytes(cramjam.zstd.compress(raw))
    return shards.HEAD.pack(shards.MAGIC, version, hashlib.blake2b(body, digest_size=16).digest()) + body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"IMLM",
        sealed(b"{}"),
        sealed(b"[]"),
        sealed(b"no json"),
        sealed(b'{"services": {"web": {}}, "heard": "", "frames": [], "signals": [], "owed_look_ms": 0, "look_ms": 0}'),
        sealed(b'{"services": {}, "heard": "", "frames": [], "signals": [{}], "owed_look_ms": 0, "look_ms": 0}'),
        sealed(b"{}", size=4_000_000_000),
        sealed(b"{}", version=99),
    ],
    ids=["empty", "cut", "parts", "list", "text", "service", "signal", "bomb", "future"],
)
def test_what_is_no_state_is_corrupt(data: bytes) -> None:
    with pytest.raises(StateCorrupt):
        Shard.from_bytes(data, Drain3Clusters)


def test_nobody_looks_while_nothing_logs() -> None:
    world = World()
    assert world.shard.look_ms == 0
    world.take([line()])
    assert world.shard.look_ms == NOON_MS + 20_000
    world.wait(5_000)
    assert world.shard.look_ms == 0
