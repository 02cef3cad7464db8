"""A fresh folder for the engine's unzipped copies at every start; what earlier runs left is removed while serving.

Every worker of a function has its own copy of the package, some twelve thousand small files after an hour. To remove
them takes one second or forty, as the disk is, and a start need not wait for that: one rename sets them aside.
"""

import shutil
import threading
import time
from pathlib import Path


def renew(folder: Path) -> None:
    """Make `folder` empty at once; what was in it waits beside it for `clear_away`."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.{time.time_ns()}"))
    folder.mkdir(parents=True)


def clear_away(folder: Path) -> threading.Thread:
    """Begin to remove what `renew` set aside, of earlier runs as well; a run that ends meanwhile leaves the rest."""
    thread = threading.Thread(target=remove_all, args=(left_of(folder),), name="clear-away", daemon=True)
    thread.start()
    return thread


def left_of(folder: Path) -> list[Path]:
    return [path for path in folder.parent.glob(f"{folder.name}.*") if path.suffix[1:].isdigit()]


def remove_all(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
