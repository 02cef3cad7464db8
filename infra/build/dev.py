"""The developers' environment, `.venv/dev`: all that `requirements.txt` names. Run by make where it is incomplete."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from infra.local.environments import Environment, prepare  # noqa: E402 (needs the path above)
from infra.local.preflight import INSTALL_BYTES, check_disk, check_venv_module  # noqa: E402
from infra.local.settings import ROOT, Refused  # noqa: E402
from infra.local.start import say  # noqa: E402

DEV = Environment("dev", ROOT / ".venv/dev", (ROOT / "requirements.txt",), with_project=True)


def main() -> int:
    try:
        if not DEV.is_complete():
            check_venv_module()
            check_disk(ROOT, INSTALL_BYTES)
            prepare((DEV,), say)
    except Refused as refused:
        print(f"inframind: {refused}", file=sys.stderr)
        return refused.status
    DEV.stamp.touch()  # newer than the lock: make asks again only when that changes
    return 0


if __name__ == "__main__":
    sys.exit(main())
