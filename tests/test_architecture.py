"""Who may import whom: docs/architecture.md, "Rooms and adapters", as tests."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloudformation import ROOT

PACKAGE = ROOT / "layers/core/inframind"
SHARED = {
    "builds",
    "errors",
    "identity",
    "names",
    "records",
    "redaction",
    "redaction_harmless",
    "redaction_patterns",
    "redaction_wide",
    "facts",
    "frames",
    "frame_blocks",
    "frame_bundles",
    "signals",
}
MAY_KNOW = {  # beside themselves, the shared nouns and the rooms
    "ports": set[str](),
    "adapters": {"ports", "settings"},
    "wiring": {"ports", "settings", "adapters"},
    "usecases": {"ports", "settings", "wiring", "entry"},
    "http": {"ports", "settings", "wiring", "entry", "usecases"},
}
PROGRAMS = {"backtest", "ci", "cli"}  # run by people and builds; nothing imports them
ROOMS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - MAY_KNOW.keys() - PROGRAMS
PURE = {  # what rooms and shared nouns may import: nothing that reaches out, reads a clock, or logs
    *("abc", "array", "base64", "binascii", "bisect", "collections", "contextlib", "copy", "dataclasses", "datetime"),
    *("decimal", "enum", "fnmatch", "fractions", "functools", "hashlib", "heapq", "hmac", "importlib"),
    *("ipaddress", "itertools", "json", "math", "operator", "re", "secrets", "statistics", "string", "struct", "sys"),
    *("types", "typing", "unicodedata", "urllib.parse", "warnings", "zlib", "zoneinfo"),
    *("cramjam", "google.protobuf", "numpy", "opentelemetry.proto", "pydantic", "pydantic_core"),
}
DETECTION = ("model", "bank", "detectors", "resources", "anomalies", "absence", "backfill")  # from the inside out
IMPURE_CALLS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "open", "print", "input"}
AWS = {"boto3", "botocore"}
WEB = {"fastapi", "starlette", "mangum"}
CLIENTS = {"requests", "urllib3", "aws_lambda_powertools"}
SCIENCE = {"sklearn", "scipy", "joblib"}
TRAINING = {"functions/optimization/trainer.py"}
BROAD = {"Exception", "BaseException"}
LONGEST_FILE, LONGEST_FUNCTION = 250, 60


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The modules that a module imports; a name taken out of one, behind it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(path: Path) -> set[str]:
    """First names below `inframind` that a module imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("inframind.")} - {"__version__"}


def outside(path: Path) -> set[str]:
    """First names of everything else that a module imports."""
    return {name.split(".")[0] for name in imports(path)} - {"inframind"}


def impure(path: Path) -> set[str]:
    """What a module imports that is not on the list of what is pure."""
    return {
        name
        for name in imports(path)
        if not name.startswith("inframind.") and not any(f"{name}.".startswith(f"{one}.") for one in PURE)
    }


def calls(path: Path) -> set[str]:
    """The names of what a module calls: `now` of `datetime.now()`, `open` of `open()`."""
    found = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {
        one.id if isinstance(one, ast.Name) else one.attr for one in found if isinstance(one, ast.Name | ast.Attribute)
    }


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


ROOM_MODULES = [path for room in sorted(ROOMS) for path in modules(PACKAGE / room)]
LAYER_MODULES = [path for layer in sorted(MAY_KNOW) for path in modules(PACKAGE / layer)]


@pytest.mark.parametrize("path", ROOM_MODULES, ids=named)
def test_a_room_knows_shared_nouns_and_itself(path: Path) -> None:
    assert inside(path) - SHARED - {path.relative_to(PACKAGE).parts[0]} == set()


def test_the_subjects_of_incidents_know_what_stands_above_them_and_hardly_each_other() -> None:
    """What stands at the top of the room is an incident's own life; there `diagnosis` alone joins subjects."""
    room = PACKAGE / "incidents"
    subjects = {path.parent.name for path in room.glob("*/__init__.py")}
    found = set()
    for path in modules(room):
        own = path.relative_to(room).with_suffix("").parts[0]
        known = {name.split(".")[2] for name in imports(path) if name.startswith("inframind.incidents.")}
        found |= {(own, other) for other in known & subjects if other != own}
    assert found == {("analyst", "knowledge"), ("diagnosis", "analyst"), ("diagnosis", "cause")}


