"""`make bench`: every benchmark, one after the other, as tables on the screen and in `docs/benchmarks.md`.

Names of benchmarks as arguments run only those and write nothing: `python -m tests.benchmarks ingest scoring`.
"""

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.table import markdown

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {when}: {machine}. Ours and theirs are measured side by side in one run, so that a busy
machine slows both: read the ratios, not the absolutes. A dash means that there is nothing to compare with, or that the
other program was not installed.
"""


def main(wanted: list[str]) -> int:
    """Runs what is asked for; everything, and the page, when nothing is."""
    names = wanted or sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    sections = []
    for name in names:
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        sys.stdout.write(f"\n## {name}\n\n")
        sys.stdout.flush()
        table = markdown(module.run())
        sys.stdout.write(table + "\n")
        sections.append(_section(name, module.__doc__ or "", table))
    if not wanted:
        PAGE.write_text("\n".join([_head(), *sections]))
    return 0


def _section(name: str, doc: str, table: str) -> str:
    return f"## {name.replace('_', ' ')}\n\n{doc.strip()}\n\n{table}\n\n`python -m tests.benchmarks {name}`\n"


def _head() -> str:
    cores = os.cpu_count()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    machine = f"{cores} cores, Python {platform.python_version()}, commit {commit.stdout.strip() or 'unknown'}"
    return HEAD.format(when=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
