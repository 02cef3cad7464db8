from inframind.ingestion import remote_write_fast
from inframind.ingestion.series_cache import SeriesCache
from tests.ingestion.bodies import NOW_MS, kept, wire


def request(start: int, series: int) -> bytes:
    return wire(
        *[({"__name__": f"m{number}", "instance": "a"}, [(NOW_MS, 1.0)]) for number in range(start, start + series)]
    )


def test_a_book_within_its_limit_remembers_across_requests() -> None:
    cache = SeriesCache()
    for _ in range(2):
        with cache.opened():
            remote_write_fast.read(request(0, 10), cache)
    assert len(cache.names) == 10


def test_a_sender_who_invents_series_cannot_grow_the_book_without_end() -> None:
    cache = SeriesCache(limit=100_000)
    most = 0
    for round_number in range(50):
        with cache.opened():
            samples = remote_write_fast.read(request(20 * round_number, 20), cache)
            assert len(kept(samples, cache)) == 20
        most = max(most, len(cache.names))
    assert most < 100


def test_numbers_stay_valid_while_the_book_is_open() -> None:
    cache = SeriesCache(limit=0)
    with cache.opened():
        samples = remote_write_fast.read(request(0, 5), cache)
        assert len(kept(samples, cache)) == 5
    assert cache.names == []


def test_a_composition_with_a_series_more_is_another_plan() -> None:
    cache = SeriesCache()
    for series in (3, 4, 3):
        assert len(kept(remote_write_fast.read(request(0, series), cache), cache)) == series
