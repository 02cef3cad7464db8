"""What a build could not report, because the platform was away, and what becomes of it."""

import time
from pathlib import Path

from inframind.ci.spool import Spool
from inframind.optimization.wire import CompletionTold, StartTold
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.jenkins.conftest import KEY, Jenkins
from tests.infra.jenkins.test_library import PIPELINE, SUGGESTION, suggests


def test_what_an_outage_kept_from_the_platform_is_sent_by_a_later_build(
    jenkins: Jenkins, recorder: Recorder, tmp_path: Path
) -> None:
    spool = tmp_path / "home/.local/state/inframind/builds"
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    done = jenkins(PIPELINE, HOME=str(tmp_path / "home"))
    assert (done["failure"], len(list(spool.iterdir()))) == (None, 3)
    recorder.requests.clear()
    recorder.answer = suggests(SUGGESTION)
    done = jenkins(PIPELINE, HOME=str(tmp_path / "home"), BUILD_TAG="jenkins-shop-main-8")
    assert "InfraMind: told of earlier builds as well (3 events)" in done["lines"]
    events = recorder.requests[1:]
    assert [one.path.rsplit("/", 1)[1] for one in events] == 2 * ["start", "step", "complete"]
    assert ["main-8" in one.json["run_id"] for one in events] == 3 * [True] + 3 * [False]
    StartTold.model_validate_json(events[3].body)
    CompletionTold.model_validate_json(events[5].body)
    assert list(spool.iterdir()) == []


def test_what_belongs_to_another_key_waits_and_what_cannot_be_deleted_holds_nothing_up(
    jenkins: Jenkins, recorder: Recorder, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    spool.mkdir()
    for number in range(2_000):
        (spool / f"{number:020}-1.json").mkdir()
    assert jenkins(PIPELINE, INFRAMIND_SPOOL=str(spool))["failure"] is None
    for number in range(2_000):
        (spool / f"{number:020}-1.json").rmdir()
    recorder.requests.clear()
    recorder.answer = lambda number: Answer(409 if number == 5 else 202, {}, b"{}")
    done = jenkins(PIPELINE, INFRAMIND_SPOOL=str(spool))
    assert "InfraMind: told of earlier builds as well (2 events)" in done["lines"]
    assert len(list(spool.iterdir())) == 1


def test_a_build_that_finds_nobody_keeps_every_event_and_asks_twice(
    jenkins: Jenkins, recorder: Recorder, tmp_path: Path
) -> None:
    recorder.close()
    done = jenkins(PIPELINE, INFRAMIND_SPOOL=str(tmp_path / "spool"))
    assert done["failure"] is None
    for number, path in enumerate(sorted((tmp_path / "spool").iterdir())):
        path.rename(path.with_name(f"{time.time_ns() - 10**12 + number:020}-1.json"))  # a while ago
    left = [event for _, event in Spool(tmp_path / "spool", recorder.url).left_behind()]
    assert [one.path.rsplit("/", 1)[1] for one in left] == ["start", "step", "complete"]
    assert left[2].body["outcome"] == "success"
    assert "InfraMind: this agent keeps it for a later build to report" in done["lines"]
    assert KEY not in "".join(path.read_text() for path in (tmp_path / "spool").iterdir())


def test_what_the_platform_refuses_is_not_kept(jenkins: Jenkins, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(409, {}, b'{"detail": "another key"}')
    done = jenkins(PIPELINE, INFRAMIND_SPOOL=str(tmp_path / "spool"))
    assert "InfraMind: complete is not reported (409)" in done["lines"]
    assert not (tmp_path / "spool").exists()


def test_an_agent_that_can_keep_nothing_says_so_and_fails_nothing(
    jenkins: Jenkins, recorder: Recorder, tmp_path: Path
) -> None:
    recorder.answer = lambda number: Answer(503, {}, b"{}")
    (tmp_path / "file").write_text("")
    done = jenkins(PIPELINE, INFRAMIND_SPOOL=str(tmp_path / "file/spool"))
    assert done["failure"] is None
    assert "InfraMind: there is no place on this agent to keep the event" in done["lines"]
