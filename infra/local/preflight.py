"""Whether this machine can run the platform: each thing missing is one line with its remedy."""

import importlib.util
import os
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

from infra.local.settings import Refused, Settings

# Two environments of 110 and 160 MB, pip's own temporary files, and room for data.
INSTALL_BYTES = 700 * 2**20
RUN_BYTES = 50 * 2**20


def check_venv_module() -> None:
    """Debian's python3 comes without ensurepip; without it `python3 -m venv` fails half way with a page of text."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            raise Refused(f"Python's {module} module is missing. Install it: apt install {package}")


def check_not_running(settings: Settings) -> None:
    """Before the port is looked at: the commonest reason for a taken port is that the platform is up already."""
    import fcntl  # Windows, which was told so before, has none

    with suppress(OSError), settings.lock_file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise in_use(settings) from None


def in_use(settings: Settings) -> Refused:
    """The refusal of a second run on one data folder: two engines would overwrite each other's state."""
    where = settings.run_url() or "still starting or stopping"
    return Refused(
        f"DATA_DIR {settings.data_dir} is in use by another run ({where}). "
        f"Stop that, or start a second one: make run DATA_DIR=~/other PORT={settings.port % 65535 + 1}"
    )


def check_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Refused(f"port {port} needs root rights. Choose one above 1023: make run PORT=8080") from None
        except OSError:
            raise Refused(
                f"port {port} is taken. Stop what uses it, or choose another: make run PORT={port + 1}"
            ) from None


def check_data_dir(data_dir: Path) -> None:
    probe = data_dir / ".writable"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise Refused(
            f"cannot write in DATA_DIR {data_dir}: {reason}. Choose another: make run DATA_DIR=~/inframind"
        ) from None


def check_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(
            f"the disk of {folder} has {free // 2**20} MB free and {needed // 2**20} MB are needed. "
            "Free some space, or choose another disk with DATA_DIR="
        )


def check_not_windows() -> None:
    if os.name != "posix":
        raise Refused("runs on Linux and macOS. On Windows use WSL: https://learn.microsoft.com/windows/wsl")
