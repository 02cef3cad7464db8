"""What every way of grouping lines does."""

import pytest

from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters
from inframind.ingestion.logs.masks import MASK, masked
from inframind.ports.ingestion import Clusters


@pytest.fixture(params=[Drain3Clusters])
def clusters(request: pytest.FixtureRequest) -> Clusters:
    made: Clusters = request.param()
    return made


def group(clusters: Clusters, *messages: str) -> list[int]:
    return [clusters.add(masked(message))[0] for message in messages]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("request 1 of amy took 5 ms", "request 22 of amy took 17.5 s"),
        ("Failed password for root from 10.0.0.1 port 22 ssh2", "Failed password for uucp from 10.0.0.7 port 23 ssh2"),
        ("closed, 0 bytes sent, lifetime <1 sec", "closed, 8192 bytes (8.0 KB) sent, lifetime 00:17"),
        ("delete blk_-1", "delete blk_2 blk_3 blk_-4"),
        ("visible is system.call.show", "visible is system.charge.show"),
        ('acquire lock=1, tag="View Lock", ws=null', 'acquire lock=2, tag="PHONE", ws=WorkSource{10113}'),
        ("pg.internal.example:5432 took a link of pool main", "replica:5432 took a link of pool main"),
        ("[call 17] cache miss of amy in zone eu", "[call 18] cache miss of bob in zone eu"),
        ("wrote the heap of a.out to tank", "wrote the heap of server to tank"),
        ("moved 3xk.eu.corp.example to rack", "moved box.eu.corp.example to rack"),
    ],
)
def test_lines_that_differ_in_a_value_are_one_group(clusters: Clusters, one: str, other: str) -> None:
    first, second = group(clusters, one, other)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[instance: 1] VM Paused (Lifecycle Event)", "[instance: 1] VM Resumed (Lifecycle Event)"),
        ('10.0.0.1 "GET /a HTTP/1.1" status: 200 len: 9', '10.0.0.1 "POST /a HTTP/1.1" status: 200 len: 9'),
        ("job_1 Transitioned from NEW to INITED", "job_1 Transitioned from SETUP to RUNNING"),
        ("Total disk: 15 GB, used: 0.00 GB", "Total memory: 64172 MB, used: 512.00 MB"),
        ("startAnimation begin", "startAnimation end"),
        ("failure; uid=0 euid=0 tty=ssh rhost=", "failure; uid=0 euid=0 tty=ssh rhost=10.0.0.1"),
        ("open through proxy a.b.c:1 HTTPS", "open through proxy a.b.c:1 SOCKS5"),
        ("Link error", "Link ok"),
        ("[task 7] heap limit not set, using default", "[task 7] disk limit not set, using default"),
        ("took 3 s to drain the pool of workers at desk 5", "took 3 s to refill the pool of workers at desk 5"),
        ("job left with 404 after a look at tank", "job left with aborted after a look at tank"),
        ("queue is served by worker agent since noon", "queue is served by worker GPU since noon"),
        ("door of the shed is held by none since noon", "door of the shed is held by wedge since noon"),
        (
            "nightly copy of the vault to the shelf of 9: nobody was there, code 5",
            "nightly copy of the vault to the shelf of 9: disk is full, code 5",
        ),
    ],
)
def test_lines_that_say_different_things_are_two_groups(clusters: Clusters, one: str, other: str) -> None:
    first, second = group(clusters, one, other)
    assert first != second


def test_restored_groups_take_the_lines_they_took_before(clusters: Clusters) -> None:
    messages = ["session opened for root by amy now", "session opened for zed by amy now", "disk full"]
    before = [clusters.add(masked(message))[1] for message in messages]
    fresh = type(clusters)()
    numbers = fresh.restore(sorted(set(before)))
    assert len(set(numbers)) == len(set(before))
    assert [fresh.add(masked(message))[1] for message in messages[1:]] == before[1:]


def test_a_word_that_varied_is_after_a_restart_what_it_was_before(clusters: Clusters) -> None:
    group(clusters, "amy of the desk is here now", "bob of the desk is here now", "the desk of amy is shut now")
    group(clusters, "the desk of bob is shut now")
    fresh = type(clusters)()
    fresh.restore(["amy of the desk is here now", "bob of the desk is here now", f"the desk of {MASK} is shut now"])
    for message in ("the desk of zed is shut now", "the desk of none is shut now", "the desk of opened is shut now"):
        assert clusters.add(masked(message))[1] == fresh.add(masked(message))[1]


def test_ten_subjects_behind_a_variable_are_apart_and_further_ones_are_values(clusters: Clusters) -> None:
    names = ["amy", "bob", "cleo", "dan", "eve", "fay", "gus", "hal", "ida", "jo", "kim", "liz"]
    numbers = group(clusters, *(f"10.0.0.7 {name} took a seat in the hall" for name in names))
    assert len(set(numbers)) == 10
    assert numbers[-1] == numbers[-2]
    assert group(clusters, "10.0.0.8 bob took a seat in the hall") == [numbers[1]]


def test_more_beginnings_than_are_told_apart_are_values_of_one_variable(clusters: Clusters) -> None:
    names = [f"{one}{two}{three}" for one in "bcdfghjklm" for two in "aeiouxyz" for three in "npqrstvw"]
    numbers = group(clusters, *(f"{name} of the desk is here now" for name in names))
    assert len(set(numbers)) < len(names)
    assert numbers[-1] == numbers[-2]


def test_a_forgotten_group_is_a_new_one_when_it_comes_again(clusters: Clusters) -> None:
    (number,) = group(clusters, "disk full of sorrow")
    clusters.forget([number])
    assert group(clusters, "disk full of sorrow") != [number]
    clusters.forget([number, 999])


@pytest.mark.parametrize("message", ["", " ", "<*>", "<+>", "\u2028", "a" * 5_000, "{}" * 500])
def test_any_line_has_a_group(clusters: Clusters, message: str) -> None:
    first, second = group(clusters, message, message)
    assert first == second
