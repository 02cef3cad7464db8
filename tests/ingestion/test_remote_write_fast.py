"""The fast reader gives what the general one gives, bit for bit, or leaves the body to it."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inframind.errors import Malformed
from inframind.ingestion import remote_write, remote_write_fast
from inframind.ingestion.packing import packed
from inframind.ingestion.samples import Tally
from inframind.ingestion.series_cache import SeriesCache
from tests.ingestion.bodies import NOW_MS, Labels, Points, from_bits, kept, stored, wire, write_request

ODD_VALUES = [0.0, -0.0, 1.0, float("inf"), from_bits(0x7FF0000000000002), from_bits(0x7FF8000000000001)]
LOOKS_LIKE_A_SAMPLE = from_bits(int.from_bytes(b"\0\0\0\0\0\0\x12\x07", "little"))  # its last bytes open a sample

times = st.one_of(st.integers(NOW_MS, NOW_MS + 10), st.sampled_from([0, 5, 2**34, 2**35, 2**42 - 1, 2**42]))
values = st.one_of(st.sampled_from(ODD_VALUES), st.integers(0, 2**64 - 1).map(from_bits))
points = st.lists(st.tuples(times, values), min_size=0, max_size=5)
labels = st.fixed_dictionaries(
    {"__name__": st.sampled_from(["up", "cpu", "load1"])},
    optional={
        "instance": st.sampled_from(["a", "b"]),
        "long": st.just("x" * 150),
        "cpu": st.sampled_from(["0", "1", ""]),
    },
)
requests = st.lists(st.tuples(labels, points), max_size=8)


def fast(data: bytes, cache: SeriesCache) -> list[bytes] | None:
    """The frames of the fast reader, or None where it leaves the body to the general one."""
    try:
        return packed(remote_write_fast.read(data, cache), cache)
    except remote_write_fast.Unusual:
        return None


def general(data: bytes) -> list[bytes]:
    cache, tally = SeriesCache(), Tally()
    frames = packed(remote_write.read_any(data, cache, tally).samples, cache)
    assert not tally.faults
    return frames


def usual(series: int = 3, samples: int = 4) -> list[tuple[Labels, Points]]:
    return [
        (
            {"__name__": f"metric_{number}", "instance": f"host-{number % 2}"},
            [(NOW_MS + 15_000 * step, float(number * step)) for step in range(samples)],
        )
        for number in range(series)
    ]


@given(requests)
@settings(max_examples=300)
@example([({"__name__": "up"}, [(NOW_MS, LOOKS_LIKE_A_SAMPLE), (NOW_MS + 1, 0.0)])])
@example([({"__name__": "up"}, [(NOW_MS, 1.0)]), ({"__name__": "up"}, [(NOW_MS, 2.0)])])
def test_both_readers_make_the_same_frames(series: list[tuple[Labels, Points]]) -> None:
    data, cache = wire(*series), SeriesCache()
    for _ in range(3):  # first sight, then every guess right
        found = fast(data, cache)
        assert found is None or found == general(data)


@given(requests, requests)
def test_a_book_filled_by_one_request_reads_the_next_one_right(
    before: list[tuple[Labels, Points]], after: list[tuple[Labels, Points]]
) -> None:
    cache = SeriesCache()
    fast(wire(*before), cache)
    found = fast(wire(*after), cache)
    assert found is None or found == general(wire(*after))


@pytest.mark.parametrize("samples", [1, 2, 20])
def test_what_prometheus_sends_takes_the_fast_way(samples: int) -> None:
    data = wire(*usual(samples=samples))
    assert fast(data, SeriesCache()) == general(data)


@pytest.mark.parametrize("value", ODD_VALUES)
def test_every_value_takes_the_fast_way_with_all_its_bits(value: float) -> None:
    data = wire(({"__name__": "up"}, [(NOW_MS, value), (NOW_MS + 1, 1.0), (NOW_MS + 2, value)]))
    assert fast(data, SeriesCache()) == general(data)


def test_labels_longer_than_127_bytes_take_the_fast_way() -> None:
    data = wire(({"__name__": "up", "image": "registry/" + "x" * 300}, [(NOW_MS, 1.0)]))
    assert fast(data, SeriesCache()) == general(data)


def test_labels_without_value_take_the_fast_way() -> None:
    data = wire(({"__name__": "up", "broadcast": "", "zone": ""}, [(NOW_MS, 1.0)]))
    assert fast(data, SeriesCache()) == general(data)


def test_values_that_change_to_and_from_zero_are_read_right_by_a_warm_book() -> None:
    cache, rng = SeriesCache(), random.Random(3)
    for _ in range(20):
        data = wire(*[(name, [(NOW_MS, rng.choice([0.0, 2.5]))]) for name, _ in usual()])
        assert fast(data, cache) == general(data)


def test_exemplars_and_metadata_are_left_to_the_general_reader() -> None:
    request = write_request(*usual())
    request.timeseries[1].exemplars.append(b"\x11\0\0\0\0\0\0\xf0\x3f")
    request.metadata.append(b"\x12\x02up")
    data = request.SerializeToString()
    assert fast(data, SeriesCache()) is None
    assert stored(general(data)) == stored(general(wire(*usual())))


def test_any_change_of_any_byte_is_read_alike_or_left_to_the_general_reader() -> None:
    data, rng = wire(*usual()), random.Random(7)
    for at in range(len(data)):
        spoilt = bytearray(data)
        spoilt[at] ^= 1 << rng.randrange(8)
        warm = SeriesCache()
        fast(data, warm)
        found = fast(bytes(spoilt), warm)
        assert found is None or found == general(bytes(spoilt))


def test_a_body_cut_anywhere_is_never_read_as_whole() -> None:
    data, warm = wire(*usual()), SeriesCache()
    fast(data, warm)
    for end in range(len(data)):
        found = fast(data[:end], warm)
        try:
            assert found is None or found == general(data[:end])
        except Malformed:
            pytest.fail(f"the fast reader took a request that was cut off at {end}")


@pytest.mark.parametrize("data", [b"\xff", b"\xff\xff", b"\n\xff\xff\xff\xff\x0f", b"\n\x02\n\0", b"\x12\x10\x09"])
def test_bytes_of_no_request_end_the_walk(data: bytes) -> None:
    assert fast(data, SeriesCache()) is None


def series_of(labels: Labels, after: bytes) -> bytes:
    """A series by hand: its labels, then any bytes."""
    inside = bytes(write_request((labels, [])).timeseries[0].SerializeToString()) + after
    return bytes([0x0A, len(inside)]) + inside


def test_a_sample_that_begins_in_one_series_and_ends_in_the_next_is_no_sample() -> None:
    whole = b"\x12\x10\x09" + b"\0" * 6 + b"\x12\x41\x10" + wire(({"__name__": "up"}, [(NOW_MS, 0.0)]))[-6:]
    data = series_of({"__name__": "a"}, whole[:9]) + series_of({"__name__": "b"}, whole[9:])
    assert fast(series_of({"__name__": "a"}, whole), SeriesCache()) is not None
    assert fast(data, SeriesCache()) is None


def test_a_label_with_more_than_name_and_value_is_left_to_the_general_reader() -> None:
    label = b"\x0a\x08__name__\x12\x02up\x18\x01"
    inside = bytes([0x0A, len(label)]) + label + wire(({"__name__": "up"}, [(NOW_MS, 0.0)]))[-9:]
    data = bytes([0x0A, len(inside)]) + inside
    assert fast(data, SeriesCache()) is None
    assert stored(general(data)) == stored(general(wire(({"__name__": "up"}, [(NOW_MS, 0.0)]))))


def test_a_second_request_is_read_without_parsing_its_labels() -> None:
    cache = SeriesCache()
    remote_write_fast.read(wire(*usual()), cache)
    names = len(cache.names)
    again = remote_write_fast.read(wire(*usual(samples=9)), cache)
    assert (len(cache.names), again.size) == (names, 27)
    assert len(kept(again, cache)) == 3
