"""Who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloudformation import ROOT

PACKAGE = ROOT / "layers/core/inframind"
SHARED = {
    "builds",
    "errors",
    "identity",
    "records",
    "redacting",
    "facts",
    "frames",
    "frame_blocks",
    "frame_bundles",
    "signals",
}
ROOMS = {
    "ingestion",
    "series",
    "detection",
    "risk",
    "platform",
    "incidents",
    "notification",
    "optimization",
    "healing",
    "topology",
}
SCIENCE = {"sklearn", "scipy", "joblib"}
TRAINING = {"functions/optimization/trainer.py"}
OUTSIDE = {"boto3", "botocore", "fastapi", "starlette", "mangum", "aws_lambda_powertools", "requests", "urllib3"}


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(path: Path) -> set[str]:
    """First names below `inframind` that a module imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("inframind.")}


ROOM_MODULES = [path for room in sorted(ROOMS) if (PACKAGE / room).is_dir() for path in modules(PACKAGE / room)]


@pytest.mark.parametrize("path", ROOM_MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_knows_shared_nouns_and_itself(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    assert inside(path) - SHARED - {room} - _members(room) == set()
    assert {name.split(".")[0] for name in imports(path)} & OUTSIDE == set()


@pytest.mark.parametrize("path", ROOM_MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_reads_neither_clock_nor_environment(path: Path) -> None:
    text = path.read_text()
    for forbidden in ("datetime.now(", "time.time(", "os.environ", "getenv(", "utcnow("):
        assert forbidden not in text


def _members(room: str) -> set[str]:
    return {path.stem for path in (PACKAGE / room).glob("*.py")}


def test_shared_nouns_know_only_each_other() -> None:
    for name in SHARED:
        assert inside(PACKAGE / f"{name}.py") - SHARED - _names_in(SHARED) == set(), name


def _names_in(stems: set[str]) -> set[str]:
    return {
        node.name
        for stem in stems
        for node in ast.parse((PACKAGE / f"{stem}.py").read_text()).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


def test_only_wiring_and_adapters_know_adapters() -> None:
    for path in modules(PACKAGE):
        if path.is_relative_to(PACKAGE / "adapters") or path.is_relative_to(PACKAGE / "wiring"):
            continue
        assert "adapters" not in inside(path), path


def test_use_cases_know_neither_http_nor_a_technology() -> None:
    for path in modules(PACKAGE / "usecases"):
        assert inside(path) & {"http", "adapters"} == set(), path
        assert {name.split(".")[0] for name in imports(path)} & OUTSIDE == set(), path


def test_functions_stand_alone() -> None:
    for path in modules(ROOT / "functions"):
        names = {name.split(".")[0] for name in imports(path)}
        assert "functions" not in names, path
        assert "adapters" not in inside(path), path


def test_only_training_functions_know_the_science_layer() -> None:
    """A model travels as arrays: whatever serves it needs numpy alone."""
    known = {
        str(path.relative_to(ROOT))
        for path in modules(PACKAGE, ROOT / "functions")
        if {name.split(".")[0] for name in imports(path)} & SCIENCE
    }
    assert known == TRAINING


def test_the_environment_is_read_in_one_place() -> None:
    allowed = {PACKAGE / "settings.py", PACKAGE / "adapters/lean_aws.py", PACKAGE / "ci/__main__.py"}
    for path in modules(PACKAGE, ROOT / "functions"):
        if path not in allowed:
            assert "os.environ" not in path.read_text(), path


def test_everything_is_caught_in_one_place() -> None:
    catchers = [
        path
        for path in modules(PACKAGE, ROOT / "functions", ROOT / "infra")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert catchers == [PACKAGE / "entry.py"]


def test_files_stay_one_room() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules(PACKAGE, ROOT / "functions", ROOT / "infra")
        if (lines := len(path.read_text().splitlines())) > 250
    }
    assert long == {}
