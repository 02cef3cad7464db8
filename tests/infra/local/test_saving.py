import asyncio
import errno
import logging
from typing import Any

import pytest

from infra.local.saving import ATTEMPTS, Saver


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
    one = Saver(engine, 0.01, said.append)
    one.paused = False
    return one


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


@pytest.mark.parametrize(("changed", "paused", "saves"), [(True, False, 1), (False, False, 0), (True, True, 0)])
def test_it_saves_when_something_changed_and_it_is_not_paused(changed: bool, paused: bool, saves: int) -> None:
    engine = Engine()
    one = saver(engine, [])
    one.paused = paused
    if changed:
        one.changed()
    one.thread.start()
    asyncio.run(asyncio.sleep(0.2))
    one.stop()
    assert engine.saves == saves
