"""`make package`: `sam validate --lint`, `sam build`, and the size of every function with its layers.

The SAM CLI lives in an environment of its own, because it pins other versions than the project. Standard library only.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from infra.local.environments import Environment, prepare  # noqa: E402 (needs the path above)
from infra.local.preflight import INSTALL_BYTES, check_disk, check_venv_module  # noqa: E402
from infra.local.settings import ROOT, Refused  # noqa: E402
from infra.local.start import say  # noqa: E402

SAM = Environment("sam", ROOT / ".venv/sam", (ROOT / "requirements-sam.txt",))


def main() -> int:
    """0 when the template is valid and everything fits; else the status of the step that failed."""
    try:
        install_sam()
    except Refused as refused:
        print(f"inframind: {refused}", file=sys.stderr)
        return refused.status
    bin_dir = SAM.python.parent
    environ = os.environ | {
        # `python3` of the layer's Makefile and `python3.11` of sam: the environment's, which has pip.
        "PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}",
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        "SAM_CLI_TELEMETRY": "0",
        "PYTHONPATH": str(ROOT),
    }
    sam = str(bin_dir / "sam")
    for step in ([sam, "validate", "--lint"], [sam, "build"], [str(SAM.python), "-m", "infra.build.sizes"]):
        say(" ".join([Path(step[0]).name, *step[1:]]))
        status = subprocess.run(step, cwd=ROOT, env=environ).returncode
        if status:
            return status
    return 0


def install_sam() -> None:
    if not SAM.is_complete():
        check_venv_module()
        check_disk(ROOT, INSTALL_BYTES)
        prepare((SAM,), say)


if __name__ == "__main__":
    sys.exit(main())
