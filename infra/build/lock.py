"""`make lock`: writes every lock anew from pyproject.toml, with hashes, for every platform, without registry addresses.

The large lock is resolved first; the others keep to its versions, so that a package has one version everywhere.
"""

import os
import shutil
import subprocess
import sys

from infra.local.settings import ROOT

PROJECT, MAIN = "pyproject.toml", "requirements.txt"
COMMON = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--upgrade", "--quiet")


def group(*names: str) -> list[str]:
    return [argument for name in names for argument in ("--group", f"{PROJECT}:{name}")]


LOCKS: dict[str, list[str]] = {
    MAIN: [PROJECT, *group("platform", "ingestion", "science", "engine", "dev")],
    "layers/core/requirements.txt": [PROJECT, "-c", MAIN],
    "functions/platform/requirements.txt": [*group("platform"), "-c", MAIN],
    "functions/ingestion/requirements.txt": [*group("ingestion"), "-c", MAIN],
    "layers/science/requirements.txt": [*group("science"), "-c", MAIN],
    "requirements-engine.txt": [*group("engine"), "-c", MAIN],
    "requirements-bench.txt": [*group("bench"), "-c", MAIN],
    "requirements-sam.txt": group("sam"),
}


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("inframind: locking needs uv. Install it: pipx install uv", file=sys.stderr)
        return 1
    environ = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    for lock, sources in LOCKS.items():
        print(lock, flush=True)
        status = subprocess.run([uv, "pip", "compile", *COMMON, *sources, "-o", lock], cwd=ROOT, env=environ).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
