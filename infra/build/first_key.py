"""`make bootstrap-key`: runs `bootstrap_key` in an environment that has what it needs; makes a small one if none has.

It needs the packages of the core layer, no more. Standard library only.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from infra.build.dev import DEV  # noqa: E402 (needs the path above)
from infra.local.environments import Environment, prepare, run_environments  # noqa: E402
from infra.local.preflight import check_disk, check_venv_module  # noqa: E402
from infra.local.settings import ROOT, Refused  # noqa: E402

INSTALL_BYTES = 250 * 2**20  # 170 MB of packages, and what is left over while they are installed
KEY = Environment("key", ROOT / ".venv/key", (ROOT / "layers/core/requirements.txt",))


def main() -> int:
    """The status of `bootstrap_key`; 1 when the machine is not ready, 2 when no stack was named."""
    if not os.environ.get("STACK"):
        print("inframind: which stack? make bootstrap-key STACK=inframind-dev", file=sys.stderr)
        return 2
    try:
        python = environment((DEV, run_environments()[1])).python
    except Refused as refused:
        print(f"inframind: {refused}", file=sys.stderr)
        return refused.status
    environ = os.environ | {"PYTHONPATH": "layers/core"}
    return subprocess.run([str(python), "-m", "infra.build.bootstrap_key"], cwd=ROOT, env=environ).returncode


def environment(there: tuple[Environment, ...], small: Environment = KEY) -> Environment:
    """The first of those that are complete already; else the small one, made now."""
    complete = [one for one in (small, *there) if one.is_complete()]
    if complete:
        return complete[0]
    check_venv_module()
    check_disk(small.folder.parent.parent, INSTALL_BYTES)
    prepare((small,), _say)
    return small


def _say(line: str) -> None:
    """To stderr: stdout is the key's alone."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
