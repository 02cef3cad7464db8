"""Which configurations come into question."""

from hypothesis import given
from hypothesis import strategies as st

from inframind.builds import Configuration
from inframind.optimization.candidates import FURTHER, MOST_SLACK, SLACK, grid


@given(st.floats(0.5, 256), st.floats(0.5, 1024))
def test_no_candidate_is_larger_than_the_host(cpus: float, memory_gb: float) -> None:
    x = grid(cpus, memory_gb, [Configuration(concurrency=4, cpus=4, memory_gb=8, cache_gb=3)])

    assert (x[:, 1] <= cpus).all()
    assert (x[:, 2] <= memory_gb).all()
    assert x[:, 1].max() == cpus
    assert x[:, 2].max() == memory_gb


def test_a_laptop_has_hundreds_of_candidates_and_a_large_host_some_thousands() -> None:
    assert 300 < len(grid(4, 16, [])) < 1000 < len(grid(64, 256, [])) < 4000


def test_what_a_pipeline_ran_with_is_a_candidate_unless_the_host_is_too_small() -> None:
    odd = Configuration(concurrency=5, cpus=3, memory_gb=7, cache_gb=2.5)

    assert [5, 3, 7, 2.5] in grid(4, 8, [odd]).tolist()
    assert [5, 3, 7, 2.5] not in grid(2, 8, [odd]).tolist()


def test_jobs_and_cores_stay_in_proportion_and_nothing_stands_twice() -> None:
    x = grid(16, 64, [])

    assert ((x[:, 0] <= SLACK * x[:, 1]) & (x[:, 1] <= SLACK * x[:, 0])).all()
    assert len({tuple(one) for one in x.tolist()}) == len(x)


def test_memory_below_what_is_asked_for_is_no_candidate_unless_the_host_has_no_more() -> None:
    known = [Configuration(concurrency=4, cpus=4, memory_gb=gb) for gb in (4, 25.3)]

    assert {*grid(4, 64, known, 25.3)[:, 2]} == {25.3, 32, 64}
    assert {*grid(4, 16, known, 25.3)[:, 2]} == {16}


def test_who_ran_with_many_jobs_a_core_may_try_more_and_who_ran_with_few_may_try_fewer() -> None:
    crowded = Configuration(concurrency=24, cpus=4, memory_gb=8)
    idle = Configuration(concurrency=2, cpus=12, memory_gb=8)

    by_crowded, by_idle = (grid(16, 64, [one]) for one in (crowded, idle))
    assert (by_crowded[:, 0] / by_crowded[:, 1]).max() == FURTHER * 6
    assert (by_crowded[:, 1] / by_crowded[:, 0]).max() == SLACK
    assert (by_idle[:, 1] / by_idle[:, 0]).max() == 8
    assert (by_idle[:, 0] / by_idle[:, 1]).max() == SLACK


@given(st.integers(1, 1024), st.floats(0.001, 64))
def test_whatever_was_run_jobs_and_cores_of_the_grid_stay_in_some_proportion(jobs: int, cpus: float) -> None:
    ran = Configuration(concurrency=jobs, cpus=cpus, memory_gb=8)
    x = grid(64, 256, [ran])
    x = x[~((x[:, 0] == jobs) & (x[:, 1] == cpus))]

    assert ((x[:, 0] <= MOST_SLACK * x[:, 1]) & (x[:, 1] <= MOST_SLACK * x[:, 0])).all()
