"""The steps of `make run` before the engine: check, prepare, hand over to the host."""

import os
import sys
import time

from infra.local.environments import prepare, run_environments
from infra.local.preflight import (
    INSTALL_BYTES,
    RUN_BYTES,
    check_data_dir,
    check_disk,
    check_not_running,
    check_not_windows,
    check_port,
    check_venv_module,
)
from infra.local.settings import ROOT, Refused, Settings, host_environ, read_settings

USAGE = "usage: make run [PORT=8080] [DATA_DIR=.data] [INFRAMIND_API_KEY=im_<id>_<secret>]"


def start(arguments: list[str]) -> int:
    """Does not return when all is well: the process becomes the host."""
    if arguments:
        asked = arguments[0] in ("-h", "--help")
        print(USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        hand_over(make_ready(read_settings(dict(os.environ))))
    except Refused as refused:
        print(f"inframind: {refused}", file=sys.stderr)
        return refused.status
    except KeyboardInterrupt:
        return 130
    return 0


def make_ready(settings: Settings) -> Settings:
    check_not_windows()
    check_not_running(settings)
    check_port(settings.port)
    check_data_dir(settings.data_dir)
    environments = run_environments()
    if not all(environment.is_complete() for environment in environments):
        check_venv_module()
        check_disk(ROOT, INSTALL_BYTES)
        prepare(environments, say)
    check_disk(settings.data_dir, RUN_BYTES)
    return settings


def hand_over(settings: Settings) -> None:
    settings.tmp_dir.mkdir(parents=True, exist_ok=True)
    python = str(settings.engine_python)
    sys.stdout.flush()
    os.execve(python, [python, "-m", "infra.local.host"], host_environ(dict(os.environ), settings))


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)
