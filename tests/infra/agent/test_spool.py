"""What waits on disk."""

import signal
from pathlib import Path
from typing import Any

from tests.infra.agent.conftest import Once, Starter
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.agent.running import PATIENCE_S, until
from tests.infra.agent.test_push import pushing


def spooling(recorder: Recorder, folder: Path, **more: Any) -> dict[str, Any]:
    """Settings of an agent with a spool."""
    buffer = {"spool": str(folder)} | more.pop("buffer", {})
    return pushing(recorder, buffer=buffer, **more)


def parcels(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parcel"))


def test_what_waits_survives_a_kill(agent: Starter, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503)
    first = agent(spooling(recorder, tmp_path / "spool"))
    until(lambda: first.value("inframind_agent_waiting_requests") >= 4)
    kept = len(parcels(tmp_path / "spool"))
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    recorder.answer = lambda number: Answer()
    second = agent(spooling(recorder, tmp_path / "spool", interval="1h"))
    until(lambda: len(recorder.taken) >= kept and not parcels(tmp_path / "spool"), seen=second.text)
    times = recorder.times("node_load1")
    assert times == sorted(set(times))
    sampled = first.sampled_ms()
    assert times in (sampled, sampled[:-1])  # the kill may come between a sample and its file


def test_an_hour_without_the_platform_loses_nothing_that_fits(
    agent: Starter, recorder: Recorder, tmp_path: Path
) -> None:
    """240 requests, an hour at the default of one each 15 s, wait in the default spool and are delivered in order."""
    recorder.answer = lambda number: Answer(503)
    fast = {"every": "10ms", "first_pause": "1s"}
    running = agent(
        spooling(recorder, tmp_path / "spool", interval="10ms", remote_write=fast, collectors={"processes": False})
    )
    until(lambda: len(parcels(tmp_path / "spool")) >= 240)
    assert running.value("inframind_agent_samples_dropped_total", reason="overflow") == 0
    assert sum(path.stat().st_size for path in parcels(tmp_path / "spool")) < 8 << 20
    recorder.answer = lambda number: Answer()
    until(lambda: running.value("inframind_agent_waiting_requests") <= 1)
    assert running.stop() == 0
    times = recorder.times("node_load1")
    assert len(times) >= 240
    assert times == sorted(set(times))
    assert times == running.sampled_ms()


def test_the_spool_is_bounded_and_the_oldest_goes_first(agent: Starter, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503)
    running = agent(
        spooling(
            recorder, tmp_path / "spool", buffer={"spool_size": "40kB"}, interval="50ms", remote_write={"every": "50ms"}
        )
    )
    until(lambda: running.value("inframind_agent_samples_dropped_total", reason="overflow") > 0)
    running.stop(signal.SIGKILL)
    *older, _ = parcels(tmp_path / "spool")  # the kill may come before the newest one has pushed another out
    assert 20_000 < sum(path.stat().st_size for path in older) <= 40_000


def test_a_damaged_request_is_set_aside_and_the_others_are_delivered(
    agent: Starter, recorder: Recorder, tmp_path: Path
) -> None:
    recorder.answer = lambda number: Answer(503)
    first = agent(spooling(recorder, tmp_path / "spool"))
    until(lambda: len(parcels(tmp_path / "spool")) >= 3)
    first.stop(signal.SIGKILL)
    kept = parcels(tmp_path / "spool")
    damaged = kept[0].read_bytes()
    kept[0].write_bytes(damaged[:-5] + bytes([damaged[-5] ^ 1]) + damaged[-4:])
    recorder.answer = lambda number: Answer()
    second = agent(spooling(recorder, tmp_path / "spool", interval="1h"))
    until(lambda: len(recorder.taken) >= len(kept) - 1, seen=second.text)
    assert [path.name for path in (tmp_path / "spool").glob("*.spoiled")] == [kept[0].name + ".spoiled"]
    assert second.logged("a damaged request was set aside")


def test_two_agents_do_not_share_a_spool(agent: Starter, recorder: Recorder, tmp_path: Path) -> None:
    agent(spooling(recorder, tmp_path / "spool")).get()
    second = agent(spooling(recorder, tmp_path / "spool"))
    assert second.process.wait(timeout=PATIENCE_S) == 1
    assert "is in use by another agent" in second.text()


def test_a_stop_leaves_what_is_undelivered_in_the_spool(agent: Starter, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503)
    running = agent(spooling(recorder, tmp_path / "spool", stop_grace="300ms"))
    until(lambda: recorder.requests)
    assert running.stop() == 0
    assert parcels(tmp_path / "spool")
    assert running.logged("stopped; the spool keeps what is not delivered")


def test_a_spool_that_cannot_be_written_leaves_requests_in_memory(
    agent: Starter, recorder: Recorder, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    running = agent(spooling(recorder, folder))
    until(lambda: recorder.taken)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    line = until(lambda: running.logged("the spool fails; requests wait in memory"))
    assert "No such file" in line["reason"]
    count = len(recorder.taken)
    until(lambda: len(recorder.taken) > count + 2)


def test_a_spool_in_an_impossible_place_is_said_at_the_start(once: Once, recorder: Recorder) -> None:
    done = once("--set", "listen=127.0.0.1:0", "--set", "buffer.spool=/proc/none/spool")
    assert done.returncode == 1
    assert "cannot make the spool /proc/none/spool" in done.stderr
