"""The documents keep to what is there: paths, links, commands and limits."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inframind.http import lean, paging
from inframind.http.platform.docs import DOCUMENT
from inframind.ingestion import limits
from inframind.platform.catalogue import COUNTERS
from inframind.series.dictionary import MAX_NAMES_BYTES
from inframind.series.query import MAX_LIMIT
from inframind.settings import load

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| (GET|POST|PUT|PATCH|DELETE) \| `(\S+)` \| ([a-z ]+) \|", re.MULTILINE)
TARGET = re.compile(r"^\s*(?:\$ )?make ([a-z][a-z-]*)", re.MULTILINE)
NEEDS = re.compile(r"Needs (?:role `(\w+)`|(any key))\.")


def served() -> Iterator[tuple[str, str, str]]:
    """Method, path and role of every operation."""
    for path, operations in json.loads(DOCUMENT.read_text())["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, role(path, operation)


def role(path: str, operation: dict[str, Any]) -> str:
    if path == "/metrics":
        return "viewer"  # unless the deployment opens it, so the route checks by itself
    needed = NEEDS.search(operation.get("description", ""))
    return (needed[1] or needed[2]) if needed else "open"


def commands(text: str) -> str:
    """What is to be typed: indented blocks, and what stands in backticks."""
    blocks = [line for line in text.splitlines() if line.startswith("    ")]
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as the forges make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_table_of_paths_is_the_api_with_its_roles() -> None:
    told = ROW.findall((ROOT / "docs" / "api.md").read_text())
    assert sorted(told) == sorted(served())


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        name, _, anchor = link.partition("#")
        if name.startswith(("http://", "https://")):
            continue
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


def test_every_decision_has_a_number_of_its_own_and_stands_in_the_list() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    assert [path.read_text()[:7] for path in decisions] == [f"# {path.name[:4]} " for path in decisions]
    listed = LINK.findall((ROOT / "docs" / "architecture.md").read_text().partition("\n## Decisions\n")[2])
    assert listed == [f"decisions/{path.name}" for path in decisions]


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(TARGET.findall(commands(document.read_text()))) <= targets


@pytest.mark.parametrize("target", re.findall(r"^([a-z][a-z-]*):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
def test_everything_that_can_be_made_has_all_its_rules(target: str) -> None:
    planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert planned.returncode == 0, planned.stderr


@pytest.mark.parametrize(
    "limit",
    [
        f"{lean.BODY_LIMIT:,} bytes",
        f"{limits.INFLATED_LIMIT >> 20} MiB",
        f"| labels of a series | {limits.LABELS_LIMIT} |",
        f"| metric name, label name | {limits.NAME_LIMIT} bytes |",
        f"| label value | {limits.VALUE_LIMIT:,} bytes |",
        f"| metric, label names and values together | {limits.KEY_LIMIT:,} bytes |",
        f"| series of a resource | {load({}).max_series_per_resource:,} (parameter `MaxSeriesPerResource`)",
        f"with names of {MAX_NAMES_BYTES // 1_000_000} MB in all",
        f"| resource id | {limits.RESOURCE_LIMIT} bytes |",
        f"{load({}).future_tolerance_seconds} seconds ahead",
        f"1 to {paging.MAX_LIMIT}, 100 unless told",
        f"1 to {MAX_LIMIT:,}, {MAX_LIMIT:,} unless told",
    ],
)
def test_the_limits_are_those_of_the_code(limit: str) -> None:
    assert limit in (ROOT / "docs" / "api.md").read_text()


def test_every_counter_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)(?:\{\w+\})?`", (ROOT / "docs" / "monitoring.md").read_text()))
    assert {counter.name for counter in COUNTERS} - explained == set()
