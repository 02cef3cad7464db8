"""`make run`: checks the machine, prepares the environments, then becomes the host of the embedded engine.

Standard library only, and this file alone must be readable by an old Python: it says so in one line instead of failing
with a syntax error. It ends in `exec`, so there is one process to signal and none to orphan.
"""

import os
import shutil
import sys
from pathlib import Path

OLDEST = (3, 11)
NEWER_NAMES = ("python3.11", "python3.12", "python3.13", "python3.14")
TOO_OLD = (
    "inframind: needs Python {}.{} or newer, this is {}.{}. "
    "Install one (Debian 12, Ubuntu 24.04: apt install python3 python3-venv) or name one: make run PYTHON=python3.11"
)


def main() -> int:
    """Serve until stopped; 1 when the machine is not ready (one line on stderr says why), 2 when used wrongly."""
    if sys.version_info < OLDEST:
        return change_interpreter()
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from infra.local.start import start

    return start(sys.argv[1:])


def change_interpreter() -> int:
    for name in NEWER_NAMES:
        found = shutil.which(name)
        if found:
            os.execv(found, [found] + sys.argv)  # noqa: RUF005 (an old Python reads this)
    sys.stderr.write(TOO_OLD.format(*(OLDEST + sys.version_info[:2])) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
