"""The examples of a law are the same in every run, whatever else the process has read."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st


def drawn() -> list[str]:
    found: list[str] = []

    @given(st.floats())
    def law(number: float) -> None:
        found.append(repr(number))

    law()
    return found


def test_a_module_read_in_between_changes_no_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    numbers = ", ".join(str(7_000_001 + 2 * place) for place in range(300))
    Path(tmp_path, "numbered.py").write_text(f"NUMBERS = ({numbers})\n")
    spec = importlib.util.spec_from_file_location("numbered", tmp_path / "numbered.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "numbered", module)
    spec.loader.exec_module(module)
    assert drawn() == before
