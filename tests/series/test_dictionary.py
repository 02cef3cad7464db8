"""Names keep their ordinals, page after page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.frames import FrameUnreadable
from inframind.series.dictionary import PAGE_BYTES, Dictionary

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8).map(str.encode)


@given(st.lists(st.lists(NAMES, unique=True, max_size=5), max_size=6))
def test_a_reader_of_all_pages_knows_what_their_writer_knows(batches: list[list[bytes]]) -> None:
    writer, pages = Dictionary(), []
    for names in batches:
        missing = writer.missing(names)
        if missing:
            pages.append((len(writer.names), writer.next_page(missing)))
            writer.add_page(*pages[-1])
        assert writer.missing(names) == []
    reader = Dictionary()
    for first, page in pages:
        reader.add_page(first, page)
    assert reader.names == writer.names
    assert reader.ordinals(writer.names).tolist() == list(range(len(writer.names)))


def test_a_name_longer_than_a_page_is_a_page_of_its_own() -> None:
    dictionary, names = Dictionary(), [b"x" * PAGE_BYTES, b"up"]
    dictionary.add_page(0, dictionary.next_page(names))
    assert dictionary.missing(names) == [b"up"]


def test_a_page_holds_no_more_than_an_item_takes() -> None:
    names = [str(number).encode() * 100 for number in range(10_000)]
    dictionary = Dictionary()
    pages = 0
    while missing := dictionary.missing(names):
        dictionary.add_page(len(dictionary.names), dictionary.next_page(missing))
        pages += 1
    assert pages == -(-sum(len(name) + 4 for name in names) // PAGE_BYTES)


def test_a_page_that_does_not_follow_is_refused() -> None:
    with pytest.raises(FrameUnreadable):
        Dictionary().add_page(1, Dictionary().next_page([b"a"]))
