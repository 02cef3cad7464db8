"""The developers' environments, built by make where they are incomplete: `dev` for everything, `bench` for peers.

Peers are libraries that benchmarks measure against; nothing else needs them.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from infra.local.environments import Environment, prepare  # noqa: E402 (needs the path above)
from infra.local.preflight import INSTALL_BYTES, check_disk, check_venv_module  # noqa: E402
from infra.local.settings import ROOT, Refused  # noqa: E402
from infra.local.start import say  # noqa: E402

DEV = Environment("dev", ROOT / ".venv/dev", (ROOT / "requirements.txt",), with_project=True)
BENCH = Environment("bench", ROOT / ".venv/bench", (ROOT / "requirements-bench.txt",))


def main(names: list[str]) -> int:
    """Makes the environment that is named, `dev` when none is."""
    wanted = BENCH if names == ["bench"] else DEV
    try:
        if not wanted.is_complete():
            check_venv_module()
            check_disk(ROOT, INSTALL_BYTES)
            prepare((wanted,), say)
    except Refused as refused:
        print(f"inframind: {refused}", file=sys.stderr)
        return refused.status
    wanted.stamp.touch()  # newer than the lock: make asks again only when that changes
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
