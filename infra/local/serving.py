"""Serves the engine and the front door in one process, with the saver and the watcher beside them.

Imported only once the process is prepared, because importing the engine reads the environment.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app as engine

from infra.local.calls import MARK
from infra.local.console import banner, complain, say, show
from infra.local.deployment.last import Deployed
from infra.local.deployment.process import DeployProcessFailed, up_to_date
from infra.local.door import FrontDoor, Receive, Scope, Send
from infra.local.settings import Settings, demo_command
from infra.local.state.saver import Saver
from infra.local.state.scratch import clear_away
from infra.local.state.snapshots import Snapshots
from infra.local.watch import Watcher

# How long calls in flight may go on after Ctrl-C.
GRACE_S = 3.0
# Verbs of calls that change nothing, so that reading does not cause saving.
READS = (b"Get", b"List", b"Describe", b"Query", b"Scan", b"BatchGet", b"Filter", b"Head")


class Serving:
    """One start to stop: serve, deploy, tell, watch, save, stop."""

    def __init__(self, settings: Settings, token: str, door: socket.socket, inner: socket.socket) -> None:
        self.settings = settings
        self.token = token
        self.sockets = (door, inner)
        self.engine_port = inner.getsockname()[1]
        self.url = f"http://localhost:{settings.port}"
        self.door = FrontDoor(engine, settings.port, report_failure)
        self.snapshots = Snapshots(settings.state_dir)
        self.saver = Saver(engine, settings.save_every_s, self.snapshots, say)
        self.watcher = Watcher(self.engine_port, say)
        self.stop = asyncio.Event()
        self.status = 0

    async def serve(self, started: float) -> int:
        """Serve until a signal; returns the exit status. `started` is when the process was."""
        config = Config()
        config.bind = [f"fd://{listener.fileno()}" for listener in self.sockets]
        config.graceful_timeout = GRACE_S
        config.keep_alive_timeout = 75.0
        config.loglevel = "ERROR"
        self.install_signals()
        opening = asyncio.create_task(self.open(started))
        opening.add_done_callback(self.opened)
        await serve(self.application, config, shutdown_trigger=self.until_stopped)  # type: ignore[arg-type]
        opening.cancel()
        if self.saver.failures.seen:
            complain(f"the last save failed, an older one is kept: {self.saver.failures.seen[0]}")
        else:
            self.snapshots.keep()
        self.settings.run_file.unlink(missing_ok=True)
        return self.status

    def install_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop.set)
        if self.settings.stop_at_eof:
            threading.Thread(target=stop_at_eof, args=(loop, self.stop), daemon=True).start()

    async def until_stopped(self) -> None:
        """Returns when it is time to stop; from then on the engine's own last save is alone."""
        await self.stop.wait()
        say("stopping, the data is kept")
        await asyncio.to_thread(self.saver.stop)
        self.saver.failures.seen.clear()

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["server"][1] == self.settings.port:
            await self.door(scope, receive, send)
            return
        if scope["type"] == "http" and changes_state(scope):
            self.saver.changed()
        await engine(scope, receive, send)

    async def open(self, started: float) -> None:
        """Deploy, open the door, tell where it is."""
        self.watcher.start()
        deployed = await up_to_date(self.settings, self.token, self.engine_port)
        await asyncio.to_thread(self.watcher.also_follow, deployed.dead_letters)
        self.door.open_to(deployed.api_id)
        self.saver.start(asyncio.get_running_loop())
        self.write_run_file(deployed)
        say(f"ready after {time.monotonic() - started:.1f} s")
        show(banner(self.url, self.token, demo_command(self.settings)))
        clear_away(self.settings.tmp_dir)

    def opened(self, opening: "asyncio.Task[None]") -> None:
        """A run that cannot open stops, with the reason."""
        failure = None if opening.cancelled() else opening.exception()
        if failure is None:
            return
        what = str(failure) if isinstance(failure, DeployProcessFailed) else repr(failure)
        complain(f"deployment failed: {what}")
        self.status = 1
        self.stop.set()

    def write_run_file(self, deployed: Deployed) -> None:
        endpoint = f"http://127.0.0.1:{self.engine_port}"
        up = {"pid": os.getpid(), "url": self.url, "endpoint": endpoint, "outputs": deployed.outputs}
        unfinished = self.settings.run_file.with_suffix(".new")
        unfinished.write_text(json.dumps(up, indent=2) + "\n")
        unfinished.replace(self.settings.run_file)


def changes_state(scope: Scope) -> bool:
    """Whether a call to the engine may have changed something worth saving."""
    headers = dict(scope["headers"])
    if scope["method"] in ("GET", "HEAD") or MARK.encode() in headers:
        return False
    return not headers.get(b"x-amz-target", b"").rpartition(b".")[2].startswith(READS)


def report_failure(method: str, path: str, body: bytes) -> None:
    say(f"{method} {path} answered 503: {reason_of(body)}")


def reason_of(body: bytes) -> str:
    """The engine's own words about a function that failed: `errorMessage` of a crash, `message` of a refusal."""
    with suppress(ValueError):
        document = json.loads(body)
        if isinstance(document, dict):
            return str(document.get("errorMessage") or document.get("message") or document)
    return body.decode(errors="replace")


def stop_at_eof(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Ends the run when whoever started it has gone: its end of our stdin closes however it died."""
    while sys.stdin.buffer.read(1024):
        continue
    loop.call_soon_threadsafe(stop.set)
