"""Tests of who a sample belongs to."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from inframind.identity import RESOURCE_LABELS, SeriesId, content_id, shard_of

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@given(metric=NAMES, labels=st.dictionaries(NAMES, NAMES, max_size=6))
def test_a_series_survives_its_bytes(metric: str, labels: dict[str, str]) -> None:
    series = SeriesId.of(metric, labels)
    assert SeriesId.from_bytes(series.resource, series.to_bytes()) == series


def test_the_first_naming_label_wins_and_the_others_stay() -> None:
    labels = {name: f"value of {name}" for name in reversed(RESOURCE_LABELS)}
    series = SeriesId.of("up", labels)
    assert series.resource == "value of resource_id"
    assert dict(series.labels).keys() == set(RESOURCE_LABELS) - {"resource_id"}


def test_an_empty_label_is_no_label() -> None:
    assert SeriesId.of("up", {"service": "", "instance": "db-1", "zone": ""}) == SeriesId("db-1", "up")


def test_a_series_nobody_names_belongs_to_unknown() -> None:
    assert SeriesId.of("up", {"zone": "a"}) == SeriesId("unknown", "up", (("zone", "a"),))


def test_shards_share_the_resources_fairly() -> None:
    counts = Counter(shard_of(f"server-{n}", 4) for n in range(4_000))
    assert set(counts) == {0, 1, 2, 3}
    assert all(900 < count < 1_100 for count in counts.values())


def test_content_ids_see_where_one_part_ends() -> None:
    assert content_id([b"ab", b"c"]) != content_id([b"a", b"bc"])
