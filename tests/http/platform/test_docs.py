import re
from typing import Any

import pytest

from inframind.http.platform.docs import ASSETS, PAGE, asset, document, in_3_0, methods_at


def test_the_page_loads_nothing_from_elsewhere() -> None:
    sources = re.findall(r'(?:src|href)="([^"]+)"', PAGE)
    assert sources
    for source in sources:
        assert source.startswith("docs/")
        assert asset(source.removeprefix("docs/")) is not None
    start = asset("start.js")
    assert start is not None
    assert b"http" not in start[0]


def test_every_asset_is_there_with_its_type() -> None:
    for name, content_type in ASSETS.items():
        found = asset(name)
        assert found is not None
        assert found[1] == content_type
        assert len(found[0]) > 100


@pytest.mark.parametrize("name", ["", "../openapi.json", "swagger-ui.css.map", "/etc/passwd"])
def test_other_files_are_out_of_reach(name: str) -> None:
    assert asset(name) is None


def test_the_bundled_page_is_given_a_version_it_reads() -> None:
    old = in_3_0(document())
    assert old["openapi"] == "3.0.3"
    assert list(_modern(old)) == []
    assert old["paths"].keys() == document()["paths"].keys()


def test_a_reference_that_may_be_null_keeps_its_reference() -> None:
    told = in_3_0({"anyOf": [{"$ref": "#/x"}, {"type": "null"}], "title": "X"})
    assert told == {"anyOf": [{"$ref": "#/x"}], "nullable": True, "title": "X"}


def test_methods_are_found_by_template_and_unknown_paths_have_none() -> None:
    assert methods_at("/api/v1/auth/keys/0123") == {"GET", "DELETE"}
    assert methods_at("/api/v1/auth/keys/0123/x") == set()


def _modern(node: Any) -> Any:
    if isinstance(node, dict):
        if node.get("type") == "null" or isinstance(node.get("examples"), list) or "const" in node:
            yield node
        for part in node.values():
            yield from _modern(part)
    elif isinstance(node, list):
        for part in node:
            yield from _modern(part)
