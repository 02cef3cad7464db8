import errno
import logging
import tempfile
from pathlib import Path
from time import sleep
from typing import Any

from infra.local.saving import ATTEMPTS, Saver
from infra.local.snapshots import Snapshots
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


def saver(engine: Engine, said: list[str]) -> Saver:
    folder = Path(tempfile.mkdtemp()) / "state"
    folder.mkdir()
    return Saver(engine, 0.01, Snapshots(folder), said.append)


def test_a_save_is_repeated_while_the_state_changes_under_it() -> None:
    engine, said = Engine(RuntimeError("dictionary changed size"), RuntimeError("again"), None), list[str]()
    one = saver(engine, said)
    one.save()
    assert engine.saves == 3
    assert not one.dirty
    assert said == []


def test_a_save_that_never_succeeds_is_tried_again_later() -> None:
    engine = Engine(*[RuntimeError("changed")] * 100)
    one = saver(engine, [])
    one.save()
    assert engine.saves == ATTEMPTS
    assert one.dirty


def test_a_full_disk_is_told_once_and_its_end_too() -> None:
    full, said = OSError(errno.ENOSPC, "No space left on device"), list[str]()
    one = saver(Engine(full, full, None), said)
    for _ in range(3):
        one.save()
    assert len(said) == 2
    assert said[0].startswith("the disk is full")
    assert said[1].startswith("the disk has room again")


def test_it_saves_at_first_and_then_only_what_changed() -> None:
    engine = Engine()
    one = saver(engine, [])
    one.changed()
    one.start()
    until(lambda: engine.saves == 1)
    sleep(0.3)
    assert engine.saves == 1
    one.changed()
    until(lambda: engine.saves == 2)
    one.stop()


def test_every_whole_save_is_kept_as_a_snapshot_and_a_failed_one_is_not() -> None:
    one = saver(Engine(RuntimeError("changed"), None, *[RuntimeError("changed")] * ATTEMPTS), [])
    (one.snapshots.state / "sqs.json").write_text("1")
    one.save()
    (one.snapshots.state / "sqs.json").unlink()
    (one.snapshots.state / "sqs.json").write_text("2")
    one.save()
    assert (one.snapshots.complete / "sqs.json").read_text() == "1"
