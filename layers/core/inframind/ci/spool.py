"""Events that are not delivered yet, as files: whatever ends this process, a later one finds and sends them."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST = 2_000  # events; about 2 MB
KEPT_S = 7 * 86_400
OTHERS_AFTER_S = 60  # younger ones are still being sent by whoever wrote them


@dataclass(frozen=True, slots=True)
class Event:
    """A path of the platform and what is posted there."""

    path: str
    body: dict[str, Any]


class Spool:
    """A folder with one file for each event, named so that their order is that of their time."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def store(self, event: Event) -> Path | None:
        """The file an event is kept in; None where nothing can be written."""
        path = self._folder / f"{time.time_ns():020}-{os.getpid()}.json"
        unfinished = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished.write_text(json.dumps({"url": self._url, "path": event.path, "body": event.body}))
            unfinished.rename(path)
        except OSError:
            return None
        return path

    def left_behind(self) -> Iterator[tuple[Path, Event]]:
        """What earlier processes could not deliver to this platform, oldest first; what is too old is deleted."""
        now = time.time()
        for number, path in enumerate(reversed(self._files())):
            age_s = now - int(path.name.partition("-")[0]) / 1e9
            if age_s > KEPT_S or number >= MOST:
                forget(path)
        for path in self._files():
            if abs(now - int(path.name.partition("-")[0]) / 1e9) > OTHERS_AFTER_S:  # or a clock ran ahead
                event = self._event(path)
                if event:
                    yield path, event

    def _files(self) -> list[Path]:
        found = self._folder.glob("*.json") if self._folder.is_dir() else iter(())
        return sorted(path for path in found if path.name.partition("-")[0].isdecimal())

    def _event(self, path: Path) -> Event | None:
        try:
            kept = json.loads(path.read_text())
            return Event(kept["path"], kept["body"]) if kept["url"] == self._url else None
        except FileNotFoundError:
            return None  # another process delivered it
        except (OSError, ValueError, KeyError, TypeError):
            forget(path)
            return None


def forget(path: Path) -> None:
    """Deletes an event's file; one that belongs to somebody else, who shares the folder, stays."""
    with suppress(OSError):
        path.unlink()
