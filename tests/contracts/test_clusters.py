"""What every way of grouping lines does."""

import pytest

from inframind.adapters.drain3_clusters import Drain3Clusters
from inframind.ingestion.logs.masks import masked
from inframind.ports.logs import Clusters


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


def test_a_forgotten_group_is_a_new_one_when_it_comes_again(clusters: Clusters) -> None:
    (number,) = group(clusters, "disk full of sorrow")
    clusters.forget([number])
    assert group(clusters, "disk full of sorrow") != [number]
    clusters.forget([number, 999])


@pytest.mark.parametrize("message", ["", " ", "<*>", "<+>", "\u2028", "a" * 5_000, "{}" * 500])
def test_any_line_has_a_group(clusters: Clusters, message: str) -> None:
    first, second = group(clusters, message, message)
    assert first == second
