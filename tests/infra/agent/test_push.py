"""What the platform receives."""

import time
from typing import Any

import pytest

from inframind.identity import SeriesId
from tests.infra.agent.conftest import Starter
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.agent.running import until


def pushing(recorder: Recorder, **more: Any) -> dict[str, Any]:
    """Settings that push a sample every 200 ms and log it too, pause briefly, and give a slow machine its time."""
    remote_write = {"every": "200ms", "first_pause": "50ms", "longest_pause": "200ms"} | more.pop("remote_write", {})
    platform = {"url": recorder.url, "timeout": "1m"} | more.pop("platform", {})
    settings = {"interval": "200ms", "instance": "build-7", "log": {"samples": True}, "stop_grace": "1m"}
    return settings | {"platform": platform, "remote_write": remote_write} | more


def test_the_pushed_values_are_those_that_are_served(agent: Starter, recorder: Recorder) -> None:
    running = agent(pushing(recorder, labels={"env": "test"}))
    until(lambda: len(recorder.taken) >= 3)
    before, scraped_ms = running.metrics(), time.time() * 1000
    later = until(lambda: [one for one in recorder.taken if min(at for _, at, _ in one.samples) > scraped_ms])
    served = running.metrics()
    pushed = {series: value for series, _, value in later[0].samples}
    assert {series.resource for series in pushed} == {"build-7"}
    known = {key(series): value for series, value in pushed.items()}
    assert set(before) & set(served) <= set(known) <= set(before) | set(served)
    still = (
        "node_memory_MemTotal_bytes",
        "node_boot_time_seconds",
        "node_filesystem_size_bytes",
        "node_processes_max_threads",
    )
    assert {name: value for name, value in served.items() if name[0] in still} == {
        name: value for name, value in known.items() if name[0] in still
    }
    seconds = ("node_cpu_seconds_total", frozenset({("cpu", "0"), ("mode", "idle")}))
    assert before[seconds] <= known[seconds] <= served[seconds]


def key(series: SeriesId) -> tuple[str, frozenset[tuple[str, str]]]:
    """A pushed series as /metrics names it: without the labels that go onto every pushed one."""
    assert {"env", "job"} <= dict(series.labels).keys()
    return series.metric, frozenset(pair for pair in series.labels if pair[0] not in ("env", "job"))


def test_a_request_is_remote_write_and_carries_the_key(agent: Starter, recorder: Recorder) -> None:
    begun_ms = time.time() * 1000
    agent(pushing(recorder), INFRAMIND_API_KEY="im_1_secret")
    until(lambda: recorder.taken)
    request = recorder.taken[0]
    assert request.path == "/api/v1/write"
    assert request.headers["authorization"] == "Bearer im_1_secret"
    assert request.headers["content-type"] == "application/x-protobuf"
    assert request.headers["content-encoding"] == "snappy"
    assert request.headers["x-prometheus-remote-write-version"] == "0.1.0"
    assert all(begun_ms - 1 <= at <= time.time() * 1000 for _, at, _ in request.samples)


def test_the_key_of_a_file_wins_and_a_path_may_stand_before_the_platform(
    agent: Starter, recorder: Recorder, tmp_path: Any
) -> None:
    secret = tmp_path / "key"
    secret.write_text("im_2_filed\n")
    settings = pushing(recorder, platform={"url": recorder.url + "/stage/", "key_file": str(secret)})
    agent(settings, INFRAMIND_API_KEY="im_1_other")
    until(lambda: recorder.taken)
    assert recorder.taken[0].path == "/stage/api/v1/write"
    assert recorder.taken[0].headers["authorization"] == "Bearer im_2_filed"


@pytest.mark.parametrize("status", [503, 500, 502, 429])
def test_a_temporary_failure_is_tried_again_until_it_is_taken(agent: Starter, recorder: Recorder, status: int) -> None:
    recorder.answer = lambda number: Answer(status if number < 3 else 204)
    running = agent(pushing(recorder))
    until(lambda: len(recorder.taken) >= 3, seen=running.text)
    bodies = [one.body for one in recorder.requests]
    assert bodies[0] == bodies[1] == bodies[2] == bodies[3]
    assert len(set(bodies[3:])) == len(bodies[3:])
    assert running.value("inframind_agent_push_failures_total") == 3
    assert running.logged("the platform takes requests again")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refused_request_is_never_sent_again(agent: Starter, recorder: Recorder, status: int) -> None:
    recorder.answer = lambda number: Answer(status if number == 0 else 204, body=b"the reason")
    running = agent(pushing(recorder))
    until(lambda: len(recorder.taken) >= 2, seen=running.text)
    bodies = [one.body for one in recorder.requests]
    assert bodies.count(bodies[0]) == 1
    line = running.logged("the platform refused a request; it is not sent again")
    assert line is not None
    assert (line["status"], line["reason"]) == (str(status), "the reason")
    dropped = running.value("inframind_agent_samples_dropped_total", reason="refused")
    assert dropped == len(recorder.requests[0].samples)


