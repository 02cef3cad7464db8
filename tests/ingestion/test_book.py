from inframind.ingestion import remote_write_fast
from inframind.ingestion.book import Book
from tests.ingestion.bodies import NOW_MS, kept, wire


def request(start: int, series: int) -> bytes:
    return wire(
        *[({"__name__": f"m{number}", "instance": "a"}, [(NOW_MS, 1.0)]) for number in range(start, start + series)]
    )


def test_a_book_within_its_limit_remembers_across_requests() -> None:
    book = Book()
    for _ in range(2):
        with book.opened():
            remote_write_fast.read(request(0, 10), book)
    assert len(book.names) == 10


def test_a_sender_who_invents_series_cannot_grow_the_book_without_end() -> None:
    book = Book(limit=100_000)
    most = 0
    for round_number in range(50):
        with book.opened():
            samples = remote_write_fast.read(request(20 * round_number, 20), book)
            assert len(kept(samples, book)) == 20
        most = max(most, len(book.names))
    assert most < 100


def test_numbers_stay_valid_while_the_book_is_open() -> None:
    book = Book(limit=0)
    with book.opened():
        samples = remote_write_fast.read(request(0, 5), book)
        assert len(kept(samples, book)) == 5
    assert book.names == []


def test_a_composition_with_a_series_more_is_another_plan() -> None:
    book = Book()
    for series in (3, 4, 3):
        assert len(kept(remote_write_fast.read(request(0, series), book), book)) == series
