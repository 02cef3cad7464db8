"""`make check`: format, lint, strict types, template lint, architecture rules; names every failure, not the first."""

import subprocess
import sys
from pathlib import Path

from infra.local.settings import ROOT

BIN = Path(sys.executable).parent
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", "layers/core/inframind", "functions", "infra", "tests")),
    ("template", ("cfn-lint", "template.yaml")),
    ("rules", ("pytest", "-q", "tests/test_architecture.py", "tests/test_template.py")),
)


def main() -> int:
    """0 when every step passes; prints what failed and how to see it again."""
    failed = [name for name, command in STEPS if not passes(name, command)]
    if failed:
        print(f"make check: {', '.join(failed)} failed", file=sys.stderr)
    return 1 if failed else 0


def passes(name: str, command: tuple[str, ...]) -> bool:
    print(f"{name:<10} {' '.join(command)}", flush=True)
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