@pytest.mark.parametrize("path", ROOM_MODULES, ids=named)
def test_a_room_is_pure(path: Path) -> None:
    assert impure(path) == set()
    assert calls(path) & IMPURE_CALLS == set()


@pytest.mark.parametrize("folder", DETECTION)
def test_a_folder_of_detection_knows_only_those_before_it(folder: str) -> None:
    later = {f"inframind.detection.{one}" for one in DETECTION[DETECTION.index(folder) + 1 :]} | {
        "inframind.detection.shard",
        "inframind.detection.streaming",
    }
    for path in modules(PACKAGE / "detection" / folder):
        assert not {name for name in imports(path) if any(f"{name}.".startswith(f"{one}.") for one in later)}, path


def test_every_folder_of_detection_has_its_place() -> None:
    assert {path.parent.name for path in (PACKAGE / "detection").glob("*/__init__.py")} == set(DETECTION)


def test_shared_nouns_are_pure_and_know_only_each_other() -> None:
    for path in (PACKAGE / f"{name}.py" for name in sorted(SHARED)):
        assert inside(path) - SHARED == set(), path
        assert impure(path) == set(), path


@pytest.mark.parametrize("path", LAYER_MODULES, ids=named)
def test_a_layer_knows_those_below_it_alone(path: Path) -> None:
    layer = path.relative_to(PACKAGE).parts[0]
    assert inside(path) - SHARED - ROOMS - {layer} - MAY_KNOW[layer] == set()


def test_one_technology_is_known_in_one_place() -> None:
    """AWS to adapters alone, the web framework to routes and handlers alone."""
    for path in modules(PACKAGE, ROOT / "functions"):
        is_adapter, is_http = path.is_relative_to(PACKAGE / "adapters"), path.is_relative_to(PACKAGE / "http")
        assert is_adapter or outside(path) & AWS == set(), path
        assert is_http or path.is_relative_to(ROOT / "functions") or outside(path) & WEB == set(), path
        assert path == PACKAGE / "entry.py" or outside(path) & CLIENTS == set(), path


def test_rooms_are_joined_in_use_cases_alone() -> None:
    """A handler or a module of routes knows one room at most, beside `platform`, whose keys every door asks for."""
    for path in modules(PACKAGE / "http", ROOT / "functions"):
        assert len((inside(path) & ROOMS) - {"platform"}) <= 1, path


def test_functions_stand_alone() -> None:
    """Each is packaged by itself, with the layer and nothing else."""
    for path in modules(ROOT / "functions"):
        assert "functions" not in outside(path), path
        assert inside(path) & ({"adapters"} | PROGRAMS) == set(), path


def test_nothing_imports_a_program() -> None:
    for path in modules(PACKAGE):
        if path.relative_to(PACKAGE).parts[0] not in PROGRAMS:
            assert inside(path) & PROGRAMS == set(), path


def test_only_training_functions_know_the_science_layer() -> None:
    """A model travels as arrays: whatever serves it needs numpy alone."""
    assert {named(path) for path in modules(PACKAGE, ROOT / "functions") if outside(path) & SCIENCE} == TRAINING


def test_the_environment_is_read_in_one_place() -> None:
    allowed = {PACKAGE / "settings.py", PACKAGE / "adapters/lean_aws.py", PACKAGE / "ci/__main__.py"}
    for path in set(modules(PACKAGE, ROOT / "functions")) - allowed:
        assert not re.search(r"\b(environ|getenv)\b", path.read_text()), path


def test_everything_is_caught_in_one_place() -> None:
    catchers = [
        named(path)
        for path in modules(PACKAGE, ROOT / "functions", ROOT / "infra")
        for node in ast.walk(ast.parse(path.read_text()))
        if _is_broad(node)
    ]
    assert catchers == [named(PACKAGE / "entry.py")]


def _is_broad(node: ast.AST) -> bool:
    """Whether it catches everything: `except:`, `except Exception`, also among others, and `suppress(Exception)`."""
    if isinstance(node, ast.ExceptHandler):
        caught = [] if node.type is None else node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        return node.type is None or bool(BROAD & {ast.unparse(one) for one in caught})
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        return bool(BROAD & {ast.unparse(one) for one in node.args})
    return False


def test_files_and_functions_stay_small() -> None:
    """Past 250 lines a file holds two subjects; past 60 a function, its signature among them, is two steps."""
    for path in modules(PACKAGE, ROOT / "functions", ROOT / "infra"):
        text = path.read_text()
        assert len(text.splitlines()) <= LONGEST_FILE, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{path}: {node.name}"
