"""`make bench`: every benchmark, one after the other, as tables on the screen and in `docs/benchmarks.md`.

Names as arguments run only those, and write only their sections: `python -m tests.benchmarks ingest scoring`.
"""

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.page import replaced, section
from tests.benchmarks.table import markdown

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/benchmarks.md"


def main(wanted: list[str]) -> int:
    """Runs what is asked for, or everything; each table is on the page as soon as it is measured."""
    for name in wanted or sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")):
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        sys.stdout.write(f"\n## {name}\n\n")
        sys.stdout.flush()
        table = markdown(module.run())
        sys.stdout.write(table + "\n")
        PAGE.write_text(replaced(PAGE.read_text(), [section(name, module.__doc__ or "", table, here_and_now())]))
    return 0


def here_and_now() -> str:
    """What figures were measured on, and when."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    cores, python = os.cpu_count(), platform.python_version()
    return f"{datetime.now(UTC):%Y-%m-%d}: {cores} cores, Python {python}, commit {commit.stdout.strip() or 'unknown'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
