"""The book of calls: bounded, refreshed seldom, forgotten in the end."""

from hypothesis import given
from hypothesis import strategies as st

from inframind.topology.book import DAY_MS, KEPT_MS, MOST, OF_A_CALLER, Book

PAIR = ("web", "auth")
names = st.text(max_size=5)


def test_a_call_is_forgotten_two_weeks_after_its_last_sign() -> None:
    book = Book().with_seen([PAIR], 0)
    assert book.edges(KEPT_MS - 1) == {PAIR}
    assert book.edges(KEPT_MS) == frozenset()
    again = book.with_seen([PAIR], KEPT_MS - 1)
    assert again.edges(2 * KEPT_MS - 2) == {PAIR}


def test_what_was_seen_today_is_not_written_again_and_what_was_seen_yesterday_is() -> None:
    book = Book().with_seen([PAIR], 0)
    assert book.with_seen([PAIR], DAY_MS - 1) is book
    assert book.with_seen([PAIR], DAY_MS).seen == {PAIR: DAY_MS}


def test_what_is_forgotten_is_dropped_with_the_next_write() -> None:
    book = Book().with_seen([PAIR], 0).with_seen([("auth", "db")], KEPT_MS)
    assert set(book.seen) == {("auth", "db")}


def test_a_caller_of_too_many_keeps_the_ones_that_are_known() -> None:
    book = Book().with_seen([PAIR], 0)
    full = book.with_seen([("web", f"id-{number:04}") for number in range(1_000)], 1)
    assert len(full.seen) == OF_A_CALLER
    assert PAIR in full.seen
    assert full.with_seen([("web", "one more")], 2) is full
    assert full.with_seen([PAIR], DAY_MS).seen[PAIR] == DAY_MS


def test_the_book_is_bounded_and_small() -> None:
    book = Book()
    for start in range(0, 4_000, 50):
        book = book.with_seen([(f"caller-{start}", f"a-service-{start + n}") for n in range(50)], start)
    assert len(book.seen) == MOST
    assert len(book.to_bytes()) < 60_000


@given(st.dictionaries(st.tuples(names, names), st.integers(0, 2**42)))
def test_a_book_reads_back_as_it_was(seen: dict[tuple[str, str], int]) -> None:
    assert Book.from_bytes(Book(seen).to_bytes()) == Book(seen)
