"""What a job could not report, because the platform was away, and what becomes of it."""

import threading
import time
from pathlib import Path

import pytest

from inframind.ci.spool import Spool
from inframind.optimization.wire import CompletionTold
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.gitlab.conftest import Job


def kept(folder: Path) -> list[str]:
    return sorted(str(one.name) for one in folder.glob("*"))


@pytest.mark.parametrize("away", [Answer(503, {"Retry-After": "5"}, b"{}"), Answer(429, {}, b""), Answer(500, {}, b"")])
def test_what_an_outage_kept_from_the_platform_is_told_by_a_later_job(
    job: Job, recorder: Recorder, tmp_path: Path, away: Answer
) -> None:
    (tmp_path / ".git").mkdir()
    spool = tmp_path / ".git/inframind-spool"
    recorder.answer = lambda number: away
    done = job("exit 3", CI_JOB_ID="76")
    assert done.returncode == 3
    assert "it waits here until a later job finds the platform" in done.stdout
    assert [name.partition("-")[2] for name in kept(spool)] == ["76.json"] * 2  # no other job has the same name for it
    recorder.answer = lambda number: Answer(202, {}, b"{}")
    recorder.requests.clear()
    assert "told of earlier builds as well (2 events)" in job("true").stdout
    told = [
        (one.path.rsplit("/", 1)[1], one.json["run_id"].split("-")[2], one.json["outcome"])
        for one in recorder.requests[-4:]
    ]
    assert told == [
        ("step", "77", "success"),
        ("complete", "77", "success"),
        ("step", "76", "failed"),
        ("complete", "76", "failed"),
    ]
    CompletionTold.model_validate_json(recorder.requests[-1].body)
    assert kept(spool) == []


def test_the_command_line_sends_what_a_job_left(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    job("true", INFRAMIND_SPOOL=str(tmp_path / "spool"))
    for number, path in enumerate(sorted((tmp_path / "spool").iterdir())):
        path.rename(path.with_name(f"{time.time_ns() - 10**12 + number:020}-1.json"))  # a while ago
    left = list(Spool(tmp_path / "spool", recorder.url).left_behind())
    assert [event.path for _, event in left] == ["/api/v1/builds/step", "/api/v1/builds/complete"]
    assert left[1][1].body["pipeline"] == 'group/shop/compile "all"'
    assert list(Spool(tmp_path / "spool", "https://elsewhere").left_behind()) == []


def test_what_waits_is_bounded_and_what_is_refused_or_too_old_is_let_go(
    job: Job, recorder: Recorder, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    body = f'{{"url": "{recorder.url}", "path": "/api/v1/builds/step", "body": {{"a": 1}}}}\n'
    for number in range(600):
        (spool / f"{time.time_ns() - 10**12 + number:020}-1.json").write_text(body)
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    job("true", INFRAMIND_SPOOL=str(spool))
    names = kept(spool)
    assert len(names) == 500
    for name in names[3:]:
        (spool / name).unlink()
    (spool / f"{time.time_ns() - 8 * 86_400 * 10**9:020}-1.json").write_text(body)
    (spool / f"{time.time_ns():020}-1.json").write_text("nonsense\n")
    elsewhere = spool / f"{time.time_ns() + 1:020}-1.json"
    elsewhere.write_text(body.replace(recorder.url, "https://elsewhere"))
    recorder.requests.clear()
    recorder.answer = lambda number: Answer(422 if number > 3 else 202, {}, b"{}")
    job("true", INFRAMIND_SPOOL=str(spool))
    assert len(recorder.requests) == 7
    assert kept(spool) == [elsewhere.name]


def test_what_belongs_to_another_key_waits_for_a_job_that_has_it(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    job("true", INFRAMIND_SPOOL=str(tmp_path / "spool"))
    recorder.requests.clear()
    recorder.answer = lambda number: Answer(409 if number == 5 else 202, {}, b"{}")
    done = job("true", INFRAMIND_SPOOL=str(tmp_path / "spool"))
    assert "told of earlier builds as well (1 events)" in done.stdout
    assert (len(recorder.requests), len(kept(tmp_path / "spool"))) == (6, 1)


def test_an_outage_in_the_midst_of_catching_up_keeps_the_rest(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    job("true", INFRAMIND_SPOOL=str(tmp_path / "spool"))
    recorder.requests.clear()
    recorder.answer = lambda number: Answer(202 if number < 5 else 503, {}, b"{}")
    job("true", INFRAMIND_SPOOL=str(tmp_path / "spool"))
    assert len(recorder.requests) == 6
    assert len(kept(tmp_path / "spool")) == 1


def test_a_platform_that_hangs_is_waited_for_twice_a_job(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    waited: list[int] = []
    ended = threading.Event()

    def hang(number: int) -> Answer:
        waited.append(number)
        ended.wait(60)
        return Answer(202, {}, b"{}")

    recorder.answer = hang
    job("true", INFRAMIND_SPOOL=str(tmp_path / "spool"), INFRAMIND_TIMEOUT="3")  # a slow machine calls within it
    ended.set()
    assert len(waited) == 2  # for the suggestion, and at the end
    assert len(kept(tmp_path / "spool")) == 2


def test_where_nothing_can_be_kept_the_job_says_so_and_goes_on(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    (tmp_path / "file").write_text("")
    for spool in ("", str(tmp_path / "file/spool")):
        done = job("true", INFRAMIND_SPOOL=spool)
        assert (done.returncode, "no place to keep" in done.stdout) == (0, True)
