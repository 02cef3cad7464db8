"""What a person sees: one line an event, on stdout, with the time of day."""

import sys
import time
from contextlib import suppress
from typing import TextIO

WIDTH = 200


def say(line: str) -> None:
    """Print one event; control characters and line breaks of foreign text do not reach the terminal."""
    show(f"{time.strftime('%H:%M:%S')} {printable(line)}")


def complain(line: str) -> None:
    show(f"inframind: {printable(line)}", sys.stderr)


def show(text: str, stream: TextIO | None = None) -> None:
    """Print, if there is anybody to see: a closed pipe or a full disk behind stdout stops nothing."""
    with suppress(OSError):
        print(text, file=stream or sys.stdout, flush=True)


def printable(line: str) -> str:
    r"""One line of at most 200 characters that cannot steer a terminal.

    >>> printable("a\nb\x1b[31m")
    'a b [31m'
    """
    flat = "".join(character if character.isprintable() else " " for character in line)
    return flat if len(flat) <= WIDTH else flat[: WIDTH - 1] + "…"


def banner(url: str, key: str, demo: str = "make demo") -> str:
    """The end of a start: where it is, the key, three things to try."""
    head = f'-H "X-API-Key: {key}"'
    sample = '{"resource_id": "server-001", "cpu_usage": 45.5, "memory_usage": 60.2, "gpu_usage": 30.0}'
    return f"""
  InfraMind  {url}        docs {url}/docs
  key        {key}

  Try, in a second terminal:
    {demo}
    curl -s {url}/api/v1/metrics/ingest {head} -H "Content-Type: application/json" -d '{sample}'
    curl -s "{url}/api/v1/sla/server-001/risk?lookback_minutes=15" {head}

  Ctrl-C stops it and keeps the data.
"""
