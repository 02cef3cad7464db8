"""Stored series read as latency, requests and availability, whatever they are called."""

from collections.abc import Callable

import numpy as np
import pytest

from inframind.frames import Frame
from inframind.identity import SeriesId
from inframind.incidents.cause.golden_signals import LEAD, role_of, windows

ONSET_MS = 1_768_125_600_000
MINUTE_MS = 60_000


def frame(service: str, rows: int, after: int, **columns: Callable[[int], float]) -> Frame:
    """A sample a minute: `rows` before the onset, `after` from it on; a column is a function of the row's number."""
    numbers = np.arange(-rows, after)
    names = {name: SeriesId.of(name.partition("__")[0], _labels(name)).to_bytes() for name in columns}
    values = np.array([[float(curve(int(n))) for curve in columns.values()] for n in numbers], np.float64)
    return Frame(service, tuple(names.values()), ONSET_MS + MINUTE_MS * numbers, values)


def _labels(name: str) -> dict[str, str]:
    status = name.partition("__")[2]
    return {"status": status} if status else {}


def shown(frames: dict[str, list[Frame]], service: str, metric: str) -> tuple[list[float], list[float]]:
    parts = windows(frames, ONSET_MS)
    found = [
        [v for name, column in part.series.items() if name[:2] == (service, metric) for v in column] for part in parts
    ]
    return found[0], found[1]


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("api_latency_ms", "latency"),
        ("http.server.request.duration_sum", "seconds"),
        ("http_server_request_duration_seconds_count", "calls"),
        ("http_server_request_duration_seconds_bucket", None),
        ("http_client_request_duration_seconds_sum", None),
        ("http_requests_total", "asked"),
        ("errors_total", "failed"),
        ("rps", "requests"),
        ("error_rate", "failures"),
        ("availability", "availability"),
        ("cpu_usage", None),
    ],
)
def test_a_name_tells_what_a_series_measures(metric: str, role: str | None) -> None:
    assert role_of(SeriesId("web", metric)) == role


def test_requests_that_ended_in_a_5xx_have_failed_and_quantiles_are_left_out() -> None:
    assert role_of(SeriesId("web", "http_requests_total", (("status", "503"),))) == "failed"
    assert role_of(SeriesId("web", "http_requests_total", (("status", "200"),))) == "asked"
    assert role_of(SeriesId("web", "latency_seconds", (("quantile", "0.99"),))) is None


def test_rows_end_where_the_trouble_begins_and_the_last_quiet_ones_go_with_it() -> None:
    read = {"web": [frame("web", 20, 3, latency_ms=lambda n: 900 if n >= 0 else 100)]}
    before, after = windows(read, ONSET_MS)
    assert (len(before.times), len(after.times)) == (20 - LEAD, LEAD + 3)
    assert after.times[LEAD] == ONSET_MS / 1000
    assert after.series["web", "latency", "Average"] == [100.0] * LEAD + [900.0] * 3


def test_a_histogram_is_its_growth() -> None:
    read = {
        "web": [
            frame(
                "web",
                20,
                2,
                duration_seconds_sum=lambda n: 5 * (n + 20),
                duration_seconds_count=lambda n: 50 * (n + 20),
            )
        ]
    }
    before, after = shown(read, "web", "latency")
    assert after == pytest.approx([0.1] * (LEAD + 2))
    assert shown(read, "web", "requests")[1] == [50.0] * (LEAD + 2)
    assert np.isnan(before[0])  # nothing is known of the growth to the first sample


def test_a_counter_that_begins_anew_grew_by_what_it_shows() -> None:
    read = {"web": [frame("web", 20, 2, requests_total=lambda n: 10 * (n + 20) if n < 0 else 7 + 10 * n)]}
    assert shown(read, "web", "requests")[1] == [10.0] * LEAD + [7.0, 10.0]


def test_failures_are_what_is_missing_of_availability() -> None:
    percent = {"web": [frame("web", 20, 2, error_rate=lambda n: 12 if n >= 0 else 0.5)]}
    assert shown(percent, "web", "availability")[1] == pytest.approx([0.995] * LEAD + [0.88] * 2)
    share = {"web": [frame("web", 20, 2, error_rate=lambda n: 0.12 if n >= 0 else 0.005)]}
    assert shown(share, "web", "availability")[1] == pytest.approx([0.995] * LEAD + [0.88] * 2)
    counted = {
        "web": [
            frame(
                "web",
                20,
                2,
                http_requests_total__200=lambda n: 90 * (n + 20),
                http_requests_total__500=lambda n: 10 * (n + 20),
            )
        ]
    }
    assert shown(counted, "web", "availability")[1] == pytest.approx([0.9] * (LEAD + 2))


def test_of_two_values_of_one_moment_the_later_write_counts_and_markers_count_for_nothing() -> None:
    old = frame("web", 20, 2, latency_ms=lambda n: 100)
    new = frame("web", 0, 2, latency_ms=lambda n: 300 if n else float("nan"))
    assert shown({"web": [old, new]}, "web", "latency")[1] == [100.0] * (LEAD + 1) + [300.0]


def test_nothing_to_read_is_no_row() -> None:
    assert [part.times for part in windows({"web": [frame("web", 9, 1, cpu=lambda n: n)]}, ONSET_MS)] == [(), ()]
