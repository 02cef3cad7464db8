import asyncio
import errno
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from infra.local.state.forked import FAILED, SAVED, ForkedSave
from infra.local.state.saver import ATTEMPTS, Saver, pause_s
from infra.local.state.snapshots import Snapshots
from tests.infra.local.conftest import until


class Engine:
    """Counts its shutdowns; reports as the real one does, on the logger `persistence`, what it could not save."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.saves = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        assert (await receive())["type"] == "lifespan.shutdown"
        self.saves += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            logging.getLogger("persistence").error("Persistence: failed to save %s: %s", "sqs", failure)
        await send({"type": "lifespan.shutdown.complete"})


Make = Callable[[Engine, list[str]], Saver]


@pytest.fixture
def saver(tmp_path: Path) -> Iterator[Make]:
    """Makes a saver with a folder of its own, which hears nothing any more once the test has ended."""
    log = logging.getLogger("persistence")
    before = log.handlers[:]

    def make(engine: Engine, said: list[str]) -> Saver:
        (tmp_path / "state").mkdir()
        return Saver(engine, 0.01, Snapshots(tmp_path / "state"), said.append)

    yield make
    log.handlers[:] = before


def test_a_save_is_repeated_while_the_state_changes_under_it(saver: Make) -> None:
    engine, said = Engine(RuntimeError("dictionary changed size"), RuntimeError("again"), None), list[str]()
    one = saver(engine, said)
    one.save()
    assert engine.saves == 3
    assert not one.dirty
    assert said == []


def test_a_save_that_never_succeeds_is_tried_again_later(saver: Make) -> None:
    engine = Engine(*[RuntimeError("changed")] * 100)
    one = saver(engine, [])
    one.save()
    assert engine.saves == ATTEMPTS
    assert one.dirty


def test_a_full_disk_is_told_once_and_its_end_too(saver: Make) -> None:
    full, said = OSError(errno.ENOSPC, "No space left on device"), list[str]()
    one = saver(Engine(full, full, None), said)
    for _ in range(3):
        one.save()
    assert len(said) == 2
    assert said[0].startswith("the disk is full")
    assert said[1].startswith("the disk has room again")


def test_it_saves_at_first_and_then_only_what_changed(saver: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkedSave, "run", lambda self: None)  # there is no child: the saves are counted here
    engine = Engine()
    one = saver(engine, [])
    one.changed()
    one.start(asyncio.new_event_loop())
    until(lambda: engine.saves == 1)
    sleep(0.3)
    assert engine.saves == 1
    one.changed()
    until(lambda: engine.saves == 2)
    one.stop()


@pytest.mark.parametrize(
    ("took_s", "wait_s"), [(0.1, 2.9), (0.75, 2.25), (2.0, 6.0)], ids=["little", "at the share", "much"]
)
def test_a_save_begins_on_the_interval_and_takes_a_quarter_of_the_time_at_most(took_s: float, wait_s: float) -> None:
    assert pause_s(every_s=3.0, took_s=took_s) == pytest.approx(wait_s)


def test_a_child_saves_in_place_of_the_process_and_only_its_success_is_kept(saver: Make) -> None:
    engine = Engine()
    one = saver(engine, [])
    one.forked_save = Answering([SAVED, FAILED])  # type: ignore[assignment]
    (one.snapshots.state / "sqs.json").write_text("1")
    one.save()
    (one.snapshots.state / "sqs.json").unlink()
    one.save()
    assert (one.snapshots.complete / "sqs.json").read_text() == "1"
    assert one.dirty
    assert engine.saves == 0


class Answering:
    """Saves as it is told to."""

    def __init__(self, outcomes: list[int]) -> None:
        self.outcomes = outcomes

    def run(self) -> int:
        return self.outcomes.pop(0)


def test_every_whole_save_is_kept_as_a_snapshot_and_a_failed_one_is_not(saver: Make) -> None:
    one = saver(Engine(RuntimeError("changed"), None, *[RuntimeError("changed")] * ATTEMPTS), [])
    (one.snapshots.state / "sqs.json").write_text("1")
    one.save()
    (one.snapshots.state / "sqs.json").unlink()
    (one.snapshots.state / "sqs.json").write_text("2")
    one.save()
    assert (one.snapshots.complete / "sqs.json").read_text() == "1"
