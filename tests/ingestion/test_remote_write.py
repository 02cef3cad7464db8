from typing import Any

import pytest

from inframind.errors import Malformed, TooLarge, UnsupportedType
from inframind.identity import SeriesId
from inframind.ingestion import remote_write
from inframind.ingestion.remote_write_schema import request_class
from inframind.ingestion.samples import STALE, STALE_BITS, Tally, in_time
from inframind.ingestion.series_cache import SeriesCache
from tests.ingestion.bodies import HORIZON_MS, NOW_MS, Stored, bits, from_bits, kept, wire, write_request

UP = {"__name__": "up", "instance": "db-1:9100", "job": "node"}
UP_SERIES = SeriesId("db-1:9100", "up", (("job", "node"),))
V2 = 2


def read(data: bytes, version: int = 1) -> tuple[Stored, Tally]:
    cache, tally = SeriesCache(), Tally()
    reading = remote_write.read(data, version, cache, tally)
    samples = in_time(reading.samples, HORIZON_MS, cache, tally)
    return kept(samples.joined(in_time(reading.histograms, HORIZON_MS, cache, tally)), cache), tally


def v2_request(symbols: list[str], *series: tuple[list[int], list[tuple[int, float]]]) -> Any:
    request = request_class(2)()
    request.symbols.extend(symbol.encode() for symbol in symbols)
    for refs, points in series:
        one = request.timeseries.add(labels_refs=refs)
        for time_ms, value in points:
            one.samples.add(value=value, timestamp=time_ms)
    return request


def test_samples_keep_every_bit_stale_markers_and_other_nans_too() -> None:
    values = [STALE, from_bits(0x7FF8000000000001), from_bits(0xFFF0000000000123), -0.0, float("-inf")]
    found, _ = read(wire((UP, [(NOW_MS + step, value) for step, value in enumerate(values)])))
    assert list(found[UP_SERIES].values()) == [bits(value) for value in values]
    assert bits(STALE) == STALE_BITS == 0x7FF0000000000002


def test_samples_out_of_order_are_sorted_and_the_last_of_two_at_one_time_counts() -> None:
    found, _ = read(wire((UP, [(NOW_MS + 1, 1.0), (NOW_MS, 2.0), (NOW_MS + 1, 3.0)])))
    assert found == {UP_SERIES: {NOW_MS: bits(2.0), NOW_MS + 1: bits(3.0)}}


def test_a_series_that_appears_twice_in_one_request_is_one_series() -> None:
    found, _ = read(wire((UP, [(NOW_MS, 1.0)]), (UP, [(NOW_MS + 1, 2.0)])))
    assert found == {UP_SERIES: {NOW_MS: bits(1.0), NOW_MS + 1: bits(2.0)}}


def test_labels_in_another_order_are_the_same_series() -> None:
    found, _ = read(wire((UP, [(NOW_MS, 1.0)]), (dict(reversed(UP.items())), [(NOW_MS + 1, 2.0)])))
    assert list(found) == [UP_SERIES]


def test_good_series_beside_bad_ones_are_kept_and_the_bad_ones_named() -> None:
    bad = {"instance": "db-1"}
    found, tally = read(wire((UP, [(NOW_MS, 1.0)]), (bad, [(NOW_MS, 1.0), (NOW_MS + 1, 1.0)])))
    assert list(found) == [UP_SERIES]
    assert tally.rejected == 2
    assert [(fault.where, fault.what) for fault in tally.faults] == [('{instance="db-1"}', "label __name__ is missing")]


def test_broken_utf_8_spoils_one_series_and_not_its_request() -> None:
    request = write_request((UP, [(NOW_MS, 1.0)]), (UP, [(NOW_MS, 1.0)]))
    request.timeseries[1].labels[1].value = b"\xff\xfe"
    found, tally = read(request.SerializeToString())
    assert list(found) == [UP_SERIES]
    assert tally.faults[0].what == "the value of label 'instance' is not valid UTF-8"


def test_ten_thousand_labels_are_refused_by_name() -> None:
    many = UP | {f"l{number}": "x" for number in range(10_000)}
    _, tally = read(wire((many, [(NOW_MS, 1.0)])))
    assert tally.faults[0].where.startswith("up{instance=")
    assert tally.faults[0].what == "10002 labels; the limit is 128"


@pytest.mark.parametrize(
    ("time_ms", "what"),
    [
        (HORIZON_MS + 1, "time is ahead of the clock here (1 samples)"),
        (2**62, "time is ahead of the clock here (1 samples)"),
        (-1, "time is before 1970 (1 samples)"),
    ],
)
def test_times_that_cannot_be_are_refused_by_series(time_ms: int, what: str) -> None:
    found, tally = read(wire((UP, [(NOW_MS, 1.0), (time_ms, 2.0)])))
    assert found == {UP_SERIES: {NOW_MS: bits(1.0)}}
    assert [(fault.where, fault.what) for fault in tally.faults] == [("up of db-1:9100", what)]


