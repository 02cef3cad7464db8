"""Templates: grouped, named by content, bounded, merged."""

import random

from hypothesis import given
from hypothesis import strategies as st

from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters
from inframind.ingestion.logs import templates
from inframind.ingestion.logs.templates import Catalogue, Template, from_records, merged
from tests.effort import effort
from tests.ingestion.logs.lines import line


def catalogue() -> Catalogue:
    return Catalogue(Drain3Clusters())


def test_lines_that_differ_in_their_variables_are_one_template() -> None:
    found = catalogue()
    ids = {found.place(line(f"order {number} of user{number} failed after {number} ms"))[0].id for number in range(50)}
    assert len(ids) == 1
    (template,) = found.templates
    assert (template.text, template.count) == ("order <*> of user<*> failed after <*>", 50)


def test_a_word_that_varies_is_learnt_and_the_template_keeps_its_id() -> None:
    found = catalogue()
    first, _ = found.place(line("Failed password for invalid user amy from 10.0.0.1 port 22 ssh2"))
    name = first.id
    second, _ = found.place(line("Failed password for invalid user bob from 10.0.0.2 port 23 ssh2"))
    assert (second.id, second.text) == (name, "Failed password for invalid user <*> from <*> port <*> ssh<*>")


def test_the_id_follows_from_the_content_alone() -> None:
    one, other = catalogue(), catalogue()
    other.place(line("something else came first"))
    assert one.place(line("ready after 3 s"))[0].id == other.place(line("ready after 4 s"))[0].id


def test_an_error_is_new_once() -> None:
    found = catalogue()
    assert [found.place(line(text, "ERROR"))[1] for text in ("disk full", "disk full", "disk gone", "disk full")] == [
        True, False, True, False,
    ]  # fmt: skip
    assert not found.place(line("ready"))[1]


def test_what_was_known_as_information_is_new_as_an_error() -> None:
    found = catalogue()
    assert not found.place(line("disk full", "INFO"))[1]
    assert found.place(line("disk full", "FATAL"))[1]


def test_samples_hold_no_secrets() -> None:
    template, _ = catalogue().place(line("login with password=hunter2 failed"))
    assert "hunter2" not in template.sample + template.text


def test_a_service_has_so_many_templates_and_no_more_and_its_old_errors_are_not_new_again() -> None:
    found = catalogue()
    words = [f"{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}" for a in range(10) for b in range(10) for c in range(6)]
    for second, word in enumerate(words):
        assert found.place(line(f"{word} {word[::-1]} broke {word}{word}", "ERROR", at=second))[1]
    assert len(found) <= templates.TEMPLATES_LIMIT
    assert not found.place(line(f"{words[0]} {words[0][::-1]} broke {words[0] * 2}", "ERROR", at=999))[1]
    assert len(found.retired) <= templates.RETIRED_LIMIT


def test_a_catalogue_that_was_kept_groups_as_before() -> None:
    found = catalogue()
    for number in range(5):
        found.place(line(f"session opened for user u{'abcde'[number]} by root"))
    again = Catalogue(Drain3Clusters(), from_records(one.to_record() for one in found.templates))
    template, _ = again.place(line("session opened for user zed by root"))
    assert (template.count, len(again)) == (6, 1)


NAMES = [
    "17",
    "amy",
    "bob",
    "cleo",
    "dan",
    "eve",
    "fay",
    "gus",
    "hal",
    "ida",
    "jo",
    "kim",
    "liz",
    "ROOT",
    "none",
    "left",
]


@given(st.lists(st.tuples(*[st.sampled_from(NAMES)] * 3), max_size=40, unique=True))
def test_lines_are_grouped_alike_whether_or_not_the_state_was_kept_between_them(values: list[tuple[str, ...]]) -> None:
    whole, kept = catalogue(), catalogue()
    for one, two, three in values:
        text = f"{one} {two} of the desk took a seat in the hall of {three}"
        whole.place(line(text))
        kept.place(line(text))
        kept = Catalogue(Drain3Clusters(), from_records(each.to_record() for each in kept.templates))
    assert sorted(each.to_record() for each in whole.templates) == sorted(each.to_record() for each in kept.templates)


KINDS = st.builds(
    Template,
    id=st.sampled_from(["a", "b", "c"]),
    text=st.sampled_from(["up", "down"]),
    first_ms=st.integers(0, 9),
    last_ms=st.integers(10, 19),
    sample=st.just("up"),
    levels=st.dictionaries(st.sampled_from(["INFO", "ERROR"]), st.integers(1, 9), min_size=1),
)


@given(st.lists(KINDS, max_size=6), st.lists(KINDS, max_size=6))
def test_merging_loses_no_line_and_leaves_no_text_twice(one: list[Template], other: list[Template]) -> None:
    both = merged(one, other)
    assert sum(template.count for template in both) == sum(template.count for template in (*one, *other))
    assert len({template.text for template in both}) == len(both)
    assert [template.count for template in merged(both, ())] == [template.count for template in both]


def test_templates_that_become_the_same_are_one() -> None:
    found = catalogue()
    for text in ("alpha beta gamma delta one", "alpha beta gamma delta two", "alpha beta gamma delta one"):
        found.place(line(text))
    assert [(one.text, one.count) for one in found.templates] == [("alpha beta gamma delta <*>", 3)]


def test_free_text_that_has_no_templates_is_taken_in_bounded_time() -> None:
    words = random.Random(5)
    found = catalogue()
    lines = [line("said " + " ".join(f"{words.choice('abcdefgh')}{words.choice('ijklmnop')}" for _ in range(300)))
             for _ in range(1_000)]  # fmt: skip
    assert effort(lambda: [found.place(one) for one in lines]) < 5_000  # about 1,000; it was 30,000
    assert len(found) <= templates.TEMPLATES_LIMIT