def test_the_pause_that_the_platform_asks_for_is_kept(agent: Starter, recorder: Recorder) -> None:
    seen: list[float] = []

    def answer(number: int) -> Answer:
        seen.append(time.monotonic())
        return Answer(503, {"Retry-After": "1"}) if number == 0 else Answer()

    recorder.answer = answer
    agent(pushing(recorder, remote_write={"longest_pause": "1h"}))
    until(lambda: len(recorder.taken) >= 1)
    assert seen[1] - seen[0] >= 0.95


def test_nothing_is_lost_and_nothing_comes_twice_while_every_third_request_fails(
    agent: Starter, recorder: Recorder
) -> None:
    recorder.answer = lambda number: Answer(503 if number % 3 == 2 else 204)
    running = agent(pushing(recorder))
    until(lambda: len(recorder.taken) >= 8)
    assert running.stop() == 0
    times = recorder.times("node_load1")
    assert times == sorted(set(times))
    assert times == running.sampled_ms()


def test_a_platform_that_is_away_is_awaited(agent: Starter, recorder: Recorder) -> None:
    running = agent(pushing(recorder))
    until(lambda: recorder.taken)
    recorder.close()
    until(lambda: running.value("inframind_agent_waiting_requests") >= 4, seen=running.text)
    back = Recorder(port=recorder.reserved)
    try:
        until(lambda: running.value("inframind_agent_waiting_requests") == 0, seen=running.text)
        times = [*recorder.times("node_load1"), *back.times("node_load1")]
    finally:
        back.close()
    assert times == sorted(set(times))
    assert times == running.sampled_ms()[: len(times)]


def test_samples_of_several_ticks_go_in_one_request(agent: Starter, recorder: Recorder) -> None:
    agent(pushing(recorder, interval="100ms", remote_write={"every": "500ms"}))

    def ticks() -> list[int]:
        return [sum(series.metric == "node_load1" for series, _, _ in one.samples) for one in recorder.taken]

    until(lambda: {4, 5, 6} & set(ticks()), seen=ticks)  # a busy machine may miss some, or send late


def test_a_full_batch_goes_early(agent: Starter, recorder: Recorder) -> None:
    agent(pushing(recorder, interval="50ms", remote_write={"every": "1h", "most_samples": 1000}))
    until(lambda: len(recorder.taken) >= 2)
    assert all(len(one.samples) <= 1000 for one in recorder.taken)


def test_only_the_metrics_wanted_are_pushed(agent: Starter, recorder: Recorder) -> None:
    agent(pushing(recorder, remote_write={"metrics": ["cpu_usage", "node_load*"]}))
    until(lambda: len(recorder.taken) >= 2)
    assert {series.metric for series, _, _ in recorder.taken[1].samples} == {
        "cpu_usage",
        "node_load1",
        "node_load5",
        "node_load15",
    }


def test_memory_for_what_waits_is_bounded_and_the_oldest_goes_first(agent: Starter, recorder: Recorder) -> None:
    recorder.answer = lambda number: Answer(503)
    running = agent(pushing(recorder, interval="50ms", remote_write={"every": "50ms"}, buffer={"memory": "30kB"}))
    until(lambda: running.value("inframind_agent_samples_dropped_total", reason="overflow") > 0)
    assert running.value("inframind_agent_waiting_bytes") <= 30_000
    until(lambda: recorder.requests[-1].body != recorder.requests[0].body)  # the next is tried in place of the oldest
    recorder.answer = lambda number: Answer()
    until(lambda: len(recorder.taken) >= 3)
    times = recorder.times("node_load1")
    first_failed = {time for series, time, _ in recorder.requests[0].samples}
    assert min(times) > max(first_failed)


def test_a_stop_delivers_a_last_sample(agent: Starter, recorder: Recorder) -> None:
    running = agent(pushing(recorder, interval="1h", remote_write={"every": "1h"}))
    assert running.get()
    assert running.stop() == 0
    assert len(recorder.times("node_load1")) == 1


@pytest.mark.parametrize("pause", ["100ms", "1m"])
def test_a_stop_does_not_wait_for_ever(agent: Starter, recorder: Recorder, pause: str) -> None:
    recorder.answer = lambda number: Answer(503)
    patient = {"first_pause": pause, "longest_pause": pause}
    running = agent(pushing(recorder, stop_grace="500ms", remote_write=patient))
    until(lambda: recorder.requests)
    began = time.monotonic()
    assert running.stop() == 0
    assert time.monotonic() - began < 45
    assert running.logged("stopped; undelivered samples are lost")


def test_samples_are_json_lines_where_that_is_wanted(agent: Starter) -> None:
    running = agent({"interval": "100ms", "log": {"samples": True}})
    until(lambda: len(running.samples()) >= 2)
    sample = running.samples()[1]
    assert sample["message"] == "sample"
    assert 0 <= sample["metrics"]["cpu_usage"] <= 100
    assert any(name.startswith("node_cpu_seconds_total{") for name in sample["metrics"])
