"""What earlier builds left on a runner's disk, and what becomes of it in a later one."""

import json
import time
from pathlib import Path
from typing import Any

from tests.ci.conftest import Once, until_asked
from tests.infra.agent.recorder import Answer, Recorder


def left_behind(spool: Path, url: str, age_s: float, **body: Any) -> Path:
    """An event that a build wrote `age_s` ago by its clock."""
    spool.mkdir(exist_ok=True)
    kept = spool / f"{time.time_ns() - int(age_s * 1e9):020}-1.json"
    kept.write_text(json.dumps({"url": url, "path": "/api/v1/builds/step", "body": body}))
    return kept


def test_what_belongs_to_another_key_waits_for_a_build_that_has_it(
    once: Once, recorder: Recorder, tmp_path: Path
) -> None:
    others = [left_behind(tmp_path / "spool", recorder.url, age_s, run_id="others") for age_s in (120, 100)]
    recorder.answer = lambda number: Answer(409, {}, b'{"detail": "another key"}')
    once(*until_asked(recorder, 3, tmp_path))
    assert sorted((tmp_path / "spool").iterdir()) == others
    assert len(recorder.requests) == 5


def test_what_was_written_by_a_clock_that_ran_ahead_is_sent(once: Once, recorder: Recorder, tmp_path: Path) -> None:
    left_behind(tmp_path / "spool", recorder.url, -86_400, run_id="ahead")
    once(*until_asked(recorder, 2, tmp_path))
    assert list((tmp_path / "spool").iterdir()) == []
    assert "ahead" in {one.json["run_id"] for one in recorder.requests}


def test_what_cannot_be_read_or_deleted_holds_nothing_up(once: Once, recorder: Recorder, tmp_path: Path) -> None:
    left_behind(tmp_path / "spool", recorder.url, 100, run_id="ours")
    for age_s in (120, 8 * 86_400):
        (tmp_path / "spool" / f"{time.time_ns() - age_s * 10**9:020}-1.json").mkdir()
    done = once(*until_asked(recorder, 2, tmp_path))
    assert (len(recorder.requests), "Traceback" in done.stderr) == (4, False)
