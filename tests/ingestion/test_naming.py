import pytest

from inframind.identity import SeriesId
from inframind.ingestion.limits import KEY_LIMIT, LABELS_LIMIT, NAME_LIMIT, RESOURCE_LIMIT, VALUE_LIMIT
from inframind.ingestion.naming import InvalidName, name_of, name_of_pairs, shown, shown_pairs


def pairs(*given: tuple[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in given]


def test_labels_in_any_order_name_the_same_series() -> None:
    ordered = pairs(("__name__", "up"), ("instance", "a"), ("job", "node"), ("zone", "1"))
    assert name_of_pairs(ordered) == name_of_pairs(ordered[::-1])
    name = name_of_pairs(ordered)
    assert SeriesId.from_bytes(name.resource, name.key) == SeriesId("a", "up", (("job", "node"), ("zone", "1")))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (pairs(("job", "a")), "__name__ is missing"),
        (pairs(("__name__", ""), ("job", "a")), "__name__ is missing"),
        (pairs(("__name__", "up"), ("job", "a"), ("job", "b")), "'job' appears twice"),
        (pairs(("__name__", "up"), ("__name__", "down")), "'__name__' appears twice"),
        (pairs(("__name__", "up"), ("", "a")), "a label name is empty"),
        (pairs(("__name__", "u\0p")), "metric name holds control characters"),
        (pairs(("__name__", "up"), ("jo\nb", "a")), "a label name holds control characters"),
        (pairs(("__name__", "up"), ("zone", "a\0b")), "value of label 'zone' holds control characters"),
        (pairs(("__name__", "up"), ("zone", "a\rb")), "value of label 'zone' holds control characters"),
        (pairs(("__name__", "up"), ("instance", "a\tb")), "resource id holds control characters"),
        (pairs(("__name__", "u\x85p")), "metric name holds control characters"),
        (pairs(("__name__", "up"), ("jo\u202eb", "a")), "a label name holds control characters"),
        (pairs(("__name__", "up"), ("instance", "a\x9b31m")), "resource id holds control characters"),
        (pairs(("__name__", "up"), ("instance", "a\u2066b")), "resource id holds control characters"),
        ([(b"__name__", b"\xff")], "value of label '__name__' is not valid UTF-8"),
        ([(b"__name__", b"up"), (b"\xff", b"a")], "a label name is not valid UTF-8"),
    ],
)
def test_labels_that_name_no_series_are_refused_with_the_reason(given: list[tuple[bytes, bytes]], reason: str) -> None:
    with pytest.raises(InvalidName, match=reason):
        name_of_pairs(given)


LONGEST_KEY = {f"l{number}": "x" * (KEY_LIMIT // 4 - 4) for number in range(4)}  # with "up" two bytes too many


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("x" * NAME_LIMIT, {}),
        ("up", {"é" * (NAME_LIMIT // 2): "a"}),
        ("up", {"zone": "x" * VALUE_LIMIT}),
        ("up", {"instance": "x" * RESOURCE_LIMIT}),
        ("up", {f"label_{number}": "x" for number in range(LABELS_LIMIT)}),
        ("up", LONGEST_KEY | {"l3": LONGEST_KEY["l3"][:-2]}),
    ],
)
def test_a_limit_can_be_reached(metric: str, labels: dict[str, str]) -> None:
    assert name_of(metric, labels).key.startswith(metric.encode())


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("x" * NAME_LIMIT + "x", {}),
        ("up", {"é" * (NAME_LIMIT // 2) + "x": "a"}),
        ("up", {"zone": "x" * VALUE_LIMIT + "x"}),
        ("up", {"instance": "x" * RESOURCE_LIMIT + "x"}),
        ("up", {f"label_{number}": "x" for number in range(LABELS_LIMIT + 1)}),
        ("up", LONGEST_KEY | {"l3": LONGEST_KEY["l3"][:-1]}),
    ],
)
def test_a_limit_cannot_be_passed(metric: str, labels: dict[str, str]) -> None:
    with pytest.raises(InvalidName, match=r"limit is|longer than"):
        name_of(metric, labels)


def test_ten_thousand_labels_are_refused_by_their_number() -> None:
    with pytest.raises(InvalidName, match="10000 labels; the limit is 128"):
        name_of("up", {f"l{number}": "x" for number in range(10_000)})


def test_tab_and_newline_may_stand_in_a_value() -> None:
    assert name_of("up", {"note": "a\tb\nc"}).key == b"up\0note\0a\tb\nc"


def test_a_lone_surrogate_is_refused_before_it_can_fail_to_encode() -> None:
    with pytest.raises(InvalidName, match=r"resource|value"):
        name_of("up", {"instance": "\ud800"})
    with pytest.raises(InvalidName, match="metric name"):
        name_of("\udfff", {})


def test_what_is_shown_of_a_series_is_short_and_printable() -> None:
    text = shown_pairs([(b"__name__", b"bad\0\xff"), (b"job", b"x" * 500)])
    assert text.startswith("bad\ufffd\ufffd{job=")
    assert len(text) <= 121
    assert shown("é\x1b[0m") == "é\ufffd[0m"
