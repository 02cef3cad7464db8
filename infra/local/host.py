"""The one process of a local run: the embedded engine, the front door before it, the saver and the watcher beside it.

The engine is an ASGI application; hypercorn serves it on a free port of 127.0.0.1 and the front door on PORT. Functions
are started with `sys.executable`, which is set to the interpreter that holds exactly what they declare.
"""

import asyncio
import fcntl
import json
import logging
import logging.handlers
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import Any, TextIO

from infra.local.console import banner, complain, say
from infra.local.door import Application, FrontDoor, Receive, Scope, Send
from infra.local.keys import kept_token
from infra.local.saving import Saver
from infra.local.settings import ROOT, Refused, Settings, child_environ, read_settings
from infra.local.watch import MARK, Watcher

HOST = "127.0.0.1"
LOG_BYTES = 5 * 2**20
# How long calls in flight may go on after Ctrl-C.
GRACE_S = 3.0
# Verbs of calls that change nothing, so that reading does not cause saving.
READS = (b"Get", b"List", b"Describe", b"Query", b"Scan", b"BatchGet", b"Filter", b"Head")


def main() -> int:
    started = time.monotonic()
    try:
        settings = read_settings(dict(os.environ))
        lock = hold_data_dir(settings)
        door_socket = bound_socket(settings.port)
    except Refused as refused:
        complain(str(refused))
        return refused.status
    engine_socket = bound_socket(0)
    with lock:
        settings.run_file.unlink(missing_ok=True)
        prepare_process(settings, engine_socket.getsockname()[1])
        run = Run(settings, door_socket, engine_socket, started)
        status = asyncio.run(run.serve())
    sys.stdout.flush()
    # Threads of the engine may wait for a function that goes on; its state is saved.
    os._exit(status)