def test_old_times_are_taken_history_is_backfilled() -> None:
    found, tally = read(wire((UP, [(0, 1.0), (1_000, 2.0), (HORIZON_MS, 3.0)])))
    assert (len(found[UP_SERIES]), tally.faults) == (3, [])


def test_native_histograms_are_kept_as_count_and_sum() -> None:
    request = write_request((UP, []))
    request.timeseries[0].histograms.add(count_int=7, sum=3.5, timestamp=NOW_MS)
    request.timeseries[0].histograms.add(count_float=7.5, sum=4.5, timestamp=NOW_MS + 1)
    request.timeseries[0].histograms.add(sum=STALE, timestamp=NOW_MS + 2)
    found, _ = read(request.SerializeToString())
    labels = UP_SERIES.labels
    assert found[SeriesId("db-1:9100", "up_count", labels)] == {
        NOW_MS: bits(7.0),
        NOW_MS + 1: bits(7.5),
        NOW_MS + 2: STALE_BITS,
    }
    assert found[SeriesId("db-1:9100", "up_sum", labels)] == {
        NOW_MS: bits(3.5),
        NOW_MS + 1: bits(4.5),
        NOW_MS + 2: STALE_BITS,
    }


def test_exemplars_and_metadata_are_no_error_and_are_not_kept() -> None:
    request = write_request((UP, [(NOW_MS, 1.0)]))
    request.timeseries[0].exemplars.append(b"")
    request.metadata.append(b"\x08\x01")
    found, tally = read(request.SerializeToString())
    assert (list(found), tally.faults) == ([UP_SERIES], [])
    alone = request_class(1)(metadata=[b"\x08\x01"])
    assert read(alone.SerializeToString())[0] == {}


def test_version_2_reads_like_version_1() -> None:
    symbols = ["", "__name__", "up", "instance", "db-1:9100", "job", "node"]
    request = v2_request(symbols, ([1, 2, 3, 4, 5, 6], [(NOW_MS, 1.0), (NOW_MS + 1, STALE)]))
    assert read(request.SerializeToString(), V2) == read(wire((UP, [(NOW_MS, 1.0), (NOW_MS + 1, STALE)])))


@pytest.mark.parametrize("refs", [[1], [1, 99], [1, 2, 3]])
def test_a_symbol_that_is_not_there_spoils_one_series(refs: list[int]) -> None:
    symbols = ["", "__name__", "up"]
    request = v2_request(symbols, ([1, 2], [(NOW_MS, 1.0)]), (refs, [(NOW_MS, 1.0)]))
    found, tally = read(request.SerializeToString(), V2)
    assert (len(found), tally.rejected, tally.faults[0].where) == (1, 1, "timeseries[1]")


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a\x05ab", b"not protobuf at all"])
def test_what_is_not_protobuf_is_malformed(data: bytes, version: int) -> None:
    with pytest.raises(Malformed, match="protobuf"):
        read(data, version)


def test_a_request_of_the_other_version_is_malformed_and_never_taken_for_an_empty_one() -> None:
    v2 = v2_request(["", "__name__", "up"], ([1, 2], [(NOW_MS, 1.0)]))
    with pytest.raises(Malformed, match=r"not a remote write 1\.0"):
        read(v2.SerializeToString(), 1)
    with pytest.raises(Malformed, match=r"not a remote write 2\.0"):
        read(wire((UP, [(NOW_MS, 1.0)])), V2)


def test_an_empty_request_holds_nothing() -> None:
    assert read(b"")[0] == read(b"", V2)[0] == {}


@pytest.mark.parametrize(
    ("content_type", "version"),
    [
        ("", 1),
        ("application/x-protobuf", 1),
        ("application/x-protobuf;proto=prometheus.WriteRequest", 1),
        ("application/x-protobuf; proto=io.prometheus.write.v2.Request", 2),
    ],
)
def test_the_content_type_names_the_version(content_type: str, version: int) -> None:
    assert remote_write.version_of(content_type) == version


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "application/x-protobuf;proto=other.Message"]
)
def test_other_content_types_are_not_taken(content_type: str) -> None:
    with pytest.raises(UnsupportedType, match="application/x-protobuf"):
        remote_write.version_of(content_type)


def test_other_compressions_are_not_taken() -> None:
    remote_write.check_encoding("snappy")
    remote_write.check_encoding("")
    with pytest.raises(UnsupportedType, match="zstd"):
        remote_write.check_encoding("zstd")


@pytest.mark.parametrize("version", [1, 2])
def test_a_request_of_too_many_series_is_refused_before_each_is_looked_at(version: int) -> None:
    tag = b"\x0a\x00" if version == 1 else b"\x2a\x00"
    with pytest.raises(TooLarge, match="100001 series"):
        remote_write.read(tag * 100_001, version, SeriesCache(), Tally())
