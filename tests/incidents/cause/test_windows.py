import numpy as np
import pytest

from inframind.incidents.cause.windows import Alarm, Window, align

GRAPH = {"web": ["db"], "db": []}


def window(start: float, rows: int, **columns: float) -> Window:
    """Constant columns, named node_metric."""
    statistic = {"latency": "Average", "requests": "Sum", "availability": "Average"}
    names = {name: tuple(name.split("_")) for name in columns}
    series = {(n, m, statistic[m]): [columns[name]] * rows for name, (n, m) in names.items()}
    return Window([start + 60.0 * row for row in range(rows)], series)


def test_a_column_that_one_window_lacks_is_not_measured_there() -> None:
    panel = align(window(0, 10, db_latency=1), window(600, 5, web_latency=2), GRAPH, Alarm("web", "latency", "", 660))
    assert panel.nodes == ("web", "db")
    assert np.isnan(panel.latency[:10, 0]).all()
    assert np.isnan(panel.latency[10:, 1]).all()
    assert panel.measured.tolist() == [True, True]


def test_rows_around_the_alarm_reach_into_a_history_that_joins_it() -> None:
    panel = align(window(0, 10, db_latency=1), window(600, 30, db_latency=1), GRAPH, Alarm("web", "latency", "", 600))
    assert panel.times[panel.near].tolist() == [360, 420, 480, 540, 600, 660, 720, 780]
    assert panel.leading == 4


def test_rows_of_another_month_are_history_only() -> None:
    panel = align(
        window(0, 10, db_latency=1), window(1e6, 5, db_latency=1), GRAPH, Alarm("web", "latency", "", 1e6 + 90)
    )
    assert panel.times[panel.near].tolist() == [1e6, 1e6 + 60, 1e6 + 120, 1e6 + 180, 1e6 + 240]
    assert panel.leading == 2


@pytest.mark.parametrize("full", [100.0, 1.0])
def test_availability_may_count_to_a_hundred_or_to_one(full: float) -> None:
    before = window(0, 10, web_availability=full, db_availability=0.9 * full)
    panel = align(before, window(600, 5, web_availability=full), GRAPH, Alarm("web", "availability", "", 660))
    assert panel.failures[0] == pytest.approx([0.0, 0.1])


def test_a_node_whose_requests_nobody_counts_gets_as_many_as_the_front() -> None:
    before = window(0, 10, web_requests=40, db_latency=1)
    panel = align(before, window(600, 5, web_requests=50, db_latency=1), GRAPH, Alarm("web", "latency", "", 660))
    assert panel.requests[[0, -1], 1].tolist() == [40, 50]


def spoiled(rows: Window, column: tuple[str, str, str], row: int) -> Window:
    """The window with one cell that nobody measured."""
    values = [np.nan if number == row else value for number, value in enumerate(rows.series[column])]
    return Window(rows.times, {**rows.series, column: values})


def test_a_lost_latency_lies_between_its_neighbours_only_where_requests_were_counted() -> None:
    alarm = Alarm("web", "latency", "", 660)
    quiet, seen = window(0, 10, db_latency=1, db_requests=9), window(600, 5, db_latency=3, db_requests=9)
    lost = spoiled(seen, ("db", "latency", "Average"), 2)
    assert align(quiet, lost, GRAPH, alarm).latency[10:, 1].tolist() == [3, 3, 3, 3, 3]
    unasked = spoiled(lost, ("db", "requests", "Sum"), 2)
    assert np.isnan(align(quiet, unasked, GRAPH, alarm).latency[12, 1])
    first = spoiled(seen, ("db", "latency", "Average"), 0)
    assert np.isnan(align(quiet, first, GRAPH, alarm).latency[10, 1])  # the history is no neighbour


def test_a_row_in_which_requests_were_answered_and_not_counted_holds_the_usual_number() -> None:
    alarm = Alarm("web", "latency", "", 660)
    quiet, seen = window(0, 10, db_latency=1, db_requests=9), window(600, 5, db_latency=3, db_requests=9)
    panel = align(quiet, spoiled(seen, ("db", "requests", "Sum"), 3), GRAPH, alarm)
    assert panel.requests[10:, 1].tolist() == [9, 9, 9, 9, 9]


def test_a_node_without_counted_requests_gets_none_while_it_shows_nothing() -> None:
    quiet, seen = window(0, 10, web_requests=40, db_latency=1), window(600, 5, web_requests=40, db_latency=1)
    panel = align(quiet, spoiled(seen, ("db", "latency", "Average"), 2), GRAPH, Alarm("web", "latency", "", 660))
    assert panel.requests[10:, 1].tolist() == [40, 40, 0, 40, 40]


def test_infinity_was_measured_by_nobody() -> None:
    panel = align(
        window(0, 10, db_latency=1), window(600, 5, db_latency=np.inf), GRAPH, Alarm("web", "latency", "", 660)
    )
    assert np.isnan(panel.latency[10:]).all()
