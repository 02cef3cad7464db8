"""The one process of a local run: prepares itself for the engine, then serves.

The engine reads its environment at import, and every function inherits it: so this sets a chosen one before anything of
the engine is imported. Functions are started with `sys.executable`, which is set to the interpreter that holds exactly
what they declare.
"""

import asyncio
import fcntl
import logging
import logging.handlers
import os
import socket
import sys
import tempfile
import time
from typing import TextIO

from infra.local.console import complain, say
from infra.local.keys import kept_token
from infra.local.preflight import in_use
from infra.local.settings import Refused, Settings, child_environ, read_settings
from infra.local.state.in_flight import release
from infra.local.state.scratch import renew
from infra.local.state.snapshots import Snapshots

HOST = "127.0.0.1"
LOG_BYTES = 5 * 2**20
S3 = "s3"  # objects, in the data folder


def main() -> int:
    started = time.monotonic()
    try:
        settings = read_settings(dict(os.environ))
        lock = hold_data_dir(settings)
        door = bound_socket(settings.port)
        token = settings.key or kept_token(settings.key_file)
    except Refused as refused:
        complain(str(refused))
        return refused.status
    engine = bound_socket(0)
    with lock:
        settings.run_file.unlink(missing_ok=True)
        Snapshots(settings.state_dir).restore(settings.data_dir / S3)
        release(settings.state_dir)
        prepare_process(settings, engine.getsockname()[1])
        say("starting the engine")
        from infra.local.serving import Serving

        status = asyncio.run(Serving(settings, token, door, engine).serve(started))
    # Threads of the engine may wait for a function that goes on; its state is saved.
    os._exit(status)


def hold_data_dir(settings: Settings) -> TextIO:
    """A lock on the data folder for as long as this process lives: two engines would overwrite each other's state."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = settings.lock_file.open("a+")
    except OSError as error:
        raise Refused(f"cannot write in DATA_DIR {settings.data_dir}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise in_use(settings) from None
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
    renew(settings.tmp_dir)
    tempfile.tempdir = str(settings.tmp_dir)
    chosen = child_environ(dict(os.environ), settings) | engine_environ(settings, engine_port)
    os.environ.clear()
    os.environ.update(chosen)
    sys.executable = str(settings.functions_python)
    logging.raiseExceptions = False  # a log on a full disk is no reason to print a page
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
        "S3_DATA_DIR": str(settings.data_dir / S3),
    }


if __name__ == "__main__":
    sys.exit(main())
