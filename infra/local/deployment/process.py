"""The deployment as the host sees it: recalled when nothing has changed, else made in a process of its own."""

import asyncio
import json
import os
import time
from typing import Any

from infra.local.console import say
from infra.local.deployment.last import Deployed, fingerprint, recall, remember
from infra.local.settings import ROOT, Settings

# A net: on a machine with ten things to do at once the engine takes its first call after half a minute.
LISTENING_WITHIN_S = 300.0
POLL_S = 0.02


class DeployProcessFailed(Exception):
    """The deployment did not complete; the message is the reason in one line."""


async def up_to_date(settings: Settings, token: str, engine_port: int) -> Deployed:
    """What is deployed, once it is what the template and the code say."""
    wanted = fingerprint(settings.template, f"{token}\n{settings.parameters}")
    await asyncio.to_thread(until_listening, engine_port)
    known = await asyncio.to_thread(recall, engine_port, wanted)
    if known is not None:
        say("nothing has changed since the last deployment")
        return known
    done = await deployment(settings, token, engine_port)
    await asyncio.to_thread(remember, engine_port, done, wanted)
    return done


def until_listening(engine_port: int) -> None:
    deadline = time.monotonic() + LISTENING_WITHIN_S
    while True:
        try:
            recall(engine_port, "")
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise DeployProcessFailed("the engine does not listen") from None
            time.sleep(POLL_S)
        else:
            return


async def deployment(settings: Settings, token: str, engine_port: int) -> Deployed:
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/core'}",
        "TMPDIR": str(settings.tmp_dir),
        "ENDPOINT": f"http://127.0.0.1:{engine_port}",
        "TEMPLATE": str(settings.template),
        "TOKEN": token,
        "PARAMETERS": settings.parameters,
        "FUNCTIONS_PYTHON": str(settings.functions_python),
    }
    command = (str(settings.engine_python), "-m", "infra.local.deployment")
    child = await asyncio.create_subprocess_exec(*command, env=environ, stdout=asyncio.subprocess.PIPE)
    try:
        message = await follow(child)
    finally:
        if child.returncode is None:
            child.kill()
    if "done" not in message:
        raise DeployProcessFailed(message.get("failed", f"it ended with status {child.returncode}"))
    return Deployed(**message["done"])


async def follow(child: asyncio.subprocess.Process) -> dict[str, Any]:
    """Print what it says; its last message."""
    assert child.stdout is not None
    message: dict[str, Any] = {}
    async for line in child.stdout:
        message = json.loads(line)
        if "say" in message:
            say(message["say"])
    await child.wait()
    return message