def hold_data_dir(settings: Settings) -> TextIO:
    """A lock on the data folder for as long as this process lives: two engines would overwrite each other's state."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = (settings.data_dir / "lock").open("a+")
    except OSError as error:
        raise Refused(f"cannot write in DATA_DIR {settings.data_dir}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            f"DATA_DIR {settings.data_dir} is in use by another run. Stop that, or choose another: DATA_DIR=~/other"
        ) from None
    return lock


def bound_socket(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        raise Refused(f"port {port} is taken ({error.strerror}). Choose another: make run PORT={port + 1}") from None
    return listener


def prepare_process(settings: Settings, engine_port: int) -> None:
    """The environment the engine reads and every function inherits; a fresh folder for its unzipped copies."""
    shutil.rmtree(settings.tmp_dir, ignore_errors=True)
    settings.tmp_dir.mkdir(parents=True)
    tempfile.tempdir = str(settings.tmp_dir)
    chosen = child_environ(dict(os.environ), settings) | engine_environ(settings, engine_port)
    os.environ.clear()
    os.environ.update(chosen)
    sys.executable = str(settings.functions_python)
    handler = logging.handlers.RotatingFileHandler(settings.log_file, maxBytes=LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)


def engine_environ(settings: Settings, engine_port: int) -> dict[str, str]:
    return {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        # Part of every queue's URL, by which the state knows a queue: it stays, whatever port is free this time.
        "GATEWAY_PORT": "4566",
        "AWS_ENDPOINT_URL": f"http://{HOST}:{engine_port}",
        "IOT_MTLS_ENABLED": "0",  # it would listen on every address
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{settings.tmp_dir}/no-docker",  # it would remove other people's containers
        "PERSIST_STATE": "1",
        "STATE_DIR": str(settings.state_dir),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.data_dir / "s3"),
    }


class Run:
    """One start to stop: serve, deploy, tell, watch, save, stop."""

    def __init__(self, settings: Settings, door: socket.socket, engine: socket.socket, started: float) -> None:
        from ministack.app import app

        self.settings = settings
        self.started = started
        self.engine: Application = app
        self.engine_port = engine.getsockname()[1]
        self.sockets = (door, engine)
        self.token = settings.key or kept_token(settings.key_file)
        self.door = FrontDoor(app, settings.port, report_failure)
        self.saver = Saver(app, settings.save_every_s, say)
        self.watcher = Watcher(self.engine_port, say)
        self.stop = asyncio.Event()
        self.status = 0
        self.url = f"http://localhost:{settings.port}"
        self.endpoint = f"http://{HOST}:{self.engine_port}"

    async def serve(self) -> int:
        from hypercorn.asyncio import serve
        from hypercorn.config import Config

        config = Config()
        config.bind = [f"fd://{listener.fileno()}" for listener in self.sockets]
        config.graceful_timeout = GRACE_S
        config.keep_alive_timeout = 75.0
        config.loglevel = "ERROR"
        self.install_signals()
        deployment = asyncio.create_task(self.deploy())
        await serve(self.application, config, shutdown_trigger=self.until_stopped)  # type: ignore[arg-type]
        deployment.cancel()
        self.settings.run_file.unlink(missing_ok=True)
        return self.status

    def install_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop.set)
        if self.settings.stop_at_eof:
            threading.Thread(target=stop_at_eof, args=(loop, self.stop), daemon=True).start()

    async def until_stopped(self) -> None:
        await self.stop.wait()
        say("stopping, the data is kept")
        await asyncio.to_thread(self.saver.stop)

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["server"][1] == self.settings.port:
            await self.door(scope, receive, send)
            return
        if scope["type"] == "http" and changes_state(scope):
            self.saver.changed()
        await self.engine(scope, receive, send)

    async def deploy(self) -> None:
        """Deploy, open the door, tell where it is; a failure stops the run with its reason."""
        self.watcher.start()
        try:
            done = await self.deployment()
        except DeployProcessFailed as failure:
            complain(f"deployment failed: {failure}")
            self.status = 1
            self.stop.set()
            return
        self.door.open_to(done["api_id"])
        self.saver.paused = False
        self.saver.changed()
        self.saver.thread.start()
        self.write_run_file(done["outputs"])
        seconds = time.monotonic() - self.started
        say(f"{'deployed' if done['changed'] else 'nothing to deploy'}, ready after {seconds:.1f} s")
        print(banner(self.url, self.token), flush=True)
        self.watcher.dead_letters = done["dead_letters"]

    def write_run_file(self, outputs: dict[str, str]) -> None:
        up = {"pid": os.getpid(), "url": self.url, "endpoint": self.endpoint, "outputs": outputs}
        unfinished = self.settings.run_file.with_suffix(".new")
        unfinished.write_text(json.dumps(up, indent=2) + "\n")
        unfinished.replace(self.settings.run_file)

    async def deployment(self) -> dict[str, Any]:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/core'}",
            "TMPDIR": str(self.settings.tmp_dir),
            "ENDPOINT": self.endpoint,
            "TEMPLATE": str(self.settings.template),
            "TOKEN": self.token,
            "FUNCTIONS_PYTHON": str(self.settings.functions_python),
        }
        child = await asyncio.create_subprocess_exec(
            str(self.settings.engine_python), "-m", "infra.local.deploy", env=environ, stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        message: dict[str, Any] = {}
        async for line in child.stdout:
            message = json.loads(line)
            if "say" in message:
                say(message["say"])
        await child.wait()
        if "done" not in message:
            raise DeployProcessFailed(message.get("failed", f"it ended with status {child.returncode}"))
        return dict(message["done"])


class DeployProcessFailed(Exception):
    """The deployment did not complete; the message is the reason in one line."""


def changes_state(scope: Scope) -> bool:
    """Whether a call to the engine may have changed something worth saving."""
    headers = dict(scope["headers"])
    if scope["method"] in ("GET", "HEAD") or MARK in headers:
        return False
    return not headers.get(b"x-amz-target", b"").rpartition(b".")[2].startswith(READS)


def report_failure(method: str, path: str, body: bytes) -> None:
    say(f"{method} {path} answered 503: {reason_of(body)}")


def reason_of(body: bytes) -> str:
    """The engine's own words about a function that failed.

    >>> reason_of(b'{"errorMessage": "Worker init failed: No module named x", "errorType": "Runtime.HandlerError"}')
    'Worker init failed: No module named x'
    """
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


if __name__ == "__main__":
    sys.exit(main())
