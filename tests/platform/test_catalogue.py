import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from inframind.platform.catalogue import COUNTERS, DURATION, REQUESTS
from tests.cloudformation import ROOT

SOURCES = sorted((ROOT / "functions").glob("*/*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_counter_that_a_function_adds_to_is_shown(path: Path) -> None:
    shown = {counter.name for counter in COUNTERS} | {REQUESTS, DURATION}
    assert set(names(path)) <= shown


def names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith("_total"):
            yield node.value


def test_what_is_counted_at_the_door_is_not_counted_again_behind_it() -> None:
    counting = {path.parent.name + "/" + path.stem for path in SOURCES if "metrics_ingested_total" in names(path)}
    assert counting <= {"ingestion/api"}


def test_label_values_are_closed_sets() -> None:
    for counter in COUNTERS:
        assert bool(counter.label) == bool(counter.values) or counter.label == "pipeline", counter.name
        assert len(counter.values) <= 12
        assert counter.help.endswith(".")
